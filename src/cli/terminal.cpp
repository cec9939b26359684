#include "terminal.hpp"

#include "pryv_export/base/error.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace pryv_export::cli {

namespace {

/// 0, or the errno of the failed write.
int write_to(int descriptor, std::string_view text)
{
    while (!text.empty()) {
        ssize_t const written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

constexpr std::string_view erase_line = "\r\x1b[J";

} // namespace

void keep_standard_descriptors()
{
    for (int descriptor = 0; descriptor <= 2; ++descriptor) {
        if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
        // The lowest free number is this one. stdout is opened for reading: writing to it fails, as it
        // should.
        int const mode = descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY;
        if (::open("/dev/null", mode) != descriptor) return;
    }
}

void write_stdout(std::string_view text)
{
    if (int const error = write_to(STDOUT_FILENO, text); error != 0)
        throw_errno(error, "cannot write", "stdout");
}

bool write_stdout_if_read(std::string_view text)
{
    int const error = write_to(STDOUT_FILENO, text);
    if (error == EPIPE) return false;
    if (error != 0) throw_errno(error, "cannot write", "stdout");
    return true;
}

bool wants_colour(int descriptor)
{
    const char* const none = std::getenv("NO_COLOR");
    if (none != nullptr && *none != '\0') return false;
    const char* const terminal = std::getenv("TERM");
    if (terminal == nullptr || std::string_view{terminal} == "dumb") return false;
    return ::isatty(descriptor) != 0;
}

void stderr_writer::line(std::string_view text)
{
    std::lock_guard const lock{mutex_};
    std::string all;
    if (bar_shown_) all = erase_line;
    bar_shown_ = false;
    all += text;
    write_to(STDERR_FILENO, all);
}

void stderr_writer::progress(std::string_view text)
{
    std::lock_guard const lock{mutex_};
    bar_shown_ = !text.ends_with('\n') && text != erase_line;
    write_to(STDERR_FILENO, text);
}

} // namespace pryv_export::cli
