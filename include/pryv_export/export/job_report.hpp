#pragma once

#include "pryv_export/base/error.hpp"
#include "pryv_export/export/register_report.hpp"
#include "pryv_export/export/report.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::exporting {

enum class core_state : std::uint8_t
{
    complete,
    partial,     ///< finished, but some users or records failed
    failed,      ///< ended half-way: no archive, or not whole in the merged one
    not_started, ///< its sources could not be opened
    not_run      ///< not asked for this time
};
/// "complete", "partial", "failed", "not-started", "not-run"
std::string_view name_of(core_state state) noexcept;

/// What became of one core of a job.
struct core_result
{
    std::string name;
    core_state state = core_state::not_run;
    exit_status status = exit_status::complete; ///< of the failure
    std::string error;                          ///< its line
    std::optional<run_report> report;           ///< of this run
    boost::json::object earlier;                ///< not_run: its section in the report of an earlier run
};

/// What became of a whole job.
struct job_report
{
    std::string tool_version;
    std::string job; ///< the job file, as given
    std::string output;
    bool merged = false;
    std::int64_t started_ms = 0;
    std::int64_t finished_ms = 0;
    double seconds = 0;
    std::vector<core_result> cores; ///< in the order of the job
    std::optional<register_report> from_register;
    boost::json::object earlier_register;  ///< not exported this time: its section in an earlier report
    std::optional<export_error> unwritten; ///< why OUTPUT/report.json, or another report, is not there
    std::optional<run_report> archive;     ///< of a merged archive
    std::vector<std::string> warnings;

    /// Every core that was run this time is complete, and the register is.
    bool complete() const noexcept;
    /// All cores of the job are, now or from an earlier run.
    bool whole() const;
    /// The exit status: complete, partial, or why nothing was finished at all.
    exit_status status() const noexcept;
};

/// OUTPUT/report.json of a job with an archive per core: a section per core, without its users (they are in
/// the report.json of its archive).
boost::json::object to_json(const job_report& job);
/// What a person reads at the end: a line per core and the total, failures, what to do next. Width fits 80
/// columns.
std::string summary_text(const job_report& job, bool colour);

} // namespace pryv_export::exporting
