#include "pryv_export/page/read_report.hpp"

#include "pryv_export/base/error.hpp"

#include "page/json_members.hpp"
#include "page/report_sections.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace pryv_export::page {

namespace json = boost::json;

namespace {

json::object parsed(std::string_view text)
{
    boost::system::error_code error;
    json::value value = json::parse(text, error);
    if (error || !value.is_object()) {
        throw export_error{exit_status::io_error, "report.json",
                           error ? error.message() : std::string{"is no JSON object"},
                           "export again, or leave --report out"};
    }
    return std::move(value.get_object());
}

std::uint64_t in_archive(const json::object& counts, std::string_view kind)
{
    const json::object& tally = object_member(counts, kind);
    return count_member(tally, "written") + count_member(tally, "changed");
}

bool is_problem(const report_data& report, std::string_view rule)
{
    auto const at = std::find_if(report.findings.begin(), report.findings.end(),
                                 [&](const rule_row& each) { return each.name == rule; });
    return at != report.findings.end() && at->group == concern::problem;
}

} // namespace

report_data read_report(std::string_view text)
{
    json::object const report = parsed(text);
    if (report.if_contains("jobReportVersion") != nullptr) return job_report(report);
    if (report.if_contains("kinds") == nullptr) return archive_report(report);
    report_data alone = archive_report(report);
    alone.kind = report_kind::register_only;
    alone.findings.clear();
    alone.warnings.clear();
    alone.from_register = register_report(report);
    if (alone.made_by.empty()) alone.made_by = "pryv-export " + text_member(report, "version");
    return alone;
}

void add_register(report_data& to, std::string_view text)
{
    to.from_register = register_report(parsed(text));
}

user_row read_user(std::string_view text, const report_data& report)
{
    user_row user;
    boost::system::error_code error;
    json::value const value = json::parse(text, error);
    if (error || !value.is_object()) return user;
    const json::object& entry = value.get_object();
    user.id = text_member(entry, "userId");
    user.name = text_member(entry, "username");
    user.core = text_member(entry, "core");
    user.error = text_member(entry, "error");
    if (text_member(entry, "result") == "failed") {
        user.state = user_state::failed; // nothing of it is in the archive
        return user;
    }
    const json::object& counts = object_member(entry, "counts");
    std::uint64_t const fields = count_member(object_member(counts, "events"), "accountFields");
    user.events = in_archive(counts, "events") - std::min(fields, in_archive(counts, "events"));
    user.streams = in_archive(counts, "streams");
    user.accesses = in_archive(counts, "accesses");
    user.attachments = in_archive(counts, "attachments");
    user.bytes = count_member(entry, "archiveBytes");
    for_each_object(entry, "findings", [&](const json::object& finding) {
        user.findings += count_member(finding, "count");
        if (is_problem(report, text_member(finding, "rule"))) user.state = user_state::findings;
    });
    return user;
}

} // namespace pryv_export::page
