#pragma once

#include "pryv_export/cli/core_command.hpp"

/// Options of `core` that `run` understands as well, from its command line or its job file. What they set
/// outlives the table.
namespace pryv_export::cli {

class option_table;

/// Which users of a core.
void add_user_options(option_table& table, core_options& options);
/// Where one core's data are.
void add_place_options(option_table& table, core_options& options);
/// How sources are read.
void add_reading_options(option_table& table, core_options& options);
/// plain: --no-compress
void add_archive_options(option_table& table, core_options& options, bool& plain);
/// --jobs, --users-in-flight, --memory
void add_machine_options(option_table& table, core_options& options);

} // namespace pryv_export::cli
