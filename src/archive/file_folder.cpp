#include "pryv_export/archive/file_folder.hpp"

#include "pryv_export/base/error.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <stdio.h>

namespace pryv_export::archive {

int file_folder::opened() const
{
    if (!fd_) {
        fd_ = unique_fd{::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
        if (!fd_) throw_errno(errno, "cannot open the folder", path_.native());
    }
    return fd_.value();
}

void file_folder::make() const
{
    create_private_folder(path_);
}

void file_folder::make_folder(std::string_view name) const
{
    if (std::find(made_.begin(), made_.end(), name) != made_.end()) return;
    made_.emplace_back(name);
    create_private_folder(opened(), path_.native(), made_.back());
}

unique_fd file_folder::create(const std::string& name) const
{
    for (std::size_t slash = name.find('/'); slash != name.npos; slash = name.find('/', slash + 1))
        make_folder(std::string_view{name}.substr(0, slash));
    return create_private_file(opened(), path_.native(), name);
}

void file_folder::rename(const std::string& from, const std::string& to) const
{
    if (::renameat(opened(), from.c_str(), opened(), to.c_str()) != 0)
        throw_errno(errno, "cannot rename", joined(path_.native(), from));
}

} // namespace pryv_export::archive
