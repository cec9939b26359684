#include "pryv_export/base/text.hpp"

#include "page/escape.hpp"
#include "page/sections.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pryv_export::page {

namespace {

bool has_problem(const report_data& report)
{
    return std::any_of(report.findings.begin(), report.findings.end(),
                       [](const rule_row& each) { return each.group == concern::problem; });
}

struct headline
{
    std::string_view tone;
    std::string text;
};

headline headline_of(const report_data& report)
{
    std::string_view const thing = report.kind == report_kind::register_only ? "Register export"
                                   : report.kind == report_kind::job         ? "Export of all cores"
                                                                             : "Export";
    switch (report.result) {
    case verdict::unknown: return {"", "What is in this archive"};
    case verdict::partial: return {"bad", fmt::format("{} finished, but not complete", thing)};
    case verdict::complete: break;
    }
    if (has_problem(report) || !report.warnings.empty())
        return {"caution", fmt::format("{} complete, with something to look at", thing)};
    return {"good", fmt::format("{} complete", thing)};
}

std::string archive_contents(const report_data& report)
{
    std::string text = counted(report.users, "user");
    text += fmt::format(" with {}", counted(sum_of(report, "events"), "event"));
    if (std::uint64_t const files = sum_of(report, "attachments"); files > 0)
        text += fmt::format(" and {}", counted(files, "attached file"));
    return text + (report.archive_bytes > 0 ? fmt::format(": {}.", human_bytes(report.archive_bytes)) : ".");
}

std::string register_contents(const register_data& found)
{
    std::string text;
    for (const auto& [file, count] : found.rows) {
        if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", human_count(count), file);
    }
    return text.empty() ? "nothing" : text + ".";
}

std::uint64_t failed_records(const report_data& report)
{
    std::uint64_t failed = 0;
    for (const tally_row& each : report.totals) failed += each.failed;
    return failed;
}

std::uint64_t set_aside(const report_data& report)
{
    std::uint64_t sum = 0;
    for (const tally_row& each : report.totals) sum += each.set_aside;
    return sum;
}

std::vector<std::string> missing(const report_data& report)
{
    std::vector<std::string> lines;
    auto const add = [&lines](std::uint64_t count, std::string_view noun, std::string_view rest) {
        if (count > 0) lines.push_back(fmt::format("{} {}", counted(count, noun), rest));
    };
    add(report.failed_cores.size(), "core", "that failed.");
    add(report.users_failed, "user", "whose export failed.");
    add(failed_records(report), "record", "that could not be read.");
    add(report.damages.size(), "damaged place", "of the source.");
    for (const rule_row& each : report.findings) {
        if (each.name == "attachment-missing")
            add(each.count, "file", "that an event names, but that v1 no longer had.");
        if (each.name == "unowned" || each.name == "unattributable")
            add(each.count, "record", "of nobody: kept beside, but v2 will not take them.");
    }
    add(report.changes.size(), "change", "of v1 while it was exported: what is in the archive may be older.");
    add(report.left_out.size(), "second copy", "of users whom the register places on another core.");
    if (report.from_register && !report.from_register->complete) lines.emplace_back("Parts of the register.");
    return lines;
}

std::string what_is_said(const report_data& report)
{
    switch (report.result) {
    case verdict::unknown:
        return "There is no report of the export in this archive: what is shown was counted in the archive "
               "itself. Whether it is whole is what <code>pryv-export verify</code> says.";
    case verdict::partial:
        return "What is in it is sound and can be restored. What is missing is said here, and why further "
               "down.";
    case verdict::complete: break;
    }
    return "Everything was read and written; nothing failed.";
}

} // namespace

std::string title_of(const report_data& report)
{
    return headline_of(report).text;
}

std::string verdict_section(const report_data& report)
{
    auto const [tone, text] = headline_of(report);
    std::string out = fmt::format("<section class=\"verdict {}\"><h1>{}</h1><p>{}</p><ul>", tone,
                                  escaped(text), what_is_said(report));
    auto const item = [&out](std::string_view label, std::string_view value) {
        out += fmt::format("<li><strong>{}</strong> {}</li>", label, escaped(value));
    };
    if (report.kind != report_kind::register_only) item("In it:", archive_contents(report));
    if (report.from_register) item("Of the register:", register_contents(*report.from_register));
    for (const std::string& each : missing(report)) item("Not in it:", each);
    if (std::uint64_t const aside = set_aside(report); aside > 0)
        item("Set aside:",
             fmt::format("{} that v2 has no place for; kept in the archive.", counted(aside, "record")));
    if (report.counts_endings && report.kind != report_kind::register_only)
        item("Left out on purpose:", "sessions, password resets, previews, indexes, series (InfluxDB).");
    return out + "</ul></section>";
}

} // namespace pryv_export::page
