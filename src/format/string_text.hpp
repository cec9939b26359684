#pragma once

#include "pryv_export/format/json_writer.hpp"

#include <cstddef>
#include <string>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// String texts into memory that the caller has made room in.
namespace pryv_export::format {

/// Room that a text of `size` bytes may need: 6 for each byte (\u00xx), and what a block store overshoots.
constexpr std::size_t text_room(std::size_t size) noexcept
{
    return 6 * size + 64;
}

/// Goes on at `from` where something is to escape, or less than a block is readable.
char* write_json_rest(char* at, const char* from, const char* end, const char* readable, nul_policy nul,
                      json_notes& notes) noexcept;

#if defined(__SSE2__)
/// Bits of the bytes that JSON cannot take as they are, or that are not ASCII.
inline unsigned json_stops(__m128i block) noexcept
{
    auto const control = _mm_cmplt_epi8(block, _mm_set1_epi8(0x20)); // signed: and non-ASCII
    auto const quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    auto const backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash))));
}
#endif

/// Appends the escaped text, without quotes. Bytes up to `readable` >= its end may be read.
inline char* write_json_text(char* at, std::string_view text, const char* readable, nul_policy nul,
                             json_notes& notes) noexcept
{
    const char* from = text.data();
    const char* const end = from + text.size();
#if defined(__SSE2__)
    for (; readable - from >= 16; at += 16, from += 16) {
        auto const block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(at), block);
        unsigned const stops = json_stops(block);
        auto const left = end - from;
        if (left <= 16) {
            if ((stops & ((1U << left) - 1)) != 0) break;
            return at + left;
        }
        if (stops != 0) break;
    }
#endif
    return write_json_rest(at, from, end, readable, nul, notes);
}

/// The same with the stable text's wider set of escapes (stable_json.hpp).
char* write_stable_text(char* at, std::string_view text, const char* readable, nul_policy nul) noexcept;

/// The text with each ill-formed piece replaced by U+FFFD.
std::string well_formed(std::string_view text);

} // namespace pryv_export::format
