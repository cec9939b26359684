#pragma once

#include "pryv_export/runtime/program.hpp"
#include "pryv_export/runtime/progress.hpp"
#include "pryv_export/runtime/task.hpp"
#include "pryv_export/verify/finding.hpp"
#include "pryv_export/verify/source_census.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Proves offline that an archive is whole and that v2 will take it; shares no code with what writes
/// archives.
namespace pryv_export::verify {

struct verify_options
{
    std::filesystem::path archive;
    std::vector<std::string> users;       ///< ids or names; empty: all
    double sample_percent = 100;          ///< of the users, chosen by their ids: the same ones each time
    std::optional<source_census> against; ///< what the source has now
};

struct verify_report
{
    std::string archive;
    std::string made_by;      ///< "pryv-export 0.1.0", "v2's backup (1.9.3)", …
    std::string core_version; ///< of the manifest
    std::string held_against; ///< the source; empty: none
    bool all_users = true;    ///< none was left out by --user or --sample
    std::uint64_t users_listed = 0;
    std::uint64_t users_checked = 0;
    std::uint64_t users_open_to_doubt = 0;                          ///< with an error among their findings
    std::vector<std::pair<std::string_view, std::uint64_t>> counts; ///< records read, by kind
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    findings found;

    bool sound() const noexcept { return found.count(severity::error) == 0; }
};

/// Reads the whole archive once. Throws export_error: source_missing when there is no archive, or no user of
/// that name in it; interrupted. On the loop's thread; the work is done on the CPU pool of `program`.
runtime::task<verify_report> verify_archive(runtime::program& program, verify_options options,
                                            runtime::progress& progress);

/// What a person reads: the verdict first, findings by rule with examples, counts. Fits 80 columns.
std::string summary_text(const verify_report& report, bool colour);
/// The same as one JSON document.
std::string summary_json(const verify_report& report);

} // namespace pryv_export::verify
