#include "pryv_export/archive/output_folder.hpp"

#include "pryv_export/base/error.hpp"

#include "output_root.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace pryv_export::archive {

namespace {

constexpr std::string_view partial_name = ".partial";

/// What an archive of ours is made of: only these are ever removed.
constexpr std::array<std::string_view, 9> archive_entries{"manifest.json", "report.json", "SHA256SUMS",
                                                          "RESTORE.md",    "users",       "platform",
                                                          "extra",         partial_name,  "report.html"};
/// Made by other commands into the same folder, and kept.
constexpr std::array<std::string_view, 5> neighbours{"register", ".register.partial", ".register.new",
                                                     "v2-config.yml", "override-config.yml"};
/// An archive has the first from its end on, an unfinished one the second from its beginning. v1's own
/// folders have a `users` too.
constexpr std::array<std::string_view, 2> archive_marks{"manifest.json", partial_name};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

export_error cannot_create(const std::filesystem::path& path, std::string_view cause, std::string_view hint)
{
    return {exit_status::cannot_create, path.native(), cause, hint};
}

void refuse_unwritable(const std::filesystem::path& folder)
{
    if (::access(folder.c_str(), W_OK | X_OK) == 0) return;
    throw cannot_create(folder, std::generic_category().message(errno),
                        "choose a folder that this user may write to");
}

/// "a/b/" names the folder "a/b".
std::filesystem::path without_last_slash(const std::filesystem::path& path)
{
    return path.has_filename() || !path.has_relative_path() ? path : path.parent_path();
}

/// Before anything of an old archive goes: that all of it can go.
void refuse_what_cannot_be_removed(const std::vector<std::filesystem::path>& old_archive)
{
    for (const auto& path : old_archive) {
        if (kind_of(path) == path_kind::folder) refuse_unwritable(path);
    }
}

} // namespace

output_folder::output_folder(std::filesystem::path root, existing policy)
    : root_{std::move(root)}, partial_{root_ / partial_name}, folder_{open_output_root(root_)},
      old_archive_{find_old_archive(root_, policy)}
{
    refuse_unwritable(root_);
    refuse_what_cannot_be_removed(old_archive_);
    remove_tree(partial_);
    create_private_folder(partial_);
}

output_folder::output_folder(std::filesystem::path root, std::filesystem::path partial)
    : root_{std::move(root)}, partial_{std::move(partial)}
{
}

output_folder output_folder::imagined(std::filesystem::path root, std::filesystem::path scratch)
{
    return output_folder{std::move(root), std::move(scratch)};
}

void output_folder::check(const std::filesystem::path& path, existing policy)
{
    std::filesystem::path const root = without_last_slash(path);
    std::filesystem::path const parent = root.has_parent_path() ? root.parent_path() : ".";
    switch (kind_of(root)) {
    case path_kind::folder: {
        unique_fd const lock = lock_output_root(root); // for this moment
        auto const old_archive = find_old_archive(root, policy);
        refuse_unwritable(root);
        refuse_what_cannot_be_removed(old_archive);
        return;
    }
    case path_kind::absent:
        if (kind_of(parent) == path_kind::absent)
            throw cannot_create(root, "its parent folder does not exist", "create the parent folder first");
        refuse_unwritable(parent);
        return;
    default: throw cannot_create(root, "exists and is no folder", "name another output");
    }
}

std::vector<std::filesystem::path> output_folder::find_old_archive(const std::filesystem::path& root,
                                                                   existing policy)
{
    std::vector<std::filesystem::path> old_archive;
    std::error_code error;
    bool is_archive = false;
    for (std::filesystem::directory_iterator at{root, error}, end; !error && at != end; at.increment(error)) {
        std::string const name = at->path().filename().native();
        is_archive = is_archive || is_one_of(name, archive_marks);
        if (is_one_of(name, neighbours)) continue;
        if (!is_one_of(name, archive_entries)) {
            throw cannot_create(root, fmt::format("is not empty: '{}' is no part of an archive", name),
                                "name a new or empty folder");
        }
        old_archive.push_back(at->path());
    }
    if (error) throw cannot_create(root, error.message(), "check its permissions");
    if (!old_archive.empty() && !is_archive) {
        throw cannot_create(
            root,
            fmt::format("is not empty: '{}' is there, and nothing says that it is of an archive",
                        old_archive.front().filename().native()),
            "name a new or empty folder");
    }
    if (!old_archive.empty() && policy == existing::refuse) {
        bool const finished = kind_of(root / "manifest.json") == path_kind::file;
        throw cannot_create(root, finished ? "holds an archive" : "holds an unfinished archive",
                            "give --overwrite to replace it, or name another output");
    }
    return old_archive;
}

void output_folder::begin()
{
    if (where() == medium::none) return;
    // The manifest goes first: from here on this is no archive any more.
    std::stable_partition(old_archive_.begin(), old_archive_.end(),
                          [](const auto& p) { return p.filename() == "manifest.json"; });
    for (const auto& path : old_archive_) {
        if (path != partial_) remove_tree(path);
    }
    old_archive_.clear();
    create_private_folder(root_ / "users");
}

void output_folder::sync_all() const
{
    if (where() == medium::none) return;
    // One syncfs covers all files written so far and reports write-back errors since Linux 5.8.
    if (::syncfs(folder_.value()) != 0) throw_errno(errno, "cannot make durable (syncfs)", root_.native());
}

void output_folder::publish(const std::filesystem::path& from, const std::filesystem::path& to) const
{
    if (where() == medium::none) return;
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return;
    int error = errno;
    if (error == EINVAL || error == ENOSYS) { // file systems without RENAME_NOREPLACE
        if (kind_of(to) != path_kind::absent)
            error = EEXIST;
        else if (::rename(from.c_str(), to.c_str()) == 0)
            return;
        else
            error = errno;
    }
    throw_errno(error, "cannot move into place", to.native());
}

void output_folder::finish()
{
    if (where() == medium::none) return;
    std::error_code error;
    std::filesystem::remove_all(partial_, error);
    if (error)
        throw export_error{exit_status::io_error, partial_.native(), error.message(), "remove it by hand"};
    sync_all();
}

void output_folder::abandon() noexcept
{
    if (where() == medium::none) return;
    std::error_code ignored;
    std::filesystem::remove_all(partial_, ignored);
}

} // namespace pryv_export::archive
