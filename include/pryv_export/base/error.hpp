#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace pryv_export {

/// Exit status of the program (a contract, README "Exit status"; values 64+ follow sysexits.h).
enum class exit_status : int
{
    complete = 0,
    unexpected = 1,
    usage = 2,
    partial = 3,
    problems_found = 4,
    source_missing = 66,
    cannot_create = 73,
    io_error = 74,
    unreachable = 75,
    denied = 77,
    bad_config = 78,
    interrupted = 130,
    terminated = 143,
};

/// A failure that an operator reads: one line that names the thing, the cause and what to do.
/// what() is "<thing>: <cause>" or "<thing>: <cause>; <hint>". Never holds a secret.
class export_error : public std::runtime_error
{
public:
    export_error(exit_status status, std::string_view thing, std::string_view cause,
                 std::string_view hint = {});

    /// The status with which the program ends when nobody handles this.
    exit_status status() const noexcept { return status_; }
    /// The thing that it happened to, as in what(): a path, a user, an option.
    std::string_view thing() const noexcept { return std::string_view{what()}.substr(0, thing_bytes_); }

private:
    exit_status status_;
    std::size_t thing_bytes_;
};

/// Maps an errno to the status it stands for: ENOENT source_missing, EACCES/EPERM denied,
/// everything else (ENOSPC, EIO, EDQUOT, …) io_error.
exit_status status_of_errno(int error) noexcept;

/// Throws export_error for a failed system call on `path`: cause is strerror text plus, for
/// ENOSPC, EDQUOT, EACCES, EMFILE and ENOENT, what the operator can do.
[[noreturn]] void throw_errno(int error, std::string_view action, std::string_view path);

} // namespace pryv_export
