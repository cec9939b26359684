#include "file_copy.hpp"

#include "pryv_export/base/file.hpp"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <vector>

namespace pryv_export::source {

std::span<std::uint8_t> copy_buffer()
{
    thread_local std::vector<std::uint8_t> buffer(256U << 10);
    return buffer;
}

bool clone_file(int from, int to) noexcept
{
    return ::ioctl(to, FICLONE, from) == 0;
}

void copy_bytes(int from, const std::filesystem::path& from_path, int to,
                const std::filesystem::path& to_path)
{
    std::span<std::uint8_t> const buffer = copy_buffer();
    std::uint64_t offset = 0;
    while (std::size_t const got = read_at(from, offset, buffer, from_path.native())) {
        write_all(to, {reinterpret_cast<const char*>(buffer.data()), got}, to_path.native());
        offset += got;
    }
}

} // namespace pryv_export::source
