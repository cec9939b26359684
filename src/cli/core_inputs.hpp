#pragma once

#include "pryv_export/cli/core_command.hpp"
#include "pryv_export/config/v1_config.hpp"

namespace pryv_export::cli {

/// How the configuration of a core is to be read.
config::config_options config_options_of(const core_options& options);

/// Reads the files that options name: users, password. Throws export_error.
void read_inputs(core_options& options);

} // namespace pryv_export::cli
