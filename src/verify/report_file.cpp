#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"

#include "large_document.hpp"
#include "manifest.hpp"
#include "record_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace pryv_export::verify {

namespace {

/// Rules of the exporter (docs/conversion.md "All rules") that explain findings of ours.
constexpr std::pair<std::string_view, rule> explained[] = {
    {"attachment-missing", rule::attachment_missing},
    {"attachment-differs", rule::attachment_differs},
    {"access-integrity-broken", rule::access_integrity},
    {"unroutable-name", rule::user_unroutable},
    {"no-password", rule::password_missing},
    {"orphan-stream", rule::stream_orphan},
    {"wide-integer", rule::wide_integer},
    {"foreign-type", rule::wide_integer},
    {"not-finite", rule::number_range},
    {"odd-value", rule::attachment_item},
    {"unknown-platform-key", rule::platform_unknown},
};

std::uint64_t whole(json_value object, std::string_view name)
{
    double const value = number_of(object, name);
    return value > 0 && value < 9e15 ? static_cast<std::uint64_t>(value) : 0;
}

std::map<rule, std::uint64_t> known_of(json_value list)
{
    std::map<rule, std::uint64_t> known;
    if (!list || !list.is(json_kind::array)) return known;
    list.each_item([&](json_value entry) {
        std::string const name = text_of(entry, "rule");
        auto const at = std::find_if(std::begin(explained), std::end(explained),
                                     [&](const auto& each) { return each.first == name; });
        if (at != std::end(explained)) known[at->second] += whole(entry, "count");
    });
    return known;
}

/// The sum of some members of each kind's tally.
template <std::size_t N>
std::array<std::uint64_t, N> sum_of(json_value counts, const std::array<std::string_view, N>& kinds,
                                    std::initializer_list<std::string_view> members)
{
    std::array<std::uint64_t, N> sums{};
    if (!counts || !counts.is(json_kind::object)) return sums;
    for (std::size_t i = 0; i < sums.size(); ++i) {
        json_value const tally = counts.find(kinds[i]);
        if (!tally || !tally.is(json_kind::object)) continue;
        for (std::string_view const member : members) sums[i] += whole(tally, member);
    }
    return sums;
}

kind_counts written_of(json_value counts)
{
    return sum_of(counts, counted_kinds, {"written", "changed"});
}

std::uint64_t changed_accesses(json_value counts)
{
    json_value const tally = counts && counts.is(json_kind::object) ? counts.find("accesses") : json_value{};
    return tally && tally.is(json_kind::object) ? whole(tally, "changed") : 0;
}

/// Events that are on lines: those that became account fields are not.
std::uint64_t event_lines(json_value counts, std::uint64_t written)
{
    json_value const tally = counts && counts.is(json_kind::object) ? counts.find("events") : json_value{};
    std::uint64_t const fields = tally && tally.is(json_kind::object) ? whole(tally, "accountFields") : 0;
    return written - std::min(written, fields);
}

/// What each tally of the report must hold: every record of the source ended in one way.
void check_sums(json_value counts, findings& out)
{
    if (!counts || !counts.is(json_kind::object)) return;
    counts.each_member([&](json_value kind, json_value tally) {
        if (!tally.is(json_kind::object)) return;
        std::uint64_t const sum = whole(tally, "written") + whole(tally, "changed") +
                                  whole(tally, "setAside") + whole(tally, "failed");
        if (whole(tally, "source") != sum) {
            out.add(rule::report_mismatch,
                    {"report.json",
                     0,
                     {},
                     fmt::format("{}: {} in the source, {} accounted for", printable(kind.string()),
                                 whole(tally, "source"), sum)});
        }
    });
}

void take_user(archive_report& report, std::string_view text, bool& good)
{
    json_text json;
    if (json.parse(text) != json_verdict::ok || !json.root().is(json_kind::object)) {
        good = false;
        return;
    }
    json_value const root = json.root();
    reported_user user;
    user.written = text_of(root, "result") == "written";
    user.written_records = written_of(root.find("counts"));
    user.written_records[count_events] = event_lines(root.find("counts"), user.written_records[count_events]);
    user.source_records = sum_of(root.find("counts"), counted_kinds, {"source"});
    user.source_others = sum_of(root.find("counts"), reported_kinds, {"source"});
    user.set_aside = sum_of(root.find("counts"), counted_kinds, {"setAside"});
    user.known = known_of(root.find("findings"));
    // An access that the export had to change keeps the hash of what it was.
    user.known[rule::access_integrity] += changed_accesses(root.find("counts"));
    report.users.insert_or_assign(text_of(root, "userId"), std::move(user));
}

} // namespace

std::optional<archive_report> read_report(const std::filesystem::path& root, findings& out)
{
    archive_report report;
    bool good = true;
    large_document document;
    std::string wrong;
    try {
        wrong = document.read(root / "report.json", "users",
                              [&](std::string_view item) { take_user(report, item, good); });
    } catch (const export_error& error) {
        if (error.status() == exit_status::interrupted) throw;
        wrong = error.what();
    }
    if (wrong.empty() && !good) wrong = "a user that is no object";
    if (!wrong.empty()) {
        out.add(rule::report_mismatch, {"report.json", 0, {}, printable(wrong)});
        return std::nullopt;
    }
    json_value const top = document.rest();
    report.result = text_of(top, "result");
    report.written_records = written_of(top.find("counts"));
    report.written_records[count_events] =
        event_lines(top.find("counts"), report.written_records[count_events]);
    report.known = known_of(top.find("findings"));
    report.first_event = printable(text_of(top, "firstEvent"));
    report.last_event = printable(text_of(top, "lastEvent"));
    check_sums(top.find("counts"), out);
    if (json_value const list = top.find("findings"); list && list.is(json_kind::array))
        list.each_item([&](json_value each) {
            report.rules.emplace_back(printable(text_of(each, "rule")), whole(each, "count"));
        });
    if (json_value const warnings = top.find("warnings"); warnings && warnings.is(json_kind::array))
        warnings.each_item([&](json_value each) { report.warnings.push_back(printable(each.string())); });
    return report;
}

} // namespace pryv_export::verify
