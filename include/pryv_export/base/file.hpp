#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace pryv_export {

/// The path of what has this name in a folder; just the name when `folder` is empty. One allocation, where
/// std::filesystem::path makes one for each component.
std::string joined(std::string_view folder, std::string_view name);

/// Owns a file descriptor; -1 is "none". Closing errors are ignored: whoever needs them calls
/// close_checked() first.
class unique_fd
{
public:
    unique_fd() noexcept = default;
    explicit unique_fd(int fd) noexcept : fd_{fd} {}
    unique_fd(unique_fd&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    unique_fd& operator=(unique_fd&& other) noexcept
    {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }
    ~unique_fd() { reset(); }

    int value() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    void reset() noexcept;

    /// Closes and reports what close(2) reports. Throws export_error naming `path`.
    void close_checked(std::string_view path);

private:
    int fd_ = -1;
};

/// What a path is, with "absent" and "not allowed to look" kept apart.
enum class path_kind
{
    absent,
    file,
    folder,
    link,
    other,
    unreadable
};
path_kind kind_of(const std::filesystem::path& path);
/// `name` is relative to an open folder.
path_kind kind_of(int folder, const std::string& name);

/// Opens for reading, O_CLOEXEC | O_NOFOLLOW. Throws export_error naming the path.
unique_fd open_for_reading(const std::filesystem::path& path);

/// Creates a new file of mode 0600 (O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC). Throws export_error.
unique_fd create_private_file(const std::filesystem::path& path);
/// `name` is relative to an open folder, whose path is for errors.
unique_fd create_private_file(int folder, std::string_view folder_path, const std::string& name);

/// Creates a folder of mode 0700; fine when it exists as a folder (not a link). Throws export_error.
void create_private_folder(const std::filesystem::path& path);
/// `name` is relative to an open folder, whose path is for errors.
void create_private_folder(int folder, std::string_view folder_path, const std::string& name);

/// Writes all bytes, going on after short writes and EINTR. Throws export_error naming `path`.
void write_all(int fd, std::span<const char> bytes, std::string_view path);

/// Reads up to `into.size()` bytes at `offset` (pread), less only at the end of the file.
/// Throws export_error naming `path`. Returns the number of bytes read.
std::size_t read_at(int fd, std::uint64_t offset, std::span<std::uint8_t> into, std::string_view path);

/// Size of an open file in bytes. Throws export_error naming `path`.
std::uint64_t size_of(int fd, std::string_view path);

/// Whole content of a small file. Throws export_error naming the path when unreadable or longer
/// than `limit_bytes`.
std::string read_small_file(const std::filesystem::path& path, std::uint64_t limit_bytes);

/// fsync of a file or folder. Throws export_error naming `path`; a failed fsync is never retried.
void sync_fd(int fd, std::string_view path);

/// True for a name that can be one component of a path below a folder of ours: not empty, not "." or
/// "..", no '/', no control character, valid UTF-8, at most 255 bytes (spec: faults 24).
bool is_safe_name(std::string_view name) noexcept;

/// A folder of mode 0700 with a unique name below `parent`; removed with all it holds at destruction.
class private_folder
{
public:
    /// Throws export_error naming `parent` when it cannot be created there.
    explicit private_folder(const std::filesystem::path& parent);
    private_folder(private_folder&& other) noexcept : path_{std::exchange(other.path_, {})} {}
    private_folder& operator=(private_folder&& other) noexcept;
    ~private_folder() { remove(); }

    const std::filesystem::path& path() const noexcept { return path_; }

private:
    void remove() noexcept;
    std::filesystem::path path_;
};

} // namespace pryv_export
