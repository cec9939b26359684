#include "pryv_export/export/register_report.hpp"

#include "pryv_export/base/log.hpp"
#include "pryv_export/base/text.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace pryv_export::exporting {

namespace {

namespace json = boost::json;
using source::register_kind;

constexpr std::size_t examples_shown = 5;

struct finding_text
{
    std::string_view name;
    std::string_view meaning;
};

constexpr std::array<finding_text, register_finding_count> finding_texts{{
    {"too-large", "larger than 16 MiB or 262,144 values: NOT in the export"},
    {"wrong-type", "not of the type that v1 writes: kept in 'other'"},
    {"unknown-key", "nothing that v1 writes: kept in 'other'"},
    {"unreadable-type", "of a type without readable value: NOT in the export"},
    {"broken-infos", "a legacy row that is no JSON object: kept in 'other'"},
    {"empty-value", "an empty server or username: left out, as v1 does"},
    {"invalid-utf8", "bytes that are no UTF-8 became U+FFFD"},
    {"other-name", "the username inside is not that of the key"},
    {"fixture", "of v1's own account (id \"0\"): left out"},
    {"like-reservation", "like a reservation: left out if they hold core and time only"},
}};

json::object to_json(const register_report::counts& counts)
{
    return {{"keys", counts.total()},      {"found", counts.found},          {"excluded", counts.excluded},
            {"vanished", counts.vanished}, {"wrongType", counts.wrong_type}, {"tooLarge", counts.too_large},
            {"unknown", counts.unknown}};
}

json::array to_array(const std::vector<std::string>& texts)
{
    json::array array;
    for (const std::string& text : texts) array.emplace_back(text);
    return array;
}

json::array findings_of(const register_report& report)
{
    json::array list;
    for (std::size_t i = 0; i < register_finding_count; ++i) {
        auto const& finding = report.findings[i];
        if (finding.count == 0) continue;
        list.push_back(json::object{{"rule", json::string{finding_texts[i].name}},
                                    {"meaning", json::string{finding_texts[i].meaning}},
                                    {"count", finding.count},
                                    {"keys", to_array(finding.examples)}});
    }
    return list;
}

class summary
{
public:
    summary(const register_report& report, bool colour) : report_{report}, colour_{colour} {}

    std::string text()
    {
        bool const complete = report_.complete();
        line(fmt::format("{}  {}", paint(complete ? "1;32" : "1;31", complete ? "complete" : "PARTIAL"),
                         report_.output));
        line(fmt::format("{}: {} keys in {}", report_.source, human_count(report_.keys()),
                         human_duration(report_.seconds)));
        table();
        findings();
        for (const std::string& warning : report_.warnings) line("! " + warning);
        return std::move(out_);
    }

private:
    void line(std::string_view text) { out_ += std::string{text} + "\n"; }
    std::string paint(std::string_view code, std::string_view text) const
    {
        return colour_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string{text};
    }

    void table()
    {
        line(fmt::format("\n{:<16}{:>12}{:>12}{:>12}{:>12}", "keys", "found", "excluded", "vanished",
                         "skipped"));
        for (std::size_t i = 0; i < source::register_kind_count; ++i) {
            auto const& c = report_.kinds[i];
            if (c.total() == 0) continue;
            line(fmt::format("{:<16}{:>12}{:>12}{:>12}{:>12}", source::name_of(static_cast<register_kind>(i)),
                             human_count(c.found), human_count(c.excluded), human_count(c.vanished),
                             human_count(c.wrong_type + c.too_large + c.unknown)));
        }
        line("");
        for (std::size_t i = 0; i < register_file_count; ++i) {
            auto const file = static_cast<register_file>(i);
            if (report_.rows[i] == 0 && file > register_file::invitations) continue;
            line(fmt::format("{:<16}{:>12} rows", name_of(file), human_count(report_.rows[i])));
        }
        if (report_.user_cores > 0)
            line(fmt::format("{:<16}{:>12} rows", "user-core", human_count(report_.user_cores)));
        if (report_.legacy_superseded > 0) {
            line(fmt::format("Left out: {} legacy rows of users who have a newer one.",
                             human_count(report_.legacy_superseded)));
        }
    }

    void findings()
    {
        for (std::size_t i = 0; i < register_finding_count; ++i) {
            auto const& finding = report_.findings[i];
            if (finding.count == 0) continue;
            line(fmt::format("\n{} keys: {}", human_count(finding.count), finding_texts[i].meaning));
            for (std::size_t n = 0; n < std::min(examples_shown, finding.examples.size()); ++n)
                line("  " + finding.examples[n].substr(0, 76));
            if (finding.count > examples_shown) line("  … see report.json");
        }
    }

    const register_report& report_;
    bool colour_;
    std::string out_;
};

} // namespace

std::string_view name_of(register_file file) noexcept
{
    constexpr std::array<std::string_view, register_file_count> names{
        "users", "servers", "emails", "invitations", "unique", "inactive", "reserved", "other"};
    return names[static_cast<std::size_t>(file)];
}

std::string_view name_of(register_finding finding) noexcept
{
    return finding_texts[static_cast<std::size_t>(finding)].name;
}

void register_report::note(register_finding finding, std::string_view key)
{
    constexpr std::size_t longest_example = 300;
    finding_list& list = findings[static_cast<std::size_t>(finding)];
    if (++list.count <= most_examples) list.examples.push_back(printable(key.substr(0, longest_example)));
}

std::uint64_t register_report::keys() const noexcept
{
    std::uint64_t sum = 0;
    for (const counts& each : kinds) sum += each.total();
    return sum;
}

std::uint64_t register_report::vanished() const noexcept
{
    std::uint64_t sum = 0;
    for (const counts& each : kinds) sum += each.vanished;
    return sum;
}

json::object to_json(const register_report& report)
{
    json::object kinds;
    for (std::size_t i = 0; i < source::register_kind_count; ++i)
        kinds[source::name_of(static_cast<register_kind>(i))] = to_json(report.kinds[i]);
    json::object rows;
    for (std::size_t i = 0; i < register_file_count; ++i)
        rows[name_of(static_cast<register_file>(i))] = report.rows[i];
    return {{"version", report.tool_version},
            {"result", report.complete() ? "complete" : "partial"},
            {"source", report.source},
            {"started", iso_time(report.started_ms)},
            {"finished", iso_time(report.finished_ms)},
            {"seconds", report.seconds},
            {"attempts", report.totals.attempts},
            {"keys", report.keys()},
            {"keysBefore", report.totals.keys_before},
            {"keysAfter", report.totals.keys_after},
            {"keysMost", report.totals.keys_most},
            {"kinds", std::move(kinds)},
            {"rows", std::move(rows)},
            {"userCores", report.user_cores},
            {"fixtureRows", report.fixture},
            {"legacySuperseded", report.legacy_superseded},
            {"findings", findings_of(report)},
            {"warnings", to_array(report.warnings)}};
}

std::string summary_text(const register_report& report, bool colour)
{
    return summary{report, colour}.text();
}

} // namespace pryv_export::exporting
