#include "pryv_export/archive/side_folder.hpp"

#include "pryv_export/base/error.hpp"

#include "output_root.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace pryv_export::archive {

side_folder::side_folder(std::filesystem::path root, std::string_view name, output_folder::existing policy)
    : root_{std::move(root)}, path_{root_ / name}, partial_{root_ / fmt::format(".{}.partial", name)},
      folder_{open_output_root(root_)}
{
    path_kind const there = kind_of(path_);
    if (there != path_kind::absent && there != path_kind::folder) {
        throw export_error{exit_status::cannot_create, path_.native(), "exists and is no folder",
                           "name another output"};
    }
    if (there == path_kind::folder && policy == output_folder::existing::refuse) {
        throw export_error{exit_status::cannot_create, path_.native(), "is there already",
                           "give --overwrite to replace it, or name another output"};
    }
    if (::access(root_.c_str(), W_OK) != 0) {
        throw export_error{exit_status::cannot_create, root_.native(), std::generic_category().message(errno),
                           "choose a folder that this user may write to"};
    }
    remove_tree(partial_);
    create_private_folder(partial_);
}

side_folder::~side_folder()
{
    std::error_code ignored;
    std::filesystem::remove_all(partial_, ignored);
}

void side_folder::publish()
{
    if (::syncfs(folder_.value()) != 0) throw_errno(errno, "cannot make durable (syncfs)", root_.native());
    bool const replaces = kind_of(path_) != path_kind::absent;
    unsigned const how = replaces ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    if (::renameat2(AT_FDCWD, partial_.c_str(), AT_FDCWD, path_.c_str(), how) != 0) {
        if (errno != EINVAL && errno != ENOSYS) throw_errno(errno, "cannot move into place", path_.native());
        // A file system without exchange: the old one goes at the last moment.
        if (replaces) remove_tree(path_);
        if (::rename(partial_.c_str(), path_.c_str()) != 0)
            throw_errno(errno, "cannot move into place", path_.native());
    }
    sync_fd(folder_.value(), root_.native());
    remove_tree(partial_);
}

} // namespace pryv_export::archive
