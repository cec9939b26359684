#pragma once

#include "pryv_export/cli/message_options.hpp"
#include "pryv_export/export/register_export.hpp"

#include <filesystem>
#include <optional>

namespace pryv_export::cli {

/// Options of `pryv-export register`.
struct register_options : message_options
{
    exporting::register_options exporting;
    std::optional<std::filesystem::path> password_file;
    bool password_was_visible = false; ///< it was on the command line
};

/// Exports the register and prints the summary to stdout, everything else to stderr. Returns the exit status.
/// Throws export_error.
int run_register(register_options options);

} // namespace pryv_export::cli
