#include "pryv_export/base/text.hpp"

#include "page/json_members.hpp"
#include "page/report_sections.hpp"

#include <fmt/format.h>

#include <string>

namespace pryv_export::page {

namespace json = boost::json;

namespace {

std::string damage_text(const json::object& damage)
{
    return fmt::format("{}, {} at byte {}: {}", text_member(damage, "thing"),
                       human_bytes(count_member(damage, "bytes")),
                       human_count(count_member(damage, "offset")), text_member(damage, "cause"));
}

std::string change_text(const json::object& change)
{
    std::string const user = text_member(change, "userId");
    return fmt::format("{}{}: {} before the export, {} after it, {} exported.",
                       user.empty() ? "Documents of no single user, " : fmt::format("User {}, ", user),
                       text_member(change, "collection"), count_member(change, "before"),
                       count_member(change, "after"), count_member(change, "exported"));
}

std::string left_out_text(const json::object& user)
{
    return fmt::format("{} ({}): belongs to core {}; {} documents of this copy are not in the archive.",
                       text_member(user, "username"), text_member(user, "userId"),
                       text_member(user, "keptCore"), human_count(count_member(user, "documents")));
}

std::vector<tally_row> totals_of(const json::object& counts)
{
    std::vector<tally_row> rows;
    for (const auto& [kind, value] : counts) {
        if (!value.is_object()) continue;
        const json::object& tally = value.get_object();
        rows.push_back({.kind = std::string{kind},
                        .source = count_member(tally, "source"),
                        .written = count_member(tally, "written"),
                        .changed = count_member(tally, "changed"),
                        .set_aside = count_member(tally, "setAside"),
                        .failed = count_member(tally, "failed"),
                        .adds_up = tally.if_contains("addsUp") == nullptr});
    }
    return rows;
}

std::vector<std::string> examples_of(const json::object& finding)
{
    std::vector<std::string> examples = text_list(finding, "keys");
    for_each_object(finding, "examples", [&](const json::object& example) {
        std::string text = text_member(example, "id");
        if (std::string const detail = text_member(example, "detail"); !detail.empty()) text += ": " + detail;
        examples.push_back(std::move(text));
    });
    return examples;
}

std::vector<rule_row> findings_of(const json::object& report)
{
    std::vector<rule_row> rows;
    for_each_object(report, "findings", [&](const json::object& finding) {
        rows.push_back({.name = text_member(finding, "rule"),
                        .group = concern_named(text_member(finding, "concern")),
                        .count = count_member(finding, "count"),
                        .meaning = text_member(finding, "meaning"),
                        .examples = examples_of(finding)});
    });
    return rows;
}

void read_months(report_data& to, const json::object& report)
{
    to.first_event = text_member(report, "firstEvent");
    to.last_event = text_member(report, "lastEvent");
    for (const auto& [name, count] : object_member(report, "eventsByMonth")) {
        if (name == "earlier")
            to.events_earlier = count_of(count);
        else if (name == "later")
            to.events_later = count_of(count);
        else if (name == "undated")
            to.events_undated = count_of(count);
        else
            to.months.emplace_back(name, count_of(count));
    }
}

void read_lists(report_data& to, const json::object& report)
{
    for_each_object(report, "usersFailed", [&](const json::object& user) {
        to.failed_users.push_back({text_member(user, "userId"), text_member(user, "error")});
    });
    for_each_object(report, "coresFailed", [&](const json::object& core) {
        to.failed_cores.push_back({text_member(core, "name"), text_member(core, "error")});
    });
    for_each_object(report, "damages", [&](const auto& each) { to.damages.push_back(damage_text(each)); });
    for_each_object(report, "changedMeanwhile",
                    [&](const auto& each) { to.changes.push_back(change_text(each)); });
    for_each_object(report, "leftOut", [&](const auto& each) { to.left_out.push_back(left_out_text(each)); });
    to.warnings = text_list(report, "warnings");
    to.not_in_index = text_list(report, "notInIndex");
    to.index_only = text_list(report, "indexOnly");
    to.strangers = text_list(report, "strangers");
    to.other_collections = text_list(report, "otherCollections");
    to.users_failed = to.failed_users.size();
}

} // namespace

concern concern_named(std::string_view name) noexcept
{
    if (name == "problem") return concern::problem;
    if (name == "set-aside") return concern::set_aside;
    return name == "change" ? concern::change : concern::note;
}

core_row core_of(const json::object& json)
{
    core_row core;
    core.name = text_member(json, "name");
    core.state = text_member(json, "state");
    if (core.state.empty()) core.state = text_member(json, "result");
    core.error = text_member(json, "error");
    core.version = text_member(json, "coreVersion");
    core.users = count_member(json, "usersWritten");
    for_each_object(json, "usersFailed", [&](const json::object&) { ++core.users_failed; });
    core.bytes = count_member(json, "archiveBytes");
    core.totals = totals_of(object_member(json, "counts"));
    core.largest_user_events = count_member(object_member(json, "largestUser"), "events");
    core.has_archive = core.state == "complete" || core.state == "partial";
    return core;
}

report_data archive_report(const json::object& json)
{
    report_data to;
    std::string const result = text_member(json, "result");
    if (!result.empty()) to.result = result == "complete" ? verdict::complete : verdict::partial;
    to.made_by = text_member(json, "tool");
    to.source = text_member(json, "source");
    to.version = text_member(json, "coreVersion");
    to.started = text_member(json, "started");
    to.finished = text_member(json, "finished");
    to.seconds = number_member(json, "seconds");
    to.source_bytes = count_member(json, "sourceBytes");
    to.archive_bytes = count_member(json, "archiveBytes");
    to.attachment_bytes = count_member(json, "attachmentBytes");
    to.files = count_member(json, "archiveFiles");
    to.users = count_member(json, "usersWritten");
    const json::object& largest = object_member(json, "largestUser");
    to.largest_user = text_member(largest, "userId");
    to.largest_user_events = count_member(largest, "events");
    const json::object& counts = object_member(json, "counts");
    to.account_fields = count_member(object_member(counts, "events"), "accountFields");
    to.has_user_core = is_true(json, "userCoreRows");
    to.counts_endings = true;
    to.totals = totals_of(counts);
    to.findings = findings_of(json);
    read_months(to, json);
    read_lists(to, json);
    for_each_object(json, "cores", [&](const json::object& core) { to.cores.push_back(core_of(core)); });
    return to;
}

register_data register_report(const json::object& json)
{
    register_data to;
    to.complete = text_member(json, "result") == "complete";
    to.source = text_member(json, "source");
    for (const auto& [kind, value] : object_member(json, "kinds")) {
        if (!value.is_object()) continue;
        const json::object& counts = value.get_object();
        if (count_member(counts, "keys") == 0) continue;
        to.keys.push_back({.kind = std::string{kind},
                           .found = count_member(counts, "found"),
                           .excluded = count_member(counts, "excluded"),
                           .vanished = count_member(counts, "vanished"),
                           .skipped = count_member(counts, "wrongType") + count_member(counts, "tooLarge") +
                                      count_member(counts, "unknown")});
    }
    for (const auto& [file, count] : object_member(json, "rows")) to.rows.emplace_back(file, count_of(count));
    to.findings = findings_of(json);
    to.warnings = text_list(json, "warnings");
    return to;
}

} // namespace pryv_export::page
