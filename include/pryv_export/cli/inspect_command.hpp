#pragma once

#include "pryv_export/cli/message_options.hpp"
#include "pryv_export/verify/inspect.hpp"

namespace pryv_export::cli {

/// Options of `pryv-export inspect`.
struct inspect_command_options : message_options
{
    verify::inspect_options inspecting;
};

/// Prints what was asked for to stdout. Returns the exit status. Throws export_error.
int run_inspect(inspect_command_options options);

} // namespace pryv_export::cli
