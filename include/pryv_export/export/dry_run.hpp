#pragma once

#include "pryv_export/config/v1_config.hpp"
#include "pryv_export/export/options.hpp"
#include "pryv_export/export/report.hpp"
#include "pryv_export/export/user_survey.hpp"
#include "pryv_export/runtime/program.hpp"
#include "pryv_export/runtime/progress.hpp"

#include <boost/json/object.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What an export would do and what would hurt, before anything is written.
namespace pryv_export::exporting {

/// What is expected of one user.
struct user_forecast
{
    std::string user_id;
    std::string username;
    std::array<std::uint64_t, convert::kind_count> records{}; ///< in the source
    per_part<std::uint64_t> source_bytes{};
    per_part<std::uint64_t> archive_bytes{};
    std::uint64_t files = 0;          ///< in the archive
    bool converted = false;           ///< measured, not estimated
    std::uint64_t heap_megabytes = 0; ///< that v2's restore needs; 0: Node's default is enough

    std::uint64_t of(convert::kind which) const noexcept { return records[static_cast<std::size_t>(which)]; }
    std::uint64_t archive_total() const noexcept;
};

struct forecast
{
    std::string tool_version;
    std::string source;
    std::string core_version;
    std::string output;
    bool scanned = false;        ///< everything was converted: sizes are measured, what is set aside is known
    bool output_checked = false; ///< free space could be asked for

    std::vector<user_forecast> users; ///< in the order of the archive
    std::uint64_t users_converted = 0;
    std::array<std::uint64_t, convert::kind_count> records{};
    per_part<std::uint64_t> source_bytes{};
    per_part<std::uint64_t> archive_bytes{};
    std::uint64_t other_bytes = 0; ///< of files that belong to no user
    std::uint64_t files = 0;
    std::uint64_t folders = 0;
    double seconds = 0; ///< of the export; 0: too little was measured

    std::uint64_t bytes_on_disk = 0; ///< with what file systems add to each file
    std::uint64_t free_bytes = 0;
    std::optional<std::uint64_t> free_files; ///< none: no limit

    std::uint64_t large_users = 0;      ///< for whom v2's restore needs a larger heap
    std::uint64_t unroutable_users = 0; ///< whose names v2's API cannot route
    std::uint64_t users_without_password = 0;

    std::vector<std::string> problems; ///< error lines: something will fail
    std::vector<std::string> warnings; ///< whole sentences
    run_report converted;              ///< what became of what was converted

    std::uint64_t archive_total() const noexcept;
    bool ready() const noexcept { return problems.empty(); }
};

/// Reads the sources, counts everything, converts a sample of the users (scan: all), and writes nothing but
/// temporary files in options.spool_dir or the system's folder for these. Throws export_error when a source
/// cannot be opened at all, system_error{operation_aborted} when cancelled. On the loop's thread of
/// `program`.
runtime::task<forecast> forecast_core(runtime::program& program, const config::v1_config& config,
                                      const export_options& options, bool scan, runtime::progress& progress);

/// What a person reads: the verdict, problems, sizes per kind, largest users, what to do next. Fits 80
/// columns.
std::string summary_text(const forecast& expected, bool colour);
/// All of it but the users.
boost::json::object to_json(const forecast& expected);
boost::json::object to_json(const user_forecast& user);
/// One JSON object with all of it, piece by piece.
void write_json(const forecast& expected, const std::function<void(std::string_view)>& write);

} // namespace pryv_export::exporting
