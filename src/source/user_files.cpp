#include "pryv_export/source/user_files.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/format/digest.hpp"

#include "file_copy.hpp"
#include "file_stamp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace pryv_export::source {

namespace {

constexpr std::size_t levels = 3;

// ---- places of users

/// The last three UTF-16 code units of `id`, last first, as Node writes them into file names: half of a
/// surrogate pair alone becomes U+FFFD. Fewer than three when `id` is shorter. `id` is valid UTF-8.
std::vector<std::string> last_units(std::string_view id)
{
    std::vector<std::string> units;
    units.reserve(levels + 1);
    while (!id.empty() && units.size() < levels) {
        std::size_t begin = id.size() - 1;
        while (begin > 0 && (static_cast<unsigned char>(id[begin]) & 0xc0U) == 0x80) --begin;
        std::string_view const character = id.substr(begin);
        bool const pair = character.size() == 4;
        units.insert(units.end(), pair ? 2 : 1, pair ? std::string{"\xef\xbf\xbd"} : std::string{character});
        id = id.substr(0, begin);
    }
    units.resize(std::min(units.size(), levels));
    return units;
}

/// Where v1 keeps a user, below the folder of users; empty for an id without a place.
std::string relative_folder(std::string_view user_id)
{
    std::string path;
    if (!is_safe_name(user_id)) return path;
    std::vector<std::string> const units = last_units(user_id);
    if (units.size() < levels) return path;
    path.reserve(user_id.size() + 3 * levels);
    for (const std::string& unit : units) {
        // v1 joins the path as Node does: "." is no level.
        if (unit != ".") (path += unit) += '/';
    }
    return path += user_id;
}

bool is_unit(std::string_view name)
{
    return is_safe_name(name) && last_units(name) == std::vector{std::string{name}};
}

/// v1's own files beside the user folders.
bool is_neighbour(std::string_view name)
{
    return name.starts_with("user-index.db") || name.starts_with("platform-wide.db") ||
           (name.starts_with("audit-db-version-") && name.ends_with(".txt"));
}

// ---- folders

struct entry
{
    std::string name;
    mode_t kind = 0; ///< S_IFDIR, S_IFREG, S_IFLNK, …
    std::uint64_t bytes = 0;
};

/// Opens a folder, no link followed; an empty unique_fd when there is nothing. `path` is for messages.
unique_fd open_folder(int parent, const char* name, const std::string& path, int flags = O_NOFOLLOW)
{
    unique_fd fd{::openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags)};
    if (fd || errno == ENOENT) return fd;
    int const error = errno;
    struct stat info
    {
    };
    if (error == ENOTDIR && ::fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISDIR(info.st_mode)) {
        throw export_error{exit_status::io_error, path,
                           fmt::format("is a {}, not a folder", kind_name(info.st_mode)),
                           "put the folder itself in its place; links are not followed"};
    }
    throw_errno(error, "cannot open the folder", path);
}

/// Entries of a folder that was just opened, by name, byte order.
std::vector<entry> entries_of(const unique_fd& fd, const std::string& path, bool with_sizes)
{
    alignas(dirent64) std::array<char, 32U << 10> buffer;
    std::vector<entry> found;
    for (;;) {
        ssize_t const got = ::getdents64(fd.value(), buffer.data(), buffer.size());
        // ENOENT: the folder was removed meanwhile.
        if (got < 0 && errno != ENOENT) throw_errno(errno, "cannot read the folder", path);
        if (got <= 0) break;
        for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
            auto const* const item = reinterpret_cast<const dirent64*>(buffer.data() + at);
            at += item->d_reclen;
            std::string_view const name{item->d_name};
            if (name == "." || name == "..") continue;
            entry next{std::string{name}, static_cast<mode_t>(DTTOIF(item->d_type)), 0};
            if (item->d_type == DT_UNKNOWN || (with_sizes && S_ISREG(next.kind))) {
                struct stat info
                {
                };
                if (::fstatat(fd.value(), item->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) {
                    if (errno == ENOENT) continue;
                    throw_errno(errno, "cannot stat", joined(path, name));
                }
                next.kind = info.st_mode & S_IFMT;
                next.bytes = static_cast<std::uint64_t>(info.st_size);
            }
            found.push_back(std::move(next));
        }
    }
    std::sort(found.begin(), found.end(), [](const entry& a, const entry& b) { return a.name < b.name; });
    return found;
}

