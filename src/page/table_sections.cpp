#include "pryv_export/base/text.hpp"

#include "page/escape.hpp"
#include "page/sections.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pryv_export::page {

namespace {

std::string number_cell(std::uint64_t count, std::string_view more = {})
{
    return fmt::format("<td class=\"number{}\">{}</td>", count == 0 ? " zero" : more, human_count(count));
}

std::string head_cells(std::initializer_list<std::string_view> names)
{
    std::string out;
    for (std::string_view const name : names)
        out += fmt::format("<th scope=\"col\" class=\"number\">{}</th>", name);
    return out;
}

/// "2021-03-04T05:06:07.123Z" for people.
std::string time_text(const std::string& iso)
{
    if (iso.size() < 19 || iso[10] != 'T') return iso;
    return iso.substr(0, 10) + " " + iso.substr(11, 8) + " UTC";
}

std::string bucket_label(std::size_t digits)
{
    if (digits == 0) return "none";
    std::uint64_t least = 1;
    for (std::size_t i = 1; i < digits; ++i) least *= 10;
    return digits == 1 ? "1 to 9" : fmt::format("{} to {}", human_count(least), human_count(least * 10 - 1));
}

std::string byte_label(std::size_t digits)
{
    constexpr std::string_view units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    if (digits == 0) return "none";
    if (digits <= 3) return "below 1 kB";
    std::string_view const unit = units[(digits - 1) / 3];
    int const least = (digits - 1) % 3 == 0 ? 1 : (digits - 1) % 3 == 1 ? 10 : 100;
    std::string_view const next_unit = least == 100 ? units[(digits - 1) / 3 + 1] : unit;
    return fmt::format("{} {} to {} {}", least, unit, least == 100 ? 1 : least * 10, next_unit);
}

bars events_bars(const digit_buckets& buckets)
{
    bars rows;
    for (const auto& [digits, count] : buckets.filled()) rows.emplace_back(bucket_label(digits), count);
    return rows;
}

bars bytes_bars(const digit_buckets& buckets)
{
    bars rows;
    for (const auto& [digits, count] : buckets.filled()) {
        std::string label = byte_label(digits);
        if (!rows.empty() && rows.back().first == label)
            rows.back().second += count;
        else
            rows.emplace_back(std::move(label), count);
    }
    return rows;
}

std::string archive_size(const report_data& report)
{
    std::string text = human_bytes(report.archive_bytes);
    if (report.attachment_bytes > 0)
        text += fmt::format(", {} of it attachments", human_bytes(report.attachment_bytes));
    if (report.files > 0) text += fmt::format(", in {}", counted(report.files, "file"));
    return text;
}

std::string core_state_text(const core_row& core)
{
    if (core.state == "not-run") return "not run";
    return core.state == "not-started" ? "could not be opened" : core.state;
}

} // namespace

std::string facts_section(const report_data& report)
{
    std::string rows;
    auto const add = [&rows](std::string_view name, std::string_view text) {
        if (!text.empty()) rows += fmt::format("<dt>{}</dt><dd>{}</dd>", name, escaped(text));
    };
    add("Source", report.source);
    add("Pryv.io version", report.version);
    if (report.source_bytes > 0) add("Documents read", human_bytes(report.source_bytes));
    add(report.kind == report_kind::archive ? "Archive" : "Folder", report.archive);
    if (report.archive_bytes > 0) add("Size", archive_size(report));
    if (!report.first_event.empty()) {
        add("Events",
            fmt::format("from {} to {}", time_text(report.first_event), time_text(report.last_event)));
    }
    add("Started", time_text(report.started));
    add("Finished", time_text(report.finished));
    if (report.seconds > 0) add("Took", human_duration(report.seconds));
    add("Made by", report.made_by);
    return fmt::format("<section><h2>About this export</h2><dl>{}</dl></section>", rows);
}

std::string totals_section(const report_data& report)
{
    if (report.totals.empty()) return {};
    std::string out = "<section><h2>What was counted</h2>";
    if (report.counts_endings)
        out += "<p class=\"quiet\">Every record of the source ends in one of four ways: written as it was, "
               "changed so "
               "that v2 takes it, set aside, or failed.</p>";
    out += "<div class=\"scroll\"><table class=\"totals\"><thead><tr><th scope=\"col\">kind</th>";
    out += report.counts_endings ? head_cells({"source", "written", "changed", "set aside", "failed"})
                                 : head_cells({"in the archive"});
    out += "</tr></thead><tbody>";
    std::vector<std::string> unclear;
    for (const tally_row& each : report.totals) {
        out += fmt::format("<tr><th scope=\"row\">{}</th>", escaped(each.kind));
        if (report.counts_endings)
            out += number_cell(each.source) + number_cell(each.written) + number_cell(each.changed) +
                   number_cell(each.set_aside) + number_cell(each.failed, " bad");
        else
            out += number_cell(each.written);
        out += "</tr>";
        if (!each.adds_up) unclear.push_back(fmt::format("{}: the counts do not add up.", each.kind));
    }
    out += "</tbody></table></div>";
    if (report.account_fields > 0)
        out += fmt::format("<p class=\"quiet\">{} of the events became account fields.</p>",
                           human_count(report.account_fields));
    return out + text_list_html(unclear, unclear.size(), {}) + "</section>";
}

