#include "page/charts.hpp"

#include "pryv_export/base/text.hpp"

#include "page/escape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace pryv_export::page {

namespace {

constexpr int most_months = 120;

std::uint64_t greatest(const bars& rows)
{
    std::uint64_t most = 0;
    for (const auto& [label, count] : rows) most = std::max(most, count);
    return most;
}

/// In percent of the greatest; what is there at all is seen.
double share(std::uint64_t count, std::uint64_t most, double least_seen)
{
    if (count == 0 || most == 0) return 0;
    return std::max(least_seen, 100 * static_cast<double>(count) / static_cast<double>(most));
}

/// Months since the year 0, or -1 for what is no "YYYY-MM".
int month_number(std::string_view text)
{
    int year = 0;
    int month = 0;
    const char* const end = text.data() + text.size();
    auto const [dash, bad_year] = std::from_chars(text.data(), end, year);
    if (bad_year != std::errc{} || dash == end || *dash != '-' || year < 0 || year > 9999) return -1;
    auto const [last, bad_month] = std::from_chars(dash + 1, end, month);
    return bad_month != std::errc{} || last != end || month < 1 || month > 12 ? -1 : year * 12 + month - 1;
}

struct column
{
    std::string label;
    std::uint64_t count = 0;
    int year = 0;
    bool begins_year = false;
};

/// Every month or year of the range, those without events too.
std::vector<column> columns_of(const bars& months)
{
    int first = 0;
    int last = -1;
    for (const auto& [label, count] : months) {
        int const number = month_number(label);
        if (number < 0) continue;
        first = last < 0 ? number : std::min(first, number);
        last = std::max(last, number);
    }
    std::vector<column> columns;
    if (last < 0) return columns;
    bool const by_year = last - first >= most_months;
    int const unit = by_year ? 12 : 1;
    for (int at = first / unit; at <= last / unit; ++at) {
        int const year = at * unit / 12;
        std::string label =
            by_year ? fmt::format("{:04}", year) : fmt::format("{:04}-{:02}", year, at % 12 + 1);
        columns.push_back({std::move(label), 0, year, by_year || at % 12 == 0});
    }
    for (const auto& [label, count] : months) {
        if (int const number = month_number(label); number >= 0)
            columns[static_cast<std::size_t>(number / unit - first / unit)].count += count;
    }
    return columns;
}

bars rows_of(const std::vector<column>& columns)
{
    bars rows;
    for (const column& each : columns) rows.emplace_back(each.label, each.count);
    return rows;
}

/// Years under the columns, as many as there is room for.
std::string year_labels(const std::vector<column>& columns, double width)
{
    constexpr std::size_t room = 6;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].begins_year) places.push_back(i);
    }
    if (places.empty()) places.push_back(0);
    std::size_t const step = (places.size() + room - 1) / room;
    std::string out;
    for (std::size_t i = 0; i < places.size(); i += step) {
        double const x = static_cast<double>(places[i]) * width;
        std::string_view const anchor = x > 90 ? " text-anchor=\"end\"" : "";
        out += fmt::format("<text x=\"{:.3f}%\" y=\"98%\"{}>{}</text>", x > 90 ? 100.0 : x, anchor,
                           columns[places[i]].year);
    }
    return out;
}

std::string numbers_of(std::string_view head, const bars& rows)
{
    std::string out =
        fmt::format("<details><summary>The numbers</summary><div class=\"narrow\"><table><thead>"
                    "<tr><th scope=\"col\">{}</th><th scope=\"col\" class=\"number\">events</th>"
                    "</tr></thead><tbody>",
                    head);
    for (const auto& [label, count] : rows) {
        out += fmt::format("<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td></tr>", label,
                           human_count(count));
    }
    return out + "</tbody></table></div></details>";
}

} // namespace

void digit_buckets::add(std::uint64_t number) noexcept
{
    std::size_t digits = 0;
    for (; number > 0; number /= 10) ++digits;
    ++counts_[digits];
}

std::vector<std::pair<std::size_t, std::uint64_t>> digit_buckets::filled() const
{
    std::vector<std::pair<std::size_t, std::uint64_t>> filled;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        if (counts_[i] > 0 || !filled.empty()) filled.emplace_back(i, counts_[i]);
    }
    while (!filled.empty() && filled.back().second == 0) filled.pop_back();
    return filled;
}

std::string bar_table(std::string_view caption, std::string_view head, std::string_view counted,
                      const bars& rows)
{
    std::uint64_t const most = greatest(rows);
    std::string out =
        fmt::format("<figure><figcaption><h3>{}</h3></figcaption><table class=\"bars\"><thead><tr>"
                    "<th scope=\"col\">{}</th><td></td><th scope=\"col\" class=\"number\">{}</th>"
                    "</tr></thead><tbody>",
                    escaped(caption), escaped(head), escaped(counted));
    for (const auto& [label, count] : rows) {
        out += fmt::format("<tr><th scope=\"row\">{}</th><td class=\"bar\"><svg aria-hidden=\"true\">"
                           "<rect class=\"bar-fill\" width=\"{:.2f}%\" height=\"100%\" rx=\"2\"/></svg></td>"
                           "<td class=\"number\">{}</td></tr>",
                           escaped(label), share(count, most, 0.5), human_count(count));
    }
    return out + "</tbody></table></figure>";
}

std::string time_chart(const bars& months)
{
    std::vector<column> const columns = columns_of(months);
    if (columns.empty()) return {};
    // Of the height: above is the scale's label, below are the years.
    constexpr double top = 10;
    constexpr double bottom = 88;
    bars const rows = rows_of(columns);
    std::uint64_t const most = greatest(rows);
    double const width = 100.0 / static_cast<double>(columns.size());
    std::string_view const unit = columns.front().label.size() == 4 ? "year" : "month";
    std::string out = fmt::format("<figure><svg class=\"chart\" role=\"img\" aria-label=\"Events by {}, from "
                                  "{} to {}; at most {} in a {}\">"
                                  "<text x=\"0\" y=\"6%\">{} a {}</text>",
                                  unit, columns.front().label, columns.back().label, human_count(most), unit,
                                  human_count(most), unit);
    for (double const y : {top, (top + bottom) / 2, bottom})
        out += fmt::format("<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{0}%\" y2=\"{0}%\"/>", y);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        double const height = share(columns[i].count, most, 0.8) * (bottom - top) / 100;
        double const x = static_cast<double>(i) * width;
        out += fmt::format(
            "<g class=\"column\"><title>{}: {}</title>"
            "<rect class=\"reach\" x=\"{:.3f}%\" y=\"{}%\" width=\"{:.3f}%\" height=\"{}%\"/>"
            "<rect class=\"bar-fill\" x=\"{:.3f}%\" y=\"{:.3f}%\" width=\"{:.3f}%\" height=\"{:.3f}%\"/></g>",
            columns[i].label, human_count(columns[i].count), x, top, width, bottom - top, x + width * 0.1,
            bottom - height, width * 0.8, height);
    }
    return out + year_labels(columns, width) + "</svg>" + numbers_of(unit, rows) + "</figure>";
}

} // namespace pryv_export::page
