#include "pryv_export/base/error.hpp"

#include "pryv_export/base/text.hpp"

#include <cerrno>
#include <system_error>

namespace pryv_export {

namespace {

std::string line_of(std::string_view thing, std::string_view cause, std::string_view hint)
{
    std::string line = printable(thing);
    line += ": ";
    line += printable(cause);
    if (!hint.empty()) {
        line += "; ";
        line += printable(hint);
    }
    return line;
}

std::string_view hint_of_errno(int error)
{
    switch (error) {
    case ENOSPC: return "free some space or inodes there, then run again";
    case EDQUOT: return "raise the quota or write elsewhere, then run again";
    case EACCES:
    case EPERM: return "run as the owner of the files (containers of v1 use uid 9999) or as root";
    case EMFILE:
    case ENFILE: return "raise the limit of open files (ulimit -n)";
    case ENOENT: return "check the path";
    case EROFS: return "choose a folder on a writable file system";
    default: return {};
    }
}

} // namespace

export_error::export_error(exit_status status, std::string_view thing, std::string_view cause,
                           std::string_view hint)
    : std::runtime_error{line_of(thing, cause, hint)}, status_{status}, thing_bytes_{printable(thing).size()}
{
}

exit_status status_of_errno(int error) noexcept
{
    switch (error) {
    case ENOENT:
    case ENOTDIR: return exit_status::source_missing;
    case EACCES:
    case EPERM: return exit_status::denied;
    default: return exit_status::io_error;
    }
}

void throw_errno(int error, std::string_view action, std::string_view path)
{
    std::string cause{action};
    cause += ": ";
    cause += std::generic_category().message(error);
    throw export_error{status_of_errno(error), path, cause, hint_of_errno(error)};
}

} // namespace pryv_export
