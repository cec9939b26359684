#pragma once

#include "pryv_export/base/file.hpp"
#include "pryv_export/config/v1_config.hpp"
#include "pryv_export/convert/account.hpp"
#include "pryv_export/convert/outcome.hpp"
#include "pryv_export/export/options.hpp"
#include "pryv_export/export/user_list.hpp"
#include "pryv_export/export/v1_version.hpp"
#include "pryv_export/runtime/progress.hpp"
#include "pryv_export/source/document_store.hpp"
#include "pryv_export/source/sqlite_files.hpp"

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace pryv_export::exporting {

/// Everything a core's export reads from, opened, and the users that were found in it.
struct core_sources
{
    private_folder scratch;
    std::optional<private_folder> memory_scratch;
    std::unique_ptr<source::sqlite_opener> sqlite;
    std::unique_ptr<source::document_store> documents;
    v1_version version;
    user_list users;
    std::vector<std::string> strangers;
    std::optional<std::unordered_map<std::string, convert::account>> mongo_accounts;
    /// Rows of `passwords` and `stores-key-value` that name no user, and unreadable ones: for OUTPUT/extra.
    convert::output unattributed;
    std::vector<std::string> warnings;
};

/// Throws export_error{cannot_create} when the output would be inside of what is read. Before the output is
/// touched.
void refuse_output_in_sources(const config::v1_config& config, const export_options& options);

/// Blocking: opens the dump (which reads it once), the index and the user folders, and joins the users.
/// Throws export_error when a source is missing, unreadable or too old.
core_sources open_core_sources(const config::v1_config& config, const export_options& options,
                               const std::filesystem::path& scratch_parent, runtime::progress& progress,
                               const std::atomic<bool>& stop);

/// Blocking, once, before anything is read user by user: tells the store the order of the users.
void prepare_sources(core_sources& sources, runtime::progress& progress);

} // namespace pryv_export::exporting
