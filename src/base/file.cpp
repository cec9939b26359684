#include "pryv_export/base/file.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace pryv_export {

std::string joined(std::string_view folder, std::string_view name)
{
    std::string path;
    path.reserve(folder.size() + 1 + name.size());
    path = folder;
    if (!path.empty() && path.back() != '/') path += '/';
    return path += name;
}

void unique_fd::reset() noexcept
{
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void unique_fd::close_checked(std::string_view path)
{
    if (fd_ >= 0 && ::close(std::exchange(fd_, -1)) != 0 && errno != EINTR)
        throw_errno(errno, "cannot close", path);
}

path_kind kind_of(const std::filesystem::path& path)
{
    return kind_of(AT_FDCWD, path.native());
}

path_kind kind_of(int folder, const std::string& name)
{
    struct stat info
    {
    };
    if (::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT || errno == ENOTDIR ? path_kind::absent : path_kind::unreadable;
    }
    if (S_ISREG(info.st_mode)) return path_kind::file;
    if (S_ISDIR(info.st_mode)) return path_kind::folder;
    if (S_ISLNK(info.st_mode)) return path_kind::link;
    return path_kind::other;
}

unique_fd open_for_reading(const std::filesystem::path& path)
{
    unique_fd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (!fd) throw_errno(errno, "cannot open for reading", path.native());
    return fd;
}

unique_fd create_private_file(const std::filesystem::path& path)
{
    return create_private_file(AT_FDCWD, {}, path.native());
}

unique_fd create_private_file(int folder, std::string_view folder_path, const std::string& name)
{
    unique_fd fd{::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
    if (!fd) throw_errno(errno, "cannot create", joined(folder_path, name));
    return fd;
}

void create_private_folder(const std::filesystem::path& path)
{
    create_private_folder(AT_FDCWD, {}, path.native());
}

void create_private_folder(int folder, std::string_view folder_path, const std::string& name)
{
    if (::mkdirat(folder, name.c_str(), 0700) == 0) return;
    int const error = errno;
    if (error == EEXIST && kind_of(folder, name) == path_kind::folder) return;
    throw_errno(error, "cannot create the folder", joined(folder_path, name));
}

void write_all(int fd, std::span<const char> bytes, std::string_view path)
{
    while (!bytes.empty()) {
        ssize_t const written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            throw_errno(errno, "cannot write", path);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

std::size_t read_at(int fd, std::uint64_t offset, std::span<std::uint8_t> into, std::string_view path)
{
    std::size_t done = 0;
    while (done < into.size()) {
        ssize_t const got =
            ::pread(fd, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
        if (got < 0) {
            if (errno == EINTR) continue;
            throw_errno(errno, fmt::format("cannot read at offset {}", offset + done), path);
        }
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

std::uint64_t size_of(int fd, std::string_view path)
{
    struct stat info
    {
    };
    if (::fstat(fd, &info) != 0) throw_errno(errno, "cannot stat", path);
    return static_cast<std::uint64_t>(info.st_size);
}

std::string read_small_file(const std::filesystem::path& path, std::uint64_t limit_bytes)
{
    unique_fd const fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd) throw_errno(errno, "cannot open for reading", path.native());
    std::uint64_t const size = size_of(fd.value(), path.native());
    if (size > limit_bytes) {
        throw export_error{
            exit_status::bad_config, path.native(),
            fmt::format("is {}, more than the {} allowed here", human_bytes(size), human_bytes(limit_bytes))};
    }
    std::string content(static_cast<std::size_t>(size), '\0');
    std::span<std::uint8_t> const bytes{reinterpret_cast<std::uint8_t*>(content.data()), content.size()};
    content.resize(read_at(fd.value(), 0, bytes, path.native()));
    return content;
}

void sync_fd(int fd, std::string_view path)
{
    if (::fsync(fd) != 0) throw_errno(errno, "cannot make durable (fsync)", path);
}

bool is_safe_name(std::string_view name) noexcept
{
    if (name.empty() || name.size() > 255 || name == "." || name == "..") return false;
    bool ascii = true;
    for (char const c : name) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f || byte == '/') return false;
        ascii = ascii && byte < 0x80;
    }
    if (ascii) return true;
    try {
        return printable(name) == name;
    } catch (const std::bad_alloc&) {
        return false;
    }
}

private_folder::private_folder(const std::filesystem::path& parent)
{
    std::string name = (parent / ".pryv-export-XXXXXX").native();
    if (::mkdtemp(name.data()) == nullptr)
        throw_errno(errno, "cannot create a private folder in", parent.native());
    path_ = name;
}

private_folder& private_folder::operator=(private_folder&& other) noexcept
{
    if (this != &other) {
        remove();
        path_ = std::exchange(other.path_, {});
    }
    return *this;
}

void private_folder::remove() noexcept
{
    if (path_.empty()) return;
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
    path_.clear();
}

} // namespace pryv_export
