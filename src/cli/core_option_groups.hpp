#pragma once

#include "pryv_export/cli/core_command.hpp"

/// Options of `core` that `run` understands as well, from its command line or its job file. What they set
/// outlives the table.
namespace pryv_export::cli {

class option_table;

/// Where one core's data are, and which users of it.
void add_place_options(option_table& table, core_options& options);
/// How sources are read.
void add_reading_options(option_table& table, core_options& options);
/// plain: --no-compress
void add_archive_options(option_table& table, core_options& options, bool& plain);
/// --jobs, --users-in-flight, --memory
void add_machine_options(option_table& table, core_options& options);

} // namespace pryv_export::cli
