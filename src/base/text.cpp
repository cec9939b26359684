#include "pryv_export/base/text.hpp"

#include "pryv_export/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace pryv_export {

namespace {

/// Length of the well-formed UTF-8 sequence at `text[at]`, 0 when ill-formed (Unicode table 3-7).
std::size_t sequence_length(std::string_view text, std::size_t at)
{
    auto byte = [&](std::size_t i) -> unsigned {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    auto continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
        return byte(i) >= low && byte(i) <= high;
    };
    unsigned const lead = byte(at);
    if (lead < 0x80) return 1;
    if (lead >= 0xc2 && lead <= 0xdf) return continues(at + 1) ? 2 : 0;
    if (lead >= 0xe0 && lead <= 0xef) {
        unsigned const low = lead == 0xe0 ? 0xa0 : 0x80;
        unsigned const high = lead == 0xed ? 0x9f : 0xbf;
        return continues(at + 1, low, high) && continues(at + 2) ? 3 : 0;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        unsigned const low = lead == 0xf0 ? 0x90 : 0x80;
        unsigned const high = lead == 0xf4 ? 0x8f : 0xbf;
        return continues(at + 1, low, high) && continues(at + 2) && continues(at + 3) ? 4 : 0;
    }
    return 0;
}

bool is_plain(std::string_view text) noexcept
{
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

} // namespace

std::string printable(std::string_view text)
{
    if (is_plain(text)) return std::string{text};
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        std::size_t const length = sequence_length(text, at);
        auto const byte = static_cast<unsigned char>(text[at]);
        bool const c1 = length == 2 && byte == 0xc2 && static_cast<unsigned char>(text[at + 1]) < 0xa0;
        if (length == 0 || byte < 0x20 || byte == 0x7f || c1) {
            for (std::size_t i = 0; i < (c1 ? 2U : 1U); ++i) {
                out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[at + i]));
            }
            at += c1 ? 2 : 1;
        } else {
            out.append(text, at, length);
            at += length;
        }
    }
    return out;
}

std::string human_bytes(std::uint64_t bytes)
{
    static constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    if (bytes < 1024) return fmt::format("{} B", bytes);
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1000 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    int const decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
    return fmt::format("{:.{}f} {}", value, decimals, units[unit]);
}

std::string human_count(std::uint64_t count)
{
    std::string digits = std::to_string(count);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
        digits.insert(static_cast<std::size_t>(at), 1, ',');
    }
    return digits;
}

std::string human_duration(double seconds)
{
    if (seconds < 0 || !std::isfinite(seconds)) return "?";
    if (seconds < 60) return fmt::format("{:.1f} s", seconds);
    auto const whole = static_cast<std::uint64_t>(seconds);
    if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
    return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::uint64_t parse_bytes(std::string_view text, std::string_view option)
{
    auto fail = [&]() -> export_error {
        return {exit_status::usage, option, fmt::format("'{}' is no size", text),
                "write it like 512MiB or 2GiB"};
    };
    std::uint64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) throw fail();
    std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
    unsigned shift = 0;
    if (!unit.empty()) {
        switch (unit.front()) {
        case 'k':
        case 'K': shift = 10; break;
        case 'm':
        case 'M': shift = 20; break;
        case 'g':
        case 'G': shift = 30; break;
        case 't':
        case 'T': shift = 40; break;
        case 'B': break;
        default: throw fail();
        }
        std::string_view const rest = shift == 0 ? unit : unit.substr(1);
        if (!rest.empty() && rest != "B" && rest != "iB") throw fail();
    }
    if (value > (std::numeric_limits<std::uint64_t>::max() >> shift)) throw fail();
    return value << shift;
}

} // namespace pryv_export
