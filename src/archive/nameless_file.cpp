#include "nameless_file.hpp"

#include "pryv_export/base/error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace pryv_export::archive {

unique_fd open_nameless_file(const std::filesystem::path& folder)
{
    unique_fd fd{::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    if (fd) return fd;
    // File systems without O_TMPFILE: a name for a moment.
    std::string name = (folder / "spool-XXXXXX").native();
    fd = unique_fd{::mkostemp(name.data(), O_CLOEXEC)};
    if (!fd) throw_errno(errno, "cannot create a temporary file in", folder.native());
    ::unlink(name.c_str());
    return fd;
}

} // namespace pryv_export::archive
