#include "format/string_text.hpp"

#include "format/utf8.hpp"

#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pryv_export::format {
namespace {

constexpr bool is_non_ascii(char c) noexcept
{
    return static_cast<std::uint8_t>(c) >= 0x80;
}

enum class alphabet : std::uint8_t
{
    json,      ///< stops at controls, quote, backslash and non-ASCII
    json_utf8, ///< the same, the rest of the text is known to be well-formed UTF-8
    stable,    ///< as json, and at DEL
};

template <alphabet Alphabet>
constexpr bool stops(char c) noexcept
{
    auto const byte = static_cast<std::uint8_t>(c);
    if (byte < 0x20 || c == '"' || c == '\\') return true;
    if (Alphabet == alphabet::json_utf8) return false;
    return byte >= (Alphabet == alphabet::stable ? 0x7f : 0x80);
}

#if defined(__SSE2__)

template <alphabet Alphabet>
inline unsigned stops_in(__m128i block) noexcept
{
    if (Alphabet == alphabet::json) return json_stops(block);
    auto const control = Alphabet == alphabet::json_utf8
                             ? _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block)
                             : _mm_cmplt_epi8(block, _mm_set1_epi8(0x20)); // signed: and non-ASCII
    auto const quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    auto const backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
    auto found = _mm_or_si128(control, _mm_or_si128(quote, backslash));
    if (Alphabet == alphabet::stable) found = _mm_or_si128(found, _mm_cmpeq_epi8(block, _mm_set1_epi8(0x7f)));
    return static_cast<unsigned>(_mm_movemask_epi8(found));
}

/// The first `size` < 16 bytes, reading no others; zeros behind.
inline __m128i load_part(const char* from, std::size_t size) noexcept
{
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    if (size >= 8) {
        std::memcpy(&low, from, 8);
        std::memcpy(&high, from + size - 8, 8);
        high = size == 8 ? 0 : high >> (8 * (16 - size));
    } else if (size >= 4) {
        std::uint32_t first = 0;
        std::uint32_t last = 0;
        std::memcpy(&first, from, 4);
        std::memcpy(&last, from + size - 4, 4);
        low = first | static_cast<std::uint64_t>(last) << (8 * (size - 4));
    } else if (size != 0) { // the first, middle and last byte cover 1 to 3
        auto const byte = [&](std::size_t i) {
            return static_cast<std::uint64_t>(static_cast<std::uint8_t>(from[i])) << (8 * i);
        };
        low = byte(0) | byte(size / 2) | byte(size - 1);
    }
    return _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
}

/// Copies up to the first stop; moves both places there.
template <alphabet Alphabet>
inline void copy_plain(char*& at, const char*& from, const char* end, const char* readable) noexcept
{
    for (;;) {
        auto const left = static_cast<std::size_t>(end - from);
        bool const whole = readable - from >= 16;
        auto const block =
            whole ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)) : load_part(from, left);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(at), block);
        unsigned stop = stops_in<Alphabet>(block);
        if (left < 16) stop |= 1U << left;
        if (stop == 0) {
            at += 16;
            from += 16;
            continue;
        }
        auto const plain = __builtin_ctz(stop);
        at += plain;
        from += plain;
        return;
    }
}

#else

template <alphabet Alphabet>
inline void copy_plain(char*& at, const char*& from, const char* end, const char*) noexcept
{
    while (from != end && !stops<Alphabet>(*from)) *at++ = *from++;
}

#endif

char* put(char* at, std::string_view text) noexcept
{
    std::memcpy(at, text.data(), text.size());
    return at + text.size();
}

char* put_u_escape(char* at, unsigned unit) noexcept
{
    constexpr char digits[] = "0123456789abcdef";
    at = put(at, "\\u");
    for (int shift = 12; shift >= 0; shift -= 4) *at++ = digits[unit >> shift & 0xf];
    return at;
}

/// Quote, backslash or a control character other than NUL.
char* put_escape(char* at, char c) noexcept
{
    switch (c) {
    case '"': return put(at, "\\\"");
    case '\\': return put(at, "\\\\");
    case '\b': return put(at, "\\b");
    case '\t': return put(at, "\\t");
    case '\n': return put(at, "\\n");
    case '\f': return put(at, "\\f");
    case '\r': return put(at, "\\r");
    default: return put_u_escape(at, static_cast<std::uint8_t>(c));
    }
}

