#pragma once

#include "pryv_export/config/v1_config.hpp"
#include "pryv_export/convert/outcome.hpp"
#include "pryv_export/export/options.hpp"
#include "pryv_export/runtime/program.hpp"
#include "pryv_export/runtime/progress.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace pryv_export::exporting {

/// What v1 has of one user, by its own counts.
struct user_count
{
    std::string user_id;
    std::string username;
    std::array<std::uint64_t, convert::kind_count> records{};
    std::uint64_t attachment_bytes = 0;
    std::vector<std::string> problems; ///< error lines: what could not be counted

    std::uint64_t of(convert::kind which) const noexcept { return records[static_cast<std::size_t>(which)]; }
};

struct source_count
{
    std::string source; ///< for people
    std::vector<std::string>
        problems; ///< lines: damaged places, records of nobody, collections that are not there
    std::vector<user_count> users;
};

/// Counts the records of all users of a core (options.users: of these) and converts nothing. Of the options
/// only those that say where the source is matter. Writes nothing but temporary files in options.spool_dir or
/// the system's folder for these. Throws export_error when a source cannot be opened,
/// system_error{operation_aborted} when cancelled. On the loop's thread of `program`.
runtime::task<source_count> count_core(runtime::program& program, const config::v1_config& config,
                                       const export_options& options, runtime::progress& progress);

} // namespace pryv_export::exporting