std::string sizes_section(const user_sums& sums)
{
    if (sums.rows == 0) return {};
    return fmt::format("<section><h2>Users by size</h2><div class=\"pair\">{}{}</div></section>",
                       bar_table("By events", "events", "users", events_bars(sums.events)),
                       bar_table("By space in the archive", "space", "users", bytes_bars(sums.bytes)));
}

std::string times_section(const report_data& report)
{
    std::string const chart = time_chart(report.months);
    std::string notes;
    auto const note = [&notes](std::uint64_t count, std::string_view what) {
        if (count > 0) notes += fmt::format("<li>{} {}</li>", counted(count, "event"), what);
    };
    note(report.events_earlier, "before 1970");
    note(report.events_later, "after 2099: perhaps milliseconds in place of seconds");
    note(report.events_undated, "without a time");
    if (chart.empty() && notes.empty()) return {};
    return fmt::format("<section><h2>Events over time</h2>{}{}</section>", chart,
                       notes.empty() ? "" : "<p>Not shown:</p><ul>" + notes + "</ul>");
}

std::string cores_section(const report_data& report)
{
    if (report.cores.empty()) return {};
    std::string out =
        "<section><h2>Cores</h2><div class=\"scroll\"><table><thead><tr><th scope=\"col\">core</th>"
        "<th scope=\"col\">state</th><th scope=\"col\">version</th>" +
        head_cells({"users", "users failed", "events", "set aside", "failed", "space"}) +
        "</tr></thead><tbody>";
    for (const core_row& core : report.cores) {
        std::uint64_t aside = 0;
        std::uint64_t failed = 0;
        std::uint64_t events = 0;
        for (const tally_row& each : core.totals) {
            aside += each.set_aside;
            failed += each.failed;
            if (each.kind == "events") events = each.written + each.changed;
        }
        bool const fine = core.state == "complete";
        out += fmt::format("<tr><th scope=\"row\">{}</th><td{}>{}</td><td>{}</td>", escaped(core.name),
                           fine || core.state == "not-run" ? "" : " class=\"bad\"",
                           escaped(core_state_text(core)), escaped(core.version));
        out += number_cell(core.users) + number_cell(core.users_failed, " bad") + number_cell(events) +
               number_cell(aside) + number_cell(failed, " bad") +
               fmt::format("<td class=\"number\">{}</td></tr>", human_bytes(core.bytes));
    }
    return out + "</tbody></table></div></section>";
}

std::string register_section(const report_data& report)
{
    if (!report.from_register) return {};
    const register_data& found = *report.from_register;
    std::string out =
        fmt::format("<section><h2>Register</h2><p>{}{}</p><div class=\"pair\"><div class=\"scroll\"><table>"
                    "<caption class=\"quiet\">Keys by kind</caption><thead><tr><th scope=\"col\">kind</th>{}"
                    "</tr></thead><tbody>",
                    escaped(found.source), found.complete ? "" : ", <strong>not complete</strong>",
                    head_cells({"found", "excluded", "vanished", "skipped"}));
    for (const register_row& each : found.keys) {
        out += fmt::format("<tr><th scope=\"row\">{}</th>", escaped(each.kind)) + number_cell(each.found) +
               number_cell(each.excluded) + number_cell(each.vanished) + number_cell(each.skipped, " bad") +
               "</tr>";
    }
    out += "</tbody></table></div><div class=\"scroll\"><table><caption class=\"quiet\">Rows "
           "written</caption><thead><tr>"
           "<th scope=\"col\">file</th>" +
           head_cells({"rows"}) + "</tr></thead><tbody>";
    for (const auto& [file, count] : found.rows)
        out += fmt::format("<tr><th scope=\"row\">{}</th>", escaped(file)) + number_cell(count) + "</tr>";
    out += "</tbody></table></div></div>";
    return out + titled_list("Warnings", {}, found.warnings) + rules_html(found.findings, concern::note) +
           "</section>";
}

} // namespace pryv_export::page
