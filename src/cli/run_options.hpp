#pragma once

#include "pryv_export/cli/core_command.hpp"
#include "pryv_export/cli/register_command.hpp"
#include "pryv_export/cli/run_command.hpp"
#include "pryv_export/config/job_file.hpp"

namespace pryv_export::cli {

/// The options of one core: the command line and the environment over the core's own, over those for all
/// cores. whole: gets what concerns the run as a whole, from the same places. Throws
/// export_error{bad_config} at the value's place.
core_options core_options_of(const run_options& run, const config::job_file& job,
                             const config::job_core& core, run_options& whole);

/// Blocking: how to reach the register. core: of any core, for how records are stored.
exporting::register_options redis_options_of(const config::job_register& from, const core_options& core);

} // namespace pryv_export::cli