path_kind kind_in(int parent, const std::string& name, const std::string& path)
{
    struct stat info
    {
    };
    if (::fstatat(parent, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) return path_kind::absent;
        throw_errno(errno, "cannot stat", path);
    }
    if (S_ISLNK(info.st_mode)) return path_kind::link;
    if (S_ISDIR(info.st_mode)) return path_kind::folder;
    return S_ISREG(info.st_mode) ? path_kind::file : path_kind::other;
}

std::string stranger(std::string_view relative, std::string_view what)
{
    return fmt::format("{} ({})", printable(relative), what);
}

/// The walk over the three levels; at most four folders are open at a time.
class user_walk
{
public:
    user_walk(const std::filesystem::path& base, std::vector<std::string>& strangers)
        : base_{base}, strangers_{strangers}
    {
    }

    std::vector<std::string> run()
    {
        unique_fd const fd = open_folder(AT_FDCWD, base_.c_str(), base_.native(), 0);
        if (!fd) throw_errno(ENOENT, "cannot open the folder of users", base_.native());
        walk(fd, {}, 0);
        std::sort(users_.begin(), users_.end());
        return std::move(users_);
    }

private:
    void walk(const unique_fd& fd, const std::string& relative, std::size_t level)
    {
        for (const entry& item : entries_of(fd, joined(base_.native(), relative), false)) {
            std::string const place = joined(relative, item.name);
            if (level == levels) {
                visit_user(item, place);
            } else if (S_ISDIR(item.kind) && is_unit(item.name)) {
                unique_fd const inner =
                    open_folder(fd.value(), item.name.c_str(), joined(base_.native(), place));
                if (inner) walk(inner, place, level + 1);
            } else if (level != 0 || !S_ISREG(item.kind) || !is_neighbour(item.name)) {
                strangers_.push_back(stranger(place, kind_name(item.kind)));
            }
        }
    }

    void visit_user(const entry& item, const std::string& place)
    {
        if (!S_ISDIR(item.kind)) {
            strangers_.push_back(stranger(place, kind_name(item.kind)));
        } else if (!is_safe_name(item.name)) {
            strangers_.push_back(stranger(place, "folder with a name that is no user id"));
        } else if (relative_folder(item.name) != place) {
            strangers_.push_back(stranger(place, "folder of a user at the wrong place"));
        } else {
            users_.push_back(item.name);
        }
    }

    const std::filesystem::path& base_;
    std::vector<std::string>& strangers_;
    std::vector<std::string> users_;
};

/// Level by level, which says what is in the way.
path_kind descend(const opened_folder& base, const std::string& relative, unique_fd& folder)
{
    unique_fd last;
    std::string path = base.path;
    for (const std::filesystem::path& name : std::filesystem::path{relative}) {
        path = joined(path, name.native());
        int const parent = last ? last.value() : base.fd.value();
        unique_fd inner{::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)};
        if (!inner) {
            int const error = errno;
            path_kind const kind = kind_in(parent, name.native(), path);
            if (kind == path_kind::folder) throw_errno(error, "cannot open the folder", path);
            return kind;
        }
        last = std::move(inner);
    }
    folder = std::move(last);
    return path_kind::folder;
}

/// Opens what is `relative` to `base`, no link followed, or says what is there instead.
path_kind open_below(const opened_folder& base, const std::string& relative, unique_fd& folder)
{
    open_how how{};
    how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    how.resolve = RESOLVE_NO_SYMLINKS;
    auto const opened = ::syscall(SYS_openat2, base.fd.value(), relative.c_str(), &how, sizeof how);
    if (opened < 0) return descend(base, relative, folder); // also where the kernel has no such call
    folder = unique_fd{static_cast<int>(opened)};
    return path_kind::folder;
}

