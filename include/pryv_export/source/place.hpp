#pragma once

#include "pryv_export/base/file.hpp"

#include <cstddef>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <string_view>

namespace pryv_export::source {

/// A folder of v1 that is open, and its path for messages. `fd` is empty when there is no such folder.
struct opened_folder
{
    unique_fd fd;
    std::string path;
};

/// Where a file or folder of v1 is: a path, or a name in an open folder. The folder stays open while this is
/// in use; what is in it is found without walking its path again.
class place
{
public:
    place(const std::filesystem::path& path) : path_{path.native()} {} // implicit: a path is a place
    place(const opened_folder& folder, std::string_view name)
        : folder_{folder.fd.value()}, path_{joined(folder.path, name)}, name_at_{path_.size() - name.size()}
    {
    }

    /// The file whose name is longer by `suffix`.
    place with_suffix(std::string_view suffix) const
    {
        place longer{*this};
        longer.path_ += suffix;
        return longer;
    }

    /// For openat(2) and its like, with name().
    int folder() const noexcept { return folder_; }
    const char* name() const noexcept { return path_.c_str() + name_at_; }
    /// For messages.
    const std::string& path() const noexcept { return path_; }

private:
    int folder_ = AT_FDCWD;
    std::string path_;
    std::size_t name_at_ = 0;
};

} // namespace pryv_export::source
