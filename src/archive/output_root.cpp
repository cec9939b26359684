#include "output_root.hpp"

#include "pryv_export/base/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <system_error>

namespace pryv_export::archive {

namespace {

export_error cannot_create(const std::filesystem::path& path, std::string_view cause, std::string_view hint)
{
    return {exit_status::cannot_create, path.native(), cause, hint};
}

void create_root(const std::filesystem::path& root)
{
    try {
        create_private_folder(root);
    } catch (const export_error& error) {
        auto const parent = kind_of(root.has_parent_path() ? root.parent_path() : ".");
        if (parent == path_kind::absent) {
            throw cannot_create(root, "its parent folder does not exist", "create the parent folder first");
        }
        if (kind_of(root) != path_kind::absent)
            throw cannot_create(root, "exists and is no folder", "name another output");
        throw export_error{exit_status::cannot_create, root.native(), "cannot create the folder",
                           error.what()};
    }
}

} // namespace

void remove_tree(const std::filesystem::path& path)
{
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error)
        throw cannot_create(path, fmt::format("cannot remove: {}", error.message()), "remove it by hand");
}

unique_fd open_output_root(const std::filesystem::path& root)
{
    create_root(root);
    return lock_output_root(root);
}

unique_fd lock_output_root(const std::filesystem::path& root)
{
    unique_fd folder{::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!folder) {
        throw cannot_create(root, std::generic_category().message(errno),
                            "choose a folder that this user may write to");
    }
    if (::flock(folder.value(), LOCK_EX | LOCK_NB) != 0) {
        throw cannot_create(root, "another pryv-export is writing there",
                            "wait for it to end, or name another output");
    }
    return folder;
}

} // namespace pryv_export::archive
