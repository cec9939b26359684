#pragma once

#include "pryv_export/archive/output_folder.hpp"
#include "pryv_export/convert/account.hpp"
#include "pryv_export/convert/events.hpp"
#include "pryv_export/export/options.hpp"
#include "pryv_export/export/v1_version.hpp"
#include "pryv_export/runtime/program_share.hpp"
#include "pryv_export/runtime/progress.hpp"
#include "pryv_export/source/document_store.hpp"
#include "pryv_export/source/sqlite_files.hpp"
#include "pryv_export/source/user_files.hpp"

#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace pryv_export::exporting {

/// Source bytes of one step through the pipeline, and of one gzip member.
inline constexpr std::size_t block_bytes = 1U << 20;

/// What a block of `bytes` from the source holds in memory until it is written: the documents, their text and
/// what was compressed.
inline constexpr std::uint64_t cost_of_block(std::uint64_t bytes) noexcept
{
    return 3 * bytes + (64U << 10);
}

/// What all users of one core share. Outlives them; only the loop's thread changes it.
struct core_context
{
    runtime::program_share& program;
    const export_options& options;
    const convert::rules& rules;
    /// Shared with conversions that outlive a user who failed.
    std::shared_ptr<const convert::event_converter> events;
    source::document_store& documents;
    const source::sqlite_opener& sqlite;
    const archive::output_folder& output;
    runtime::progress& progress;
    v1_version version;
    source::opened_folder users_folder; ///< of v1
    /// Where attachments were before 1.9 (`<folder>/<user id>/…`); absent for newer stores.
    std::optional<std::filesystem::path> old_attachments;
    /// Passwords and key-values by user id when they are in MongoDB; absent when they are in SQLite.
    std::optional<std::unordered_map<std::string, convert::account>> mongo_accounts;
    /// `database:engine: sqlite`: events are in the users' own databases.
    bool events_in_sqlite = false;
    std::int64_t timestamp_ms = 0; ///< backupTimestamp of all manifests
    /// Of a user's events, and of audit rows, so much is converted (a dry run): of events every so many-th
    /// block when they can be read without a server, else the first ones.
    std::uint64_t most_user_bytes = std::numeric_limits<std::uint64_t>::max();
};

} // namespace pryv_export::exporting
