#include "pryv_export/base/replacing_file.hpp"

#include "pryv_export/base/error.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace pryv_export {

replacing_file::replacing_file(std::filesystem::path path) : path_{std::move(path)}, beside_{path_}
{
    beside_ += ".new";
    std::error_code error;
    if (kind_of(path_) == path_kind::folder) error = std::make_error_code(std::errc::is_a_directory);
    if (!error) {
        std::filesystem::remove(beside_, error);
        fd_ = unique_fd{::open(beside_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
        error = fd_ ? std::error_code{} : std::error_code{errno, std::generic_category()};
    }
    if (error) {
        throw export_error{exit_status::cannot_create, path_.native(),
                           "cannot be written: " + error.message(),
                           "name a place in a folder that exists and can be written to"};
    }
}

replacing_file::~replacing_file()
{
    if (!in_place_) ::unlink(beside_.c_str());
}

void replacing_file::write(std::string_view text)
{
    write_all(fd_.value(), text, path_.native());
}

void replacing_file::commit()
{
    sync_fd(fd_.value(), path_.native());
    fd_.close_checked(path_.native());
    if (::rename(beside_.c_str(), path_.c_str()) != 0)
        throw_errno(errno, "cannot move into place", path_.native());
    in_place_ = true;
}

} // namespace pryv_export
