#include "pryv_export/archive/json_text.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <string_view>

namespace pryv_export::archive {

namespace {

void new_line(std::string& out, std::size_t indent)
{
    out += '\n';
    out.append(2 * indent, ' ');
}

/// Nearly all: a serializer of its own for each takes far longer than its bytes.
bool needs_no_escape(std::string_view text)
{
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

void append_string(std::string& out, std::string_view text)
{
    if (!needs_no_escape(text)) {
        out += boost::json::serialize(boost::json::string_view{text});
        return;
    }
    out += '"';
    out += text;
    out += '"';
}

void append_scalar(std::string& out, const boost::json::value& value)
{
    if (value.is_string())
        append_string(out, value.get_string());
    else if (value.is_int64())
        out += std::to_string(value.get_int64());
    else if (value.is_uint64())
        out += std::to_string(value.get_uint64());
    else
        out += boost::json::serialize(value);
}

void append(std::string& out, const boost::json::value& value, std::size_t indent)
{
    if (value.is_object() && !value.get_object().empty()) {
        char separator = '{';
        for (const auto& [key, item] : value.get_object()) {
            out += separator;
            separator = ',';
            new_line(out, indent + 1);
            append_string(out, key);
            out += ": ";
            append(out, item, indent + 1);
        }
        new_line(out, indent);
        out += '}';
    } else if (value.is_array() && !value.get_array().empty()) {
        char separator = '[';
        for (const auto& item : value.get_array()) {
            out += separator;
            separator = ',';
            new_line(out, indent + 1);
            append(out, item, indent + 1);
        }
        new_line(out, indent);
        out += ']';
    } else {
        append_scalar(out, value);
    }
}

} // namespace

std::string pretty_json(const boost::json::value& value, std::size_t indent)
{
    std::string out;
    append(out, value, indent);
    return out;
}

} // namespace pryv_export::archive
