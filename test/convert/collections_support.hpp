#pragma once

#include "pryv_export/convert/collections.hpp"

#include "format/support.hpp"

#include <boost/json.hpp>

#include <set>
#include <string>
#include <string_view>
#include <vector>

/// Builders and checks for the tests of the small collections and tables.
namespace test {

using pryv_export::convert::output;
using pryv_export::convert::record;
using pryv_export::convert::rule;

/// Documents that live as long as the batch.
class batch
{
public:
    batch& add(const doc& document) { return add(document.done()); }
    batch& add(bytes document)
    {
        document.shrink_to_fit(); // so that a read beyond it is seen
        documents_.push_back(std::move(document));
        return *this;
    }
    std::size_t size() const { return documents_.size(); }
    std::vector<record> records() const
    {
        std::vector<record> all;
        std::uint64_t position = 0;
        for (auto const& document : documents_) {
            all.push_back({document, position});
            position += document.size();
        }
        return all;
    }

private:
    std::vector<bytes> documents_;
};

inline std::vector<std::string> lines_of(const pryv_export::format::text_buffer& text)
{
    std::vector<std::string> lines;
    std::string_view rest = text.view();
    while (!rest.empty()) {
        auto const end = rest.find('\n');
        lines.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return lines;
}

inline boost::json::value parse_json(std::string_view text)
{
    boost::json::parse_options options;
    options.max_depth = 2000;
    return boost::json::parse(text, {}, options);
}

inline std::vector<boost::json::object> objects_of(const pryv_export::format::text_buffer& text)
{
    std::vector<boost::json::object> objects;
    for (auto const& line : lines_of(text)) objects.push_back(parse_json(line).as_object());
    return objects;
}

/// "rule id" of each line under extra/.
inline std::vector<std::string> kept_of(const output& out)
{
    std::vector<std::string> kept;
    for (auto const& line : objects_of(out.extra)) {
        auto const& id = line.at("id");
        kept.push_back(std::string{line.at("rule").as_string()} + " " +
                       (id.is_string() ? std::string{id.as_string()} : serialize(id)));
    }
    return kept;
}

inline std::vector<std::string> ids_of(const output& out)
{
    std::vector<std::string> ids;
    for (auto const& line : objects_of(out.lines)) ids.emplace_back(line.at("id").as_string());
    return ids;
}

/// What every converter owes.
inline bool is_consistent(const output& out, std::size_t records)
{
    return out.counts.adds_up() && out.counts.source == records &&
           lines_of(out.lines).size() == out.line_count && lines_of(out.extra).size() == out.extra_count &&
           out.counts.written + out.counts.changed == out.line_count &&
           out.lines.view().find('\0') == std::string_view::npos;
}

inline std::string join(const std::vector<std::string>& parts, std::string_view between = " ")
{
    std::string all;
    for (auto const& part : parts) {
        if (!all.empty()) all += between;
        all += part;
    }
    return all;
}

} // namespace test
