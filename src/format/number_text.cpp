#include "format/number_text.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

namespace pryv_export::format {
namespace {

/// Eight digits of a value below 10^8, the first in the lowest byte: halves, quarters and eighths are
/// divided side by side in one word.
std::uint64_t eight_digits(std::uint32_t value) noexcept
{
    std::uint64_t const halves = value / 10000 | static_cast<std::uint64_t>(value % 10000) << 32;
    std::uint64_t const hundreds = (halves * 10486 >> 20) & 0x0000007f0000007fULL;
    std::uint64_t const quarters = hundreds | (halves - 100 * hundreds) << 16;
    std::uint64_t const tens = (quarters * 103 >> 10) & 0x000f000f000f000fULL;
    return tens | (quarters - 10 * tens) << 8;
}

constexpr std::uint64_t ascii_zeros = 0x3030303030303030ULL;

void store_word(char* at, std::uint64_t word) noexcept
{
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    std::memcpy(at, &word, 8);
}

/// Of a value below 10^8; writes 8 bytes whatever the text needs.
char* write_short(char* at, std::uint32_t value) noexcept
{
    std::uint64_t const digits = eight_digits(value);
    auto const zeros = static_cast<unsigned>(std::countr_zero(digits | 1ULL << 56)) & ~7U; // one digit stays
    store_word(at, (digits | ascii_zeros) >> zeros);
    return at + 8 - zeros / 8;
}

/// `scaled` / 10^`decimals`, without trailing zeros. The decimals are not all zero.
char* write_decimals(char* at, std::uint64_t scaled, unsigned decimals) noexcept
{
    std::uint64_t const scale = decimals == 3 ? 1000 : 1000000;
    at = write_unsigned(at, decimals == 3 ? scaled / 1000 : scaled / 1000000);
    *at++ = '.';
    auto const digits = eight_digits(static_cast<std::uint32_t>(scaled % scale)) | ascii_zeros;
    store_word(at, digits >> 8 * (8 - decimals));
    at += decimals;
    while (at[-1] == '0') --at;
    return at;
}

/// Lays out the shortest digits by the rules of ECMA-262 Number::toString.
char* lay_out(char* at, const char* digits, int count, int point) noexcept
{
    auto const copy = [&](const char* from, int n) {
        std::memcpy(at, from, static_cast<std::size_t>(n));
        at += n;
    };
    auto const zeros = [&](int n) {
        std::memset(at, '0', static_cast<std::size_t>(n));
        at += n;
    };
    if (count <= point && point <= 21) {
        copy(digits, count);
        zeros(point - count);
        return at;
    }
    if (0 < point && point <= 21) {
        copy(digits, point);
        *at++ = '.';
        copy(digits + point, count - point);
        return at;
    }
    if (-6 < point && point <= 0) {
        copy("0.", 2);
        zeros(-point);
        copy(digits, count);
        return at;
    }
    *at++ = digits[0];
    if (count > 1) {
        *at++ = '.';
        copy(digits + 1, count - 1);
    }
    *at++ = 'e';
    *at++ = point > 0 ? '+' : '-';
    return write_unsigned(at, static_cast<std::uint64_t>(point > 0 ? point - 1 : 1 - point));
}

char* find_shortest(char* at, double positive) noexcept
{
    char text[40];
    auto const end = std::to_chars(text, text + sizeof text, positive, std::chars_format::scientific).ptr;
    char digits[24];
    int count = 0;
    const char* from = text;
    for (; from != end && *from != 'e'; ++from) {
        if (*from != '.') digits[count++] = *from;
    }
    int exponent = 0;
    bool const negative = from[1] == '-';
    std::from_chars(from + 2, end, exponent);
    return lay_out(at, digits, count, (negative ? -exponent : exponent) + 1);
}

/// Shortest digits are dear, and many numbers are soon written again: for the hash of the same record.
char* write_shortest(char* at, double positive) noexcept
{
    struct written
    {
        std::uint64_t bits;
        std::uint8_t size;
        char text[32];
    };
    thread_local std::array<written, 16> recent{};
    auto const bits = std::bit_cast<std::uint64_t>(positive);
    written& last = recent[bits * 0x9e3779b97f4a7c15ULL >> 60];
    if (last.bits != bits) {
        last.size = static_cast<std::uint8_t>(find_shortest(last.text, positive) - last.text);
        last.bits = bits;
    }
    std::memcpy(at, last.text, sizeof last.text);
    return at + last.size;
}

} // namespace

char* write_unsigned(char* at, std::uint64_t value) noexcept
{
    constexpr std::uint64_t short_limit = 100000000;
    if (value < short_limit) return write_short(at, static_cast<std::uint32_t>(value));
    at = write_unsigned(at, value / short_limit);
    store_word(at, eight_digits(static_cast<std::uint32_t>(value % short_limit)) | ascii_zeros);
    return at + 8;
}

char* write_integer(char* at, std::int64_t value) noexcept
{
    auto magnitude = static_cast<std::uint64_t>(value);
    if (value < 0) {
        *at++ = '-';
        magnitude = 0 - magnitude;
    }
    return write_unsigned(at, magnitude);
}

char* write_double(char* at, double value) noexcept
{
    if (std::signbit(value)) *at++ = '-';
    double const positive = std::fabs(value);
    // A decimal of at most 15 digits is the shortest text of the double next to it, and a quotient of
    // two exact doubles is that double: so when the division gives the value back, its digits are found.
    if (positive < 1e11) {
        auto const thousandths = static_cast<std::int64_t>(positive * 1000 + 0.5);
        if (static_cast<double>(thousandths) / 1000 == positive) {
            auto const whole = thousandths / 1000;
            if (whole * 1000 == thousandths) return write_unsigned(at, static_cast<std::uint64_t>(whole));
            return write_decimals(at, static_cast<std::uint64_t>(thousandths), 3);
        }
        if (positive < 1e9) {
            auto const millionths = static_cast<std::int64_t>(positive * 1000000 + 0.5);
            if (static_cast<double>(millionths) / 1000000 == positive) {
                return write_decimals(at, static_cast<std::uint64_t>(millionths), 6);
            }
        }
    } else if (positive < 1e15) {
        auto const whole = static_cast<std::uint64_t>(positive);
        if (static_cast<double>(whole) == positive) return write_unsigned(at, whole);
    }
    return write_shortest(at, positive);
}

} // namespace pryv_export::format
