#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace pryv_export::exporting {

/// What a file system has left for a user without privileges.
struct room
{
    std::uint64_t bytes = 0;
    std::optional<std::uint64_t> files; ///< none: it makes inodes as they are needed
    std::uint64_t block_bytes = 4096;   ///< what a file takes is rounded up to this
};

/// Of the file system that holds `path`, or would (its nearest existing parent). Throws export_error.
room room_for(const std::filesystem::path& path);

struct disk_usage
{
    std::uint64_t bytes = 0;   ///< as the disk counts
    std::uint64_t objects = 0; ///< files and folders
};

/// Of everything below a folder; what cannot be looked at counts nothing.
disk_usage usage_of(const std::filesystem::path& folder);

} // namespace pryv_export::exporting
