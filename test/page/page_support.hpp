#pragma once

#include "pryv_export/page/write_page.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::test {

inline std::string page_of(const page::report_data& report, const std::vector<page::user_row>& users = {})
{
    std::string html;
    auto const all = [&users](const auto& take) { std::for_each(users.begin(), users.end(), take); };
    page::write_page(report, all, [&html](std::string_view text) { html += text; });
    return html;
}

/// What stands between two texts, the first time.
inline std::string between(std::string_view text, std::string_view from, std::string_view to)
{
    std::size_t const begin = text.find(from);
    if (begin == text.npos) return {};
    std::size_t const start = begin + from.size();
    return std::string{text.substr(start, text.find(to, start) - start)};
}

/// The rows as the page's script reads them.
inline boost::json::array rows_of(std::string_view html)
{
    return boost::json::parse(between(html, "id=\"rows\">", "</script>")).as_array();
}

inline bool holds(std::string_view text, std::string_view part)
{
    return text.find(part) != text.npos;
}

inline std::size_t count_of(std::string_view text, std::string_view part)
{
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
    return count;
}

} // namespace pryv_export::test
