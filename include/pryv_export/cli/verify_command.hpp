#pragma once

#include "pryv_export/cli/core_command.hpp"
#include "pryv_export/verify/verify.hpp"

#include <cstdint>
#include <optional>

namespace pryv_export::cli {

/// Options of `pryv-export verify`.
struct verify_command_options : message_options
{
    verify::verify_options verifying;
    std::size_t jobs = 1;
    std::uint64_t memory_bytes = 256ULL << 20;
    bool json = false;
    bool strict = false; ///< warnings count as problems
    /// The source that the archive is held against: its configuration file and where the rest is.
    std::optional<core_options> against;
};

/// Checks an archive (and counts its source) and prints what was found to stdout, everything else to stderr.
/// Returns the exit status: problems_found when there is an error (strict: or a warning). Throws
/// export_error.
int run_verify(verify_command_options options);

} // namespace pryv_export::cli
