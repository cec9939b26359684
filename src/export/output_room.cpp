#include "output_room.hpp"

#include "pryv_export/base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/statvfs.h>

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

} // namespace pryv_export::exporting
