#include "file_stamp.hpp"

#include "pryv_export/base/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>

namespace pryv_export::source {

namespace {

[[noreturn]] void throw_no_file(const std::string& path, std::string_view kind)
{
    throw export_error{exit_status::io_error, path, fmt::format("is a {}, not a regular file", kind),
                       "put the file itself in its place; links are not followed"};
}

} // namespace

file_stamp stamp_of(const struct stat& info) noexcept
{
    return {static_cast<std::uint64_t>(info.st_dev), static_cast<std::uint64_t>(info.st_ino),
            static_cast<std::uint64_t>(info.st_size),
            std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec};
}

file_stamp stamp_of(int fd, const std::string& path)
{
    struct stat info
    {
    };
    if (::fstat(fd, &info) != 0) throw_errno(errno, "cannot stat", path);
    return stamp_of(info);
}

std::optional<file_stamp> stamp_at(const place& where)
{
    struct stat info
    {
    };
    if (::fstatat(where.folder(), where.name(), &info, AT_SYMLINK_NOFOLLOW) == 0) return stamp_of(info);
    if (errno == ENOENT) return std::nullopt;
    throw_errno(errno, "cannot stat", where.path());
}

std::string_view kind_name(mode_t mode) noexcept
{
    switch (mode & S_IFMT) {
    case S_IFLNK: return "link";
    case S_IFIFO: return "pipe";
    case S_IFSOCK: return "socket";
    case S_IFDIR: return "folder";
    case S_IFREG: return "file";
    default: return "device";
    }
}

opened_file open_regular(const place& where)
{
    unique_fd fd{
        ::openat(where.folder(), where.name(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)};
    int const error = errno;
    struct stat info
    {
    };
    if (!fd) {
        if (error == ENOENT) return {};
        if (::fstatat(where.folder(), where.name(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            !S_ISREG(info.st_mode))
            throw_no_file(where.path(), kind_name(info.st_mode));
        throw_errno(error, "cannot open for reading", where.path());
    }
    if (::fstat(fd.value(), &info) != 0) throw_errno(errno, "cannot stat", where.path());
    if (!S_ISREG(info.st_mode)) throw_no_file(where.path(), kind_name(info.st_mode));
    return {std::move(fd), stamp_of(info)};
}

} // namespace pryv_export::source
