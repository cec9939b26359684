#include "output_room.hpp"

#include "pryv_export/base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>

namespace pryv_export::exporting {

room room_for(const std::filesystem::path& path)
{
    std::filesystem::path at = std::filesystem::absolute(path);
    struct statvfs info
    {
    };
    while (::statvfs(at.c_str(), &info) != 0) {
        if (errno != ENOENT || !at.has_relative_path())
            throw_errno(errno, "cannot ask for the free space of", at.native());
        at = at.parent_path();
    }
    room found;
    found.bytes = static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
    if (info.f_files > 0) found.files = info.f_favail;
    found.block_bytes = std::max<std::uint64_t>(info.f_frsize, 512);
    return found;
}

disk_usage usage_of(const std::filesystem::path& folder)
{
    disk_usage used;
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator at{folder, error}, end; !error && at != end;
         at.increment(error)) {
        struct stat info
        {
        };
        if (::lstat(at->path().c_str(), &info) != 0) continue;
        used.bytes += static_cast<std::uint64_t>(info.st_blocks) * 512;
        ++used.objects;
    }
    return used;
}

} // namespace pryv_export::exporting
