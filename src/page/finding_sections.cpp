#include "pryv_export/base/text.hpp"

#include "page/escape.hpp"
#include "page/sections.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pryv_export::page {

namespace {

constexpr std::size_t lines_shown = 50;
constexpr std::string_view rest_in_report = "in report.json";

std::string titled_rules(const report_data& report, concern group, std::string_view title)
{
    std::string const rules = rules_html(report.findings, group);
    return rules.empty() ? rules : fmt::format("<h3>{}</h3>{}", title, rules);
}

std::string named_list(std::string_view title, const std::vector<named_text>& items)
{
    std::vector<std::string> lines;
    for (const named_text& each : items) {
        // An error line often begins with its user.
        bool const named = each.text.find(each.name) != each.text.npos;
        lines.push_back(named ? each.text : fmt::format("{}: {}", each.name, each.text));
    }
    return titled_list(title, {}, lines);
}

/// Examples of problems are seen at once.
std::string examples_html(const rule_row& row)
{
    if (row.examples.empty()) return {};
    std::string list = "<ul class=\"examples\">";
    for (const std::string& example : row.examples)
        list += fmt::format("<li><code>{}</code></li>", escaped(example));
    if (row.count > row.examples.size())
        list += fmt::format("<li>… and {} more</li>", human_count(row.count - row.examples.size()));
    list += "</ul>";
    if (row.group == concern::problem) return list;
    return fmt::format("<details><summary>Examples</summary>{}</details>", list);
}

} // namespace

std::uint64_t sum_of(const report_data& report, std::string_view kind)
{
    for (const tally_row& each : report.totals) {
        if (each.kind == kind) return each.written + each.changed;
    }
    return 0;
}

std::string counted(std::uint64_t count, std::string_view noun)
{
    if (count == 1) return fmt::format("1 {}", noun);
    if (noun.ends_with('y'))
        return fmt::format("{} {}ies", human_count(count), noun.substr(0, noun.size() - 1));
    return fmt::format("{} {}s", human_count(count), noun);
}

std::string text_list_html(const std::vector<std::string>& texts, std::size_t most, std::string_view more)
{
    if (texts.empty()) return {};
    std::string out = "<ul>";
    for (std::size_t i = 0; i < std::min(most, texts.size()); ++i)
        out += fmt::format("<li>{}</li>", escaped(texts[i]));
    if (texts.size() > most)
        out +=
            fmt::format("<li class=\"quiet\">… and {} more, {}</li>", human_count(texts.size() - most), more);
    return out + "</ul>";
}

std::string titled_list(std::string_view title, std::string_view intro, const std::vector<std::string>& texts)
{
    if (texts.empty()) return {};
    std::string out = fmt::format("<h3>{}</h3>", title);
    if (!intro.empty()) out += fmt::format("<p class=\"quiet\">{}</p>", intro);
    return out + text_list_html(texts, lines_shown, rest_in_report);
}

std::string rules_html(const std::vector<rule_row>& findings, concern group)
{
    std::string out;
    for (const rule_row& each : findings) {
        if (each.group != group) continue;
        out += fmt::format("<li><h4><span class=\"many\">{} ×</span> <code>{}</code></h4><p>{}</p>",
                           human_count(each.count), escaped(each.name), escaped(each.meaning));
        out += examples_html(each) + "</li>";
    }
    if (out.empty()) return out;
    return fmt::format("<ul class=\"rules{}\">{}</ul>", group == concern::problem ? " problem" : "", out);
}

std::string warnings_section(const report_data& report)
{
    std::string const out =
        titled_list("Warnings", {}, report.warnings) +
        titled_rules(report, concern::problem, "Look at these before your users do") +
        titled_list("Users with data, but in no index of users",
                    "They were exported too, but for those that failed.", report.not_in_index) +
        titled_list("Users of the index without any data", {}, report.index_only) +
        titled_rules(report, concern::note, "Worth knowing") +
        titled_rules(report, concern::change, "Changed so that v2 takes them") +
        titled_list("Collections that are not exported", {}, report.other_collections);
    return out.empty() ? out : "<section><h2>Warnings and findings</h2>" + out + "</section>";
}

std::string set_aside_section(const report_data& report)
{
    std::string const rules = rules_html(report.findings, concern::set_aside);
    std::string const out =
        rules + titled_list("In the users' folder, but of no user",
                            "Not exported: look whether somebody misses it.", report.strangers);
    if (out.empty()) return {};
    std::string_view const where =
        rules.empty()
            ? ""
            : "<p>v2 has no place for these records. They are whole in the archive, with the originals of "
              "records that were changed: in <code>users/&lt;id&gt;/extra/</code> for each user, in "
              "<code>extra/</code> for what belongs to nobody. v2 does not read these folders; keep them "
              "as long as questions may come.</p>";
    return fmt::format("<section><h2>Set aside</h2>{}{}</section>", where, out);
}

std::string failures_section(const report_data& report)
{
    std::string const out =
        named_list("Cores that are not, or not whole, in it", report.failed_cores) +
        named_list("Users that are not in it", report.failed_users) +
        titled_list("Damaged places of the source", {}, report.damages) +
        titled_list("Changed while they were exported", {}, report.changes) +
        titled_list("Copies that are left out, as the register places the user on another core", {},
                    report.left_out);
    return out.empty() ? out : "<section><h2>What failed, and what is missing</h2>" + out + "</section>";
}

} // namespace pryv_export::page
