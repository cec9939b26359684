#pragma once

#include "pryv_export/cli/message_options.hpp"
#include "pryv_export/export/options.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pryv_export::cli {

/// Options of `pryv-export core`.
struct core_options : message_options
{
    std::filesystem::path config_file;
    exporting::export_options exporting;             ///< `users` without those of users_file
    std::optional<std::filesystem::path> users_file; ///< an id or name a line
    std::optional<std::filesystem::path> mongo_password_file;

    /// Of the configuration: --var CONTAINER=HOST, --override-config, --users-path.
    std::vector<std::pair<std::string, std::string>> path_mappings;
    std::vector<std::filesystem::path> override_configs;
    std::optional<std::filesystem::path> users_path;

    bool dry_run = false;
    bool scan = false; ///< of a dry run: convert everything
};

/// Ids and names in a users file: one a line, blank lines and surrounding spaces skipped. Throws export_error
/// when the file is unreadable or names nobody.
std::vector<std::string> read_users_file(const std::filesystem::path& file);

/// Exports one core (or says what that would do) and prints the summary to stdout, everything else to stderr.
/// Returns the exit status. Throws export_error.
int run_core(core_options options);

} // namespace pryv_export::cli
