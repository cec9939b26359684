#include "json_escapes.hpp"
#include "json_text.hpp"

#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>

namespace pryv_export::verify {

namespace {

void append_utf8(std::string& out, unsigned point)
{
    auto const put = [&](unsigned byte) { out += static_cast<char>(byte); };
    if (point < 0x80) {
        put(point);
    } else if (point < 0x800) {
        put(0xc0 | point >> 6);
        put(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        put(0xe0 | point >> 12);
        put(0x80 | (point >> 6 & 0x3f));
        put(0x80 | (point & 0x3f));
    } else {
        put(0xf0 | point >> 18);
        put(0x80 | (point >> 12 & 0x3f));
        put(0x80 | (point >> 6 & 0x3f));
        put(0x80 | (point & 0x3f));
    }
}

/// Appends what the \u escape at `at` (behind the backslash's 'u') stands for; returns the place behind it.
const char* append_unicode(std::string& out, const char* at, const char* end)
{
    int const code = hex4(at, end);
    at += 4;
    if (is_high(code) && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
        int const low = hex4(at + 2, end);
        if (is_low(low)) {
            append_utf8(out, 0x10000U + (static_cast<unsigned>(code & 0x3ff) << 10) +
                                 static_cast<unsigned>(low & 0x3ff));
            return at + 6;
        }
    }
    append_utf8(out, is_high(code) || is_low(code) ? 0xfffdU : static_cast<unsigned>(code));
    return at;
}

char unescaped(char c) noexcept
{
    switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
    }
}

} // namespace

std::string_view name_of(json_kind kind) noexcept
{
    constexpr std::array<std::string_view, 7> names{"null", "boolean", "boolean", "number",
                                                    "text", "list",    "object"};
    return names[static_cast<std::size_t>(kind)];
}

std::string_view json_value::text(std::string& scratch) const
{
    std::string_view const written = raw();
    if ((traits() & json_escapes) == 0) return written;
    scratch.clear();
    const char* at = written.data();
    const char* const end = at + written.size();
    while (at != end) {
        const auto* const stop =
            static_cast<const char*>(std::memchr(at, '\\', static_cast<std::size_t>(end - at)));
        const char* const until = stop == nullptr ? end : stop;
        scratch.append(at, until);
        if (stop == nullptr) break;
        if (stop[1] == 'u') {
            at = append_unicode(scratch, stop + 2, end);
        } else {
            scratch += unescaped(stop[1]);
            at = stop + 2;
        }
    }
    return scratch;
}

std::string json_value::string() const
{
    std::string scratch;
    return std::string{text(scratch)};
}

double json_value::number() const noexcept
{
    std::string_view const written = raw();
    double value = 0;
    auto const result = std::from_chars(written.data(), written.data() + written.size(), value);
    // Too small or too large: rare, and only the older function tells which.
    if (result.ec == std::errc::result_out_of_range)
        return std::strtod(std::string{written}.c_str(), nullptr);
    return value;
}

json_value json_value::find(std::string_view name) const
{
    json_value found;
    if (!is(json_kind::object)) return found;
    std::string scratch;
    each_member([&](json_value key, json_value value) {
        if (key.text(scratch) == name) found = value;
    });
    return found;
}

} // namespace pryv_export::verify
