#pragma once

#include "pryv_export/source/document_store.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

namespace pryv_export::source {

struct mongodump_options
{
    /// The folder with events.bson[.gz] …; or its parent when that has a folder named `database_name`.
    std::filesystem::path folder;
    std::string database_name = "pryv-node";
    /// Folder of the `<name>-platform` database; empty: `<name>-platform` beside `folder`.
    std::filesystem::path platform_folder;
    /// Where unpacked and regrouped copies go (private, removed at the end).
    std::filesystem::path spool_folder;
    std::size_t batch_bytes = 1U << 20;
    /// Regroup a collection on disk when it is larger than this and its users are interleaved, so that
    /// reading user by user is no random access. 0: decide from free memory (half of MemAvailable and of what
    /// the cgroup allows).
    std::uint64_t regroup_above_bytes = 0;
    /// Threads that may be used while scanning.
    unsigned jobs = 1;
    /// Called now and then with bytes read so far and in all, from any thread.
    std::function<void(std::uint64_t done, std::uint64_t total)> on_progress;
    /// Set from elsewhere to stop the scan; it then throws export_error{interrupted}.
    const std::atomic<bool>* stop = nullptr;
};

/// Opens a mongodump folder: reads every user collection once and remembers which document belongs to which
/// user (a few bytes a document). Throws export_error: source_missing when the folder or every user
/// collection is absent, denied when a file may not be read. Damaged places are not thrown: see damages().
std::unique_ptr<document_store> open_mongodump(mongodump_options options);

} // namespace pryv_export::source