// ---- copies

/// Removes the file unless told that it is good.
class partial_file
{
public:
    explicit partial_file(const std::filesystem::path& path) : path_{path} {}
    partial_file(const partial_file&) = delete;
    partial_file& operator=(const partial_file&) = delete;
    ~partial_file()
    {
        if (!keep_) ::unlink(path_.c_str());
    }
    void keep() noexcept { keep_ = true; }

private:
    const std::filesystem::path& path_;
    bool keep_ = false;
};

class attachment_copy
{
public:
    attachment_copy(const std::filesystem::path& from, const std::filesystem::path& to,
                    const std::function<bool()>& stop)
        : from_{from}, to_{to}, stop_{stop}, source_{open_regular(from).fd}, target_{-1}
    {
        if (!source_) throw_errno(ENOENT, "cannot open for reading", from.native());
    }

    copied_file run()
    {
        target_ = create_private_file(to_);
        partial_file guard{to_};
        cloned_ = size_of(source_.value(), from_.native()) >= clone_from_bytes &&
                  clone_file(source_.value(), target_.value());
        copied_file result = once();
        if (result.changed_while_read) {
            // Not a clone again: what is hashed must be what is written.
            cloned_ = false;
            start_again();
            result = once();
        }
        guard.keep();
        return result;
    }

private:
    static constexpr std::uint64_t clone_from_bytes = 8U << 20;

    copied_file once()
    {
        struct stat before
        {
        };
        if (::fstat(source_.value(), &before) != 0) throw_errno(errno, "cannot stat", from_.native());
        file_stamp const stamp = stamp_of(before);
        done_ = 0;
        if (is_sparse(before)) {
            copy_sparse(stamp.bytes);
        } else {
            copy_range(stamp.bytes);
        }
        format::digest::result const hash = digest_.finish();
        bool const changed = done_ != stamp.bytes || stamp_of(source_.value(), from_) != stamp;
        return {done_, format::base64(hash.view()), format::hex(hash.view()), changed};
    }

    void start_again()
    {
        if (::ftruncate(target_.value(), 0) != 0 || ::lseek(target_.value(), 0, SEEK_SET) != 0) {
            throw_errno(errno, "cannot write", to_.native());
        }
    }

    /// Worth keeping its holes: half of it, and more than some blocks, is not on the disk.
    static bool is_sparse(const struct stat& info) noexcept
    {
        constexpr off_t block_bytes = 512;
        constexpr off_t worth_bytes = 64 << 10;
        off_t const hole_bytes = info.st_size - info.st_blocks * block_bytes;
        return hole_bytes > worth_bytes && hole_bytes > info.st_size / 2;
    }

    void poll() const
    {
        if (stop_ && stop_())
            throw export_error{exit_status::interrupted, from_.native(), "copying was interrupted"};
    }

