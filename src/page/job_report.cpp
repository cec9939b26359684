#include "page/json_members.hpp"
#include "page/report_sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace pryv_export::page {

namespace json = boost::json;

namespace {

constexpr std::size_t examples_kept = 5;

void add_totals(std::vector<tally_row>& to, const std::vector<tally_row>& from)
{
    for (const tally_row& each : from) {
        auto const at =
            std::find_if(to.begin(), to.end(), [&](const auto& row) { return row.kind == each.kind; });
        if (at == to.end()) {
            to.push_back(each);
            continue;
        }
        at->source += each.source;
        at->written += each.written;
        at->changed += each.changed;
        at->set_aside += each.set_aside;
        at->failed += each.failed;
        at->adds_up = at->adds_up && each.adds_up;
    }
}

void add_findings(std::vector<rule_row>& to, const std::string& core, std::vector<rule_row> from)
{
    for (rule_row& each : from) {
        for (std::string& example : each.examples) example = core + ", " + example;
        auto const at =
            std::find_if(to.begin(), to.end(), [&](const auto& row) { return row.name == each.name; });
        if (at == to.end()) {
            to.push_back(std::move(each));
            continue;
        }
        at->count += each.count;
        for (std::string& example : each.examples) {
            if (at->examples.size() < examples_kept) at->examples.push_back(std::move(example));
        }
    }
}

void add_months(report_data& to, const report_data& from)
{
    std::map<std::string, std::uint64_t> sum{to.months.begin(), to.months.end()};
    for (const auto& [month, count] : from.months) sum[month] += count;
    to.months.assign(sum.begin(), sum.end());
    to.events_earlier += from.events_earlier;
    to.events_later += from.events_later;
    to.events_undated += from.events_undated;
    // ISO 8601: the order of the texts is that of the times.
    if (!from.first_event.empty() && (to.first_event.empty() || from.first_event < to.first_event))
        to.first_event = from.first_event;
    to.last_event = std::max(to.last_event, from.last_event);
}

void add_lines(std::vector<std::string>& to, const std::string& core, const std::vector<std::string>& from)
{
    for (const std::string& line : from) to.push_back(fmt::format("{}: {}", core, line));
}

} // namespace

void add_part(report_data& all, const core_row& core, report_data part)
{
    const std::string& name = core.name;
    if (!part.source.empty())
        all.source += fmt::format("{}{}: {}", all.source.empty() ? "" : "; ", name, part.source);
    all.source_bytes += part.source_bytes;
    all.archive_bytes += part.archive_bytes;
    all.attachment_bytes += part.attachment_bytes;
    all.files += part.files;
    all.users += part.users;
    all.users_failed += part.users_failed;
    all.account_fields += part.account_fields;
    if (part.largest_user_events > all.largest_user_events) {
        all.largest_user = part.largest_user;
        all.largest_user_events = part.largest_user_events;
    }
    add_totals(all.totals, part.totals);
    add_findings(all.findings, name, std::move(part.findings));
    add_months(all, part);
    for (named_text& user : part.failed_users)
        all.failed_users.push_back({fmt::format("{} on {}", user.name, name), std::move(user.text)});
    add_lines(all.damages, name, part.damages);
    add_lines(all.changes, name, part.changes);
    add_lines(all.left_out, name, part.left_out);
    add_lines(all.warnings, name, part.warnings);
    add_lines(all.not_in_index, name, part.not_in_index);
    add_lines(all.index_only, name, part.index_only);
    add_lines(all.strangers, name, part.strangers);
    add_lines(all.other_collections, name, part.other_collections);
}

report_data job_report(const json::object& json)
{
    report_data all;
    all.kind = report_kind::job;
    all.result = text_member(json, "result") == "complete" ? verdict::complete : verdict::partial;
    all.made_by = text_member(json, "tool");
    all.started = text_member(json, "started");
    all.finished = text_member(json, "finished");
    all.seconds = number_member(json, "seconds");
    all.counts_endings = true;
    all.warnings = text_list(json, "warnings");
    for_each_object(json, "cores", [&](const json::object& section) {
        core_row core = core_of(section);
        add_part(all, core, archive_report(section));
        if (!core.error.empty()) all.failed_cores.push_back({core.name, core.error});
        all.cores.push_back(std::move(core));
    });
    if (auto const& found = object_member(json, "register"); !found.empty())
        all.from_register = register_report(found);
    return all;
}

} // namespace pryv_export::page
