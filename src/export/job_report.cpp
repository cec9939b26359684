#include "pryv_export/export/job_report.hpp"

#include "pryv_export/base/log.hpp"
#include "pryv_export/base/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>

#include <algorithm>

namespace pryv_export::exporting {

namespace json = boost::json;

namespace {

constexpr int job_report_version = 1;

json::object section_of(const core_result& core)
{
    if (core.state == core_state::not_run) {
        if (!core.earlier.empty()) return core.earlier;
        return {{"name", core.name}, {"state", name_of(core.state)}};
    }
    json::object section{{"name", core.name}, {"state", name_of(core.state)}};
    if (!core.error.empty()) section["error"] = json::string{printable(core.error)};
    if (core.report) {
        for (const auto& [key, value] : to_json(*core.report)) section[key] = value;
    }
    return section;
}

bool is_complete(const json::object& section)
{
    auto const* const state = section.if_contains("state");
    return state != nullptr && state->is_string() && state->get_string() == "complete";
}

/// A register that was not exported at all is no lack.
bool is_complete_register(const json::object& section)
{
    auto const* const result = section.if_contains("result");
    return result == nullptr || (result->is_string() && result->get_string() == "complete");
}

} // namespace

std::string_view name_of(core_state state) noexcept
{
    switch (state) {
    case core_state::complete: return "complete";
    case core_state::partial: return "partial";
    case core_state::failed: return "failed";
    case core_state::not_started: return "not-started";
    case core_state::not_run: break;
    }
    return "not-run";
}

bool job_report::complete() const noexcept
{
    bool const cores_complete = std::all_of(cores.begin(), cores.end(), [](const core_result& core) {
        return core.state == core_state::complete || core.state == core_state::not_run;
    });
    return cores_complete && (!from_register || from_register->complete()) && !unwritten &&
           (!archive || archive->complete());
}

bool job_report::whole() const
{
    bool const all_cores = std::all_of(cores.begin(), cores.end(),
                                       [](const core_result& core) { return is_complete(section_of(core)); });
    return all_cores && complete() && is_complete_register(earlier_register);
}

exit_status job_report::status() const noexcept
{
    if (complete()) return exit_status::complete;
    if (unwritten) return unwritten->status();
    auto const finished = [](const core_result& core) {
        return core.state == core_state::complete || core.state == core_state::partial;
    };
    if (archive || std::any_of(cores.begin(), cores.end(), finished)) return exit_status::partial;
    auto const failed =
        std::find_if(cores.begin(), cores.end(), [](const core_result& core) { return !core.error.empty(); });
    return failed == cores.end() ? exit_status::partial : failed->status;
}

json::object to_json(const job_report& job)
{
    json::array cores;
    for (const core_result& core : job.cores) cores.push_back(section_of(core));
    json::object out{{"jobReportVersion", job_report_version},
                     {"tool", "pryv-export " + job.tool_version},
                     {"result", job.whole() ? "complete" : "partial"},
                     {"layout", job.merged ? "merged" : "per-core"},
                     {"started", iso_time(job.started_ms)},
                     {"finished", iso_time(job.finished_ms)},
                     {"seconds", job.seconds}};
    if (job.from_register)
        out["register"] = to_json(*job.from_register);
    else if (!job.earlier_register.empty())
        out["register"] = job.earlier_register;
    json::array warnings;
    for (const std::string& line : job.warnings) warnings.push_back(json::string{printable(line)});
    out["warnings"] = std::move(warnings);
    out["cores"] = std::move(cores);
    return out;
}

} // namespace pryv_export::exporting