    /// Copies and hashes [done_, end), less when the file ends before.
    void copy_range(std::uint64_t end)
    {
        std::span<std::uint8_t> const buffer = copy_buffer();
        while (done_ < end) {
            poll();
            auto const wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), end - done_));
            std::size_t const got = read_at(source_.value(), done_, buffer.first(wanted), from_.native());
            std::span<const char> const bytes{reinterpret_cast<const char*>(buffer.data()), got};
            digest_.update(bytes);
            if (!cloned_) write_all(target_.value(), bytes, to_.native());
            done_ += got;
            if (got < wanted) return;
        }
    }

    void copy_sparse(std::uint64_t end)
    {
        while (done_ < end) {
            std::uint64_t const data = std::min(seek(SEEK_DATA, end), end);
            skip_hole(data);
            std::uint64_t const hole = std::min(data < end ? seek(SEEK_HOLE, end) : end, end);
            copy_range(hole);
            if (done_ < hole) return;
        }
        if (::ftruncate(target_.value(), static_cast<off_t>(end)) != 0)
            throw_errno(errno, "cannot write", to_.native());
    }

    std::uint64_t seek(int whence, std::uint64_t end) const
    {
        off_t const found = ::lseek(source_.value(), static_cast<off_t>(done_), whence);
        if (found >= 0) return static_cast<std::uint64_t>(found);
        if (errno == ENXIO) return end;
        throw_errno(errno, "cannot find the holes of", from_.native());
    }

    void skip_hole(std::uint64_t end)
    {
        static constexpr std::array<char, 64U << 10> zeros{};
        while (done_ < end) {
            poll();
            auto const bytes = static_cast<std::size_t>(std::min<std::uint64_t>(zeros.size(), end - done_));
            digest_.update({zeros.data(), bytes});
            done_ += bytes;
        }
        if (::lseek(target_.value(), static_cast<off_t>(end), SEEK_SET) < 0) {
            throw_errno(errno, "cannot write", to_.native());
        }
    }

    const std::filesystem::path& from_;
    const std::filesystem::path& to_;
    const std::function<bool()>& stop_;
    unique_fd source_;
    unique_fd target_;
    format::digest digest_;
    std::uint64_t done_ = 0;
    bool cloned_ = false; ///< the target has the bytes already
};

} // namespace

opened_folder open_users_folder(const std::filesystem::path& base)
{
    return {open_folder(AT_FDCWD, base.c_str(), base.native(), 0), base.native()};
}

user_place open_user_folder(const opened_folder& base, std::string_view user_id)
{
    user_place found;
    std::string const relative = relative_folder(user_id);
    if (relative.empty()) return found;
    found.folder.path = joined(base.path, relative);
    found.kind = base.fd ? open_below(base, relative, found.folder.fd) : path_kind::absent;
    return found;
}

user_place open_user_folder(const std::filesystem::path& base, std::string_view user_id)
{
    return open_user_folder(open_users_folder(base), user_id);
}

std::vector<std::string> list_user_folders(const std::filesystem::path& base,
                                           std::vector<std::string>& strangers)
{
    return user_walk{base, strangers}.run();
}

attachment_listing list_attachments(const place& folder)
{
    attachment_listing listing;
    unique_fd const fd = open_folder(folder.folder(), folder.name(), folder.path());
    if (!fd) return listing;
    for (const entry& event : entries_of(fd, folder.path(), false)) {
        if (!S_ISDIR(event.kind)) {
            listing.strangers.push_back(stranger(event.name, S_ISREG(event.kind) ? "file at the wrong level"
                                                                                 : kind_name(event.kind)));
            continue;
        }
        if (!is_safe_name(event.name)) {
            listing.strangers.push_back(stranger(event.name, "folder with a name that is no event id"));
            continue;
        }
        std::string const path = joined(folder.path(), event.name);
        unique_fd const inner = open_folder(fd.value(), event.name.c_str(), path);
        if (!inner) continue;
        for (entry& file : entries_of(inner, path, true)) {
            if (!S_ISREG(file.kind)) {
                listing.strangers.push_back(stranger(joined(event.name, file.name), kind_name(file.kind)));
            } else if (!is_safe_name(file.name)) {
                listing.strangers.push_back(
                    stranger(joined(event.name, file.name), "file with a name that is no file id"));
            } else {
                listing.files.push_back({event.name, std::move(file.name), file.bytes});
            }
        }
    }
    return listing;
}

std::optional<std::string> why_unreadable(const std::filesystem::path& file)
try {
    open_for_reading(file);
    return std::nullopt;
} catch (const export_error& error) {
    return error.what();
}

copied_file copy_attachment(const std::filesystem::path& from, const std::filesystem::path& to,
                            const std::function<bool()>& stop)
{
    return attachment_copy{from, to, stop}.run();
}

} // namespace pryv_export::source
