#pragma once

#include <cstddef>
#include <cstdint>

/// UTF-8 as the WHATWG decoder reads it.
namespace pryv_export::format {

inline constexpr char replacement[] = "\xef\xbf\xbd"; ///< U+FFFD

struct utf8_unit
{
    unsigned size;  ///< bytes of the character, or of the ill-formed piece that one U+FFFD stands for
    char32_t point; ///< 0xfffd when ill-formed
    bool well_formed;
};

/// The character, or maximal ill-formed subpart, at `at` < `end`.
inline utf8_unit next_unit(const char* at, const char* end) noexcept
{
    auto const byte = [&](unsigned i) { return static_cast<std::uint8_t>(at[i]); };
    std::uint8_t const lead = byte(0);
    if (lead < 0x80) return {1, lead, true};
    if (lead < 0xc2 || lead > 0xf4) return {1, 0xfffd, false};
    unsigned const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    // The second byte decides about overlong forms, surrogates and the end of Unicode.
    std::uint8_t const low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    std::uint8_t const high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (end - at < 2 || byte(1) < low || byte(1) > high) return {1, 0xfffd, false};
    char32_t point = lead & (0x7fU >> size);
    point = point << 6 | (byte(1) & 0x3fU);
    for (unsigned i = 2; i < size; ++i) {
        if (end - at <= static_cast<std::ptrdiff_t>(i) || (byte(i) & 0xc0U) != 0x80)
            return {i, 0xfffd, false};
        point = point << 6 | (byte(i) & 0x3fU);
    }
    return {size, point, true};
}

bool is_utf8(const char* at, const char* end) noexcept;

} // namespace pryv_export::format