char* put_json_escape(char* at, char c, nul_policy nul, json_notes& notes) noexcept
{
    if (c != '\0') return put_escape(at, c);
    notes = notes | json_note::nul;
    return nul == nul_policy::replace ? put(at, replacement) : put_u_escape(at, 0);
}

/// The rest of a text that is known to be well-formed.
char* put_utf8_rest(char* at, const char* from, const char* end, const char* readable, nul_policy nul,
                    json_notes& notes) noexcept
{
    for (;;) {
        copy_plain<alphabet::json_utf8>(at, from, end, readable);
        if (from == end) return at;
        at = put_json_escape(at, *from++, nul, notes);
    }
}

char* put_broken_rest(char* at, const char* from, const char* end, nul_policy nul, json_notes& notes) noexcept
{
    notes = notes | json_note::invalid_utf8;
    while (from != end) {
        if (!is_non_ascii(*from)) {
            if (stops<alphabet::json>(*from))
                at = put_json_escape(at, *from++, nul, notes);
            else
                *at++ = *from++;
            continue;
        }
        auto const unit = next_unit(from, end);
        at = put(at, unit.well_formed ? std::string_view{from, unit.size} : std::string_view{replacement});
        from += unit.size;
    }
    return at;
}

/// Format and private-looking characters that the stable text escapes, above ASCII.
constexpr bool is_stable_escaped(char32_t point) noexcept
{
    if (point < 0xa0) return true;
    if (point < 0x600) return point == 0xad;
    if (point < 0x2000) {
        return point <= 0x604 || point == 0x70f || point == 0x17b4 || point == 0x17b5;
    }
    if (point < 0xfeff) {
        return (point >= 0x200c && point <= 0x200f) || (point >= 0x2028 && point <= 0x202f) ||
               (point >= 0x2060 && point <= 0x206f);
    }
    return point == 0xfeff || (point >= 0xfff0 && point <= 0xffff);
}

} // namespace

bool is_utf8(const char* at, const char* end) noexcept
{
    while (at != end) {
        if (end - at >= 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, at, 8);
            word &= 0x8080808080808080ULL;
            if (word == 0) {
                at += 8;
                continue;
            }
            at += __builtin_ctzll(word) / 8;
        }
        auto const unit = next_unit(at, end);
        if (!unit.well_formed) return false;
        at += unit.size;
    }
    return true;
}

std::string well_formed(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    const char* const end = text.data() + text.size();
    for (const char* at = text.data(); at != end;) {
        auto const unit = next_unit(at, end);
        if (unit.well_formed)
            result.append(at, unit.size);
        else
            result += replacement;
        at += unit.size;
    }
    return result;
}

char* write_json_rest(char* at, const char* from, const char* end, const char* readable, nul_policy nul,
                      json_notes& notes) noexcept
{
    for (;;) {
        copy_plain<alphabet::json>(at, from, end, readable);
        if (from == end) return at;
        if (is_non_ascii(*from)) {
            return is_utf8(from, end) ? put_utf8_rest(at, from, end, readable, nul, notes)
                                      : put_broken_rest(at, from, end, nul, notes);
        }
        at = put_json_escape(at, *from++, nul, notes);
    }
}

char* write_stable_text(char* at, std::string_view text, const char* readable, nul_policy nul) noexcept
{
    const char* from = text.data();
    const char* const end = from + text.size();
    for (;;) {
        copy_plain<alphabet::stable>(at, from, end, readable);
        if (from == end) return at;
        if (!is_non_ascii(*from)) {
            char const c = *from++;
            if (c == '\0')
                at = put_u_escape(at, nul == nul_policy::replace ? 0xfffd : 0);
            else
                at = put_escape(at, c);
            continue;
        }
        auto const unit = next_unit(from, end);
        if (is_stable_escaped(unit.point))
            at = put_u_escape(at, static_cast<unsigned>(unit.point));
        else
            at = put(at, {from, unit.size});
        from += unit.size;
    }
}

} // namespace pryv_export::format
