#include "pryv_export/archive/json_text.hpp"

#include <boost/json/serialize.hpp>

namespace pryv_export::archive {

namespace {

void new_line(std::string& out, std::size_t indent)
{
    out += '\n';
    out.append(2 * indent, ' ');
}

void append(std::string& out, const boost::json::value& value, std::size_t indent)
{
    if (value.is_object() && !value.get_object().empty()) {
        char separator = '{';
        for (const auto& [key, item] : value.get_object()) {
            out += separator;
            separator = ',';
            new_line(out, indent + 1);
            out += boost::json::serialize(boost::json::string_view{key});
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
        out += boost::json::serialize(value);
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
