#include "page/escape.hpp"

#include "pryv_export/base/text.hpp"

namespace pryv_export::page {

std::string escaped(std::string_view text)
{
    std::string out;
    for (char const c : printable(text)) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c;
        }
    }
    return out;
}

void append_json(std::string& out, std::string_view text)
{
    // U+2028 and U+2029 end a line of JavaScript: E2 80 A8, E2 80 A9.
    constexpr std::string_view separators = "\xe2\x80";
    std::string const safe = printable(text);
    out += '"';
    for (std::size_t i = 0; i < safe.size(); ++i) {
        char const c = safe[i];
        bool const separates = safe.compare(i, 2, separators) == 0 && i + 2 < safe.size() &&
                               (safe[i + 2] == '\xa8' || safe[i + 2] == '\xa9');
        if (separates) {
            out += safe[i + 2] == '\xa8' ? "\\u2028" : "\\u2029";
            i += 2;
            continue;
        }
        switch (c) {
        case '<': out += "\\u003c"; break;
        case '>': out += "\\u003e"; break;
        case '&': out += "\\u0026"; break;
        case '"':
        case '\\': out += '\\'; [[fallthrough]];
        default: out += c;
        }
    }
    out += '"';
}

} // namespace pryv_export::page
