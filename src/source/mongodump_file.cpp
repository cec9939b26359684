#include "mongodump_file.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/source/document_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

namespace pryv_export::source {

namespace {

namespace fs = std::filesystem;

/// True for a regular file, false when absent. Throws export_error for everything else.
bool is_readable_file(const fs::path& path)
{
    switch (kind_of(path)) {
    case path_kind::file: return true;
    case path_kind::absent: return false;
    case path_kind::unreadable: throw_errno(EACCES, "cannot look at", path.native());
    case path_kind::link:
        throw export_error{exit_status::source_missing, printable(path.native()),
                           "is a symbolic link, which is not followed",
                           "put the file itself into the folder"};
    case path_kind::folder:
    case path_kind::other: break;
    }
    throw export_error{exit_status::source_missing, printable(path.native()), "is no regular file",
                       "name the folder that mongodump wrote"};
}

bool holds_user_collections(const fs::path& folder)
{
    for (collection const kind : user_collections) {
        for (std::string_view const suffix : {".bson", ".bson.gz"}) {
            auto const path = folder / fmt::format("{}{}", name_of(kind), suffix);
            auto const found = kind_of(path);
            if (found == path_kind::unreadable) throw_errno(EACCES, "cannot look into", folder.native());
            if (found != path_kind::absent) return true;
        }
    }
    return false;
}

/// Before v1.4 each user had collections of their own, "<id>.events".
bool holds_collections_per_user(const fs::path& folder)
{
    std::error_code error;
    for (fs::directory_iterator at{folder, error}; !error && at != fs::directory_iterator{};
         at.increment(error)) {
        std::string const name = at->path().filename().native();
        if (name.find(".events.bson") != std::string::npos) return true;
    }
    return false;
}

[[noreturn]] void throw_for_a_file(const fs::path& path)
{
    constexpr std::array<std::uint8_t, 4> archive_magic{0x6d, 0xe2, 0x99, 0x81};
    std::array<std::uint8_t, 4> start{};
    auto const fd = open_for_reading(path);
    read_at(fd.value(), 0, start, path.native());
    bool const gzip = start[0] == 0x1f && start[1] == 0x8b;
    std::string_view const cause = start == archive_magic ? "is a file written by mongodump --archive"
                                   : gzip                 ? "is a gzip file, not the folder of a dump"
                                                          : "is a file, not the folder of a dump";
    throw export_error{exit_status::source_missing, printable(path.native()), cause,
                       "dump into a folder (mongodump --out FOLDER) and name that"};
}

[[noreturn]] void throw_nothing_found(const fs::path& folder, const std::string& database_name)
{
    if (holds_collections_per_user(folder)) {
        throw export_error{exit_status::source_missing, printable(folder.native()),
                           "holds a collection per user (data of a Pryv.io before 1.4)",
                           "upgrade that deployment first, then dump it again"};
    }
    throw export_error{
        exit_status::source_missing, printable(folder.native()),
        fmt::format(
            "no dump here: looked for events, streams, accesses, profile, webhooks and followedSlices "
            "as .bson or .bson.gz, in it and in its folder \"{}\"",
            printable(database_name)),
        "name the folder that mongodump wrote for the database"};
}

} // namespace

std::vector<std::string> collections_in(const std::filesystem::path& folder)
{
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator at{folder, error}, end; !error && at != end;
         at.increment(error)) {
        std::string name = at->path().filename().native();
        for (std::string_view const suffix : {".bson", ".bson.gz"}) {
            if (name.ends_with(suffix)) names.push_back(name.substr(0, name.size() - suffix.size()));
        }
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

std::optional<dump_location> locate_collection(const fs::path& folder, std::string_view collection)
{
    auto const plain = folder / fmt::format("{}.bson", collection);
    auto const zipped = folder / fmt::format("{}.bson.gz", collection);
    bool const has_plain = is_readable_file(plain);
    bool const has_zipped = is_readable_file(zipped);
    if (has_plain && has_zipped) {
        throw export_error{
            exit_status::source_missing, printable(plain.native()),
            fmt::format("{} is there too, and only one can be right", printable(zipped.filename().native())),
            "remove the one that is not of this dump"};
    }
    if (has_plain) return dump_location{plain, false};
    if (has_zipped) return dump_location{zipped, true};
    return std::nullopt;
}

fs::path resolve_dump_folder(const fs::path& folder, const std::string& database_name)
{
    auto found = kind_of(folder);
    if (found == path_kind::link && fs::is_directory(folder)) found = path_kind::folder;
    if (found == path_kind::file) throw_for_a_file(folder);
    if (found == path_kind::unreadable) throw_errno(EACCES, "cannot look at", folder.native());
    if (found != path_kind::folder) throw_errno(ENOENT, "cannot open the dump folder", folder.native());
    if (holds_user_collections(folder)) return folder;
    auto const below = folder / database_name;
    if (is_safe_name(database_name) && kind_of(below) == path_kind::folder && holds_user_collections(below)) {
        return below;
    }
    throw_nothing_found(folder, database_name);
}

dump_file open_plain(const fs::path& path)
{
    dump_file file;
    file.fd = open_for_reading(path);
    file.name = path.native();
    file.size = size_of(file.fd.value(), file.name);
    ::posix_fadvise(file.fd.value(), 0, 0, POSIX_FADV_SEQUENTIAL);
    return file;
}

unique_fd create_nameless_file(const fs::path& folder)
{
    unique_fd fd{::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    if (fd) return fd;
    if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) {
        throw_errno(errno, "cannot create a temporary file in", folder.native());
    }
    std::string name = (folder / ".spool-XXXXXX").native();
    fd = unique_fd{::mkostemp(name.data(), O_CLOEXEC)};
    if (!fd) throw_errno(errno, "cannot create a temporary file in", folder.native());
    ::unlink(name.c_str());
    return fd;
}

void reserve_space(int fd, std::uint64_t bytes, const fs::path& folder)
{
    struct statvfs info
    {
    };
    if (::fstatvfs(fd, &info) != 0) return;
    std::uint64_t const free = std::uint64_t{info.f_bavail} * info.f_frsize;
    // Preallocation is for the layout; the check before it is for a message that says how much is missing.
    bool const full = free < bytes || (bytes > 0 && ::fallocate(fd, 0, 0, static_cast<off_t>(bytes)) != 0 &&
                                       (errno == ENOSPC || errno == EDQUOT || errno == EFBIG));
    if (!full) return;
    throw export_error{exit_status::io_error, printable(folder.native()),
                       fmt::format("{} are needed to regroup the dump by user, {} are free",
                                   human_bytes(bytes), human_bytes(free)),
                       "free space there or choose another temporary folder"};
}

void write_at(int fd, std::uint64_t offset, std::span<const std::uint8_t> bytes, std::string_view path)
{
    while (!bytes.empty()) {
        auto const written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0) {
            if (errno == EINTR) continue;
            throw_errno(errno, "cannot write a temporary file in", path);
        }
        offset += static_cast<std::uint64_t>(written);
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

} // namespace pryv_export::source
