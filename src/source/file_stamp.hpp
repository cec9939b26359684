#pragma once

#include "pryv_export/source/place.hpp"

#include <cstdint>
#include <optional>
#include <string>
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
file_stamp stamp_of(int fd, const std::string& path);
/// Of what is at `where` now, no link followed; nullopt when nothing is. Throws export_error.
std::optional<file_stamp> stamp_at(const place& where);

/// "link", "pipe", "socket", "device", "folder" or "file".
std::string_view kind_name(mode_t mode) noexcept;

struct opened_file
{
    unique_fd fd;
    file_stamp stamp; ///< of when it was opened
};
/// Opens a regular file for reading and nothing else: a link is not followed, a pipe not waited for.
/// An empty `fd` when there is nothing at `where`. Throws export_error naming it otherwise.
opened_file open_regular(const place& where);

} // namespace pryv_export::source
