#pragma once

#include "pryv_export/base/file.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <sys/stat.h>

namespace pryv_export::source {

/// What tells that a file is still the one, and as long and as old, as when it was looked at.
struct file_stamp
{
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t bytes = 0;
    std::int64_t modified_ns = 0; ///< since 1970

    bool same_file(const file_stamp& other) const noexcept
    {
        return device == other.device && inode == other.inode;
    }
    friend bool operator==(const file_stamp&, const file_stamp&) = default;
};

file_stamp stamp_of(const struct stat& info) noexcept;
/// Of an open file. Throws export_error naming `path`.
file_stamp stamp_of(int fd, const std::filesystem::path& path);
/// Of what is at `path` now, no link followed; nullopt when nothing is. Throws export_error.
std::optional<file_stamp> stamp_at(const std::filesystem::path& path);

/// "link", "pipe", "socket", "device", "folder" or "file".
std::string_view kind_name(mode_t mode) noexcept;

/// Opens a regular file for reading and nothing else: a link is not followed, a pipe not waited for.
/// An empty unique_fd when there is nothing at `path`. Throws export_error naming it otherwise.
unique_fd open_regular(const std::filesystem::path& path);

} // namespace pryv_export::source
