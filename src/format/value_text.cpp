#include "format/value_text.hpp"

#include "pryv_export/format/bson.hpp"

#include "format/number_text.hpp"

#include <algorithm>
#include <cstring>

namespace pryv_export::format {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";

char* write_padded(char* at, std::uint64_t value, unsigned digits) noexcept
{
    for (unsigned i = digits; i-- > 0; value /= 10) at[i] = static_cast<char>('0' + value % 10);
    return at + digits;
}

struct civil_date
{
    std::int64_t year;
    unsigned month;
    unsigned day;
};

/// Proleptic Gregorian date of a day counted from 1970-01-01 (the well-known era arithmetic: years
/// begin in March, so that the leap day comes last).
civil_date civil_of(std::int64_t days) noexcept
{
    days += 719468;
    std::int64_t const era = (days >= 0 ? days : days - 146096) / 146097;
    auto const day_of_era = static_cast<unsigned>(days - era * 146097);
    unsigned const year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned const day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned const shifted_month = (5 * day_of_year + 2) / 153;
    unsigned const day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    unsigned const month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

char* write_year(char* at, std::int64_t year) noexcept
{
    if (year >= 0 && year <= 9999) return write_padded(at, static_cast<std::uint64_t>(year), 4);
    *at++ = year < 0 ? '-' : '+';
    return write_padded(at, static_cast<std::uint64_t>(year < 0 ? -year : year), 6);
}

__extension__ using uint128 = unsigned __int128;

/// Sign, exponent and coefficient, taken apart as the driver does, also for non-canonical coefficients.
struct decimal_parts
{
    enum class kind
    {
        finite,
        infinity,
        nan
    } what;
    bool negative;
    int exponent;
    char digits[40];
    int count;
};

decimal_parts take_apart(const std::uint8_t* bytes) noexcept
{
    auto const low = static_cast<std::uint64_t>(load_i64(bytes));
    auto const high = static_cast<std::uint64_t>(load_i64(bytes + 8));
    decimal_parts parts{};
    parts.negative = high >> 63 != 0;
    auto const combination = high >> 58 & 0x1f;
    if (combination == 30) parts.what = decimal_parts::kind::infinity;
    if (combination == 31) parts.what = decimal_parts::kind::nan;
    bool const large = combination >> 3 == 3;
    auto const biased = (large ? high >> 47 : high >> 49) & 0x3fff;
    std::uint64_t const leading = large ? 8 | (high >> 46 & 1) : high >> 46 & 7;
    parts.exponent = static_cast<int>(biased) - 6176;
    auto coefficient = static_cast<uint128>((high & 0x3fffffffffffULL) | leading << 46) << 64 | low;
    do {
        parts.digits[parts.count++] = static_cast<char>('0' + static_cast<int>(coefficient % 10));
        coefficient /= 10;
    } while (coefficient != 0);
    std::reverse(parts.digits, parts.digits + parts.count);
    return parts;
}

char* put(char* at, std::string_view text) noexcept
{
    std::memcpy(at, text.data(), text.size());
    return at + text.size();
}

char* write_scientific(char* at, const decimal_parts& parts, int adjusted) noexcept
{
    if (parts.count > 34) { // not canonical: the value is zero
        *at++ = '0';
        if (parts.exponent == 0) return at;
        *at++ = 'E';
        if (parts.exponent > 0) *at++ = '+';
        return write_integer(at, parts.exponent);
    }
    *at++ = parts.digits[0];
    if (parts.count > 1) {
        *at++ = '.';
        at = put(at, {parts.digits + 1, static_cast<std::size_t>(parts.count - 1)});
    }
    *at++ = 'E';
    if (adjusted > 0) *at++ = '+';
    return write_integer(at, adjusted);
}

char* write_plain(char* at, const decimal_parts& parts) noexcept
{
    auto const digits = std::string_view{parts.digits, static_cast<std::size_t>(parts.count)};
    if (parts.exponent == 0) return put(at, digits);
    int const whole = parts.count + parts.exponent;
    if (whole > 0) {
        auto const point = static_cast<std::size_t>(whole);
        at = put(at, digits.substr(0, point));
        *at++ = '.';
        return put(at, digits.substr(point));
    }
    at = put(at, "0.");
    for (int i = whole; i < 0; ++i) *at++ = '0';
    return put(at, digits);
}

} // namespace

char* write_hex(char* at, std::span<const std::uint8_t> bytes) noexcept
{
    for (std::uint8_t const byte : bytes) {
        *at++ = hex_digits[byte >> 4];
        *at++ = hex_digits[byte & 0xf];
    }
    return at;
}

char* write_uuid(char* at, const std::uint8_t* bytes) noexcept
{
    for (std::size_t i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
        at = write_hex(at, {bytes + i, 1});
    }
    return at;
}

char* write_iso_date(char* at, std::int64_t milliseconds) noexcept
{
    constexpr std::int64_t day = 86400000;
    std::int64_t days = milliseconds / day;
    std::int64_t within = milliseconds % day;
    if (within < 0) {
        within += day;
        --days;
    }
    auto const date = civil_of(days);
    auto const time = static_cast<std::uint64_t>(within);
    at = write_year(at, date.year);
    *at++ = '-';
    at = write_padded(at, date.month, 2);
    *at++ = '-';
    at = write_padded(at, date.day, 2);
    *at++ = 'T';
    at = write_padded(at, time / 3600000, 2);
    *at++ = ':';
    at = write_padded(at, time / 60000 % 60, 2);
    *at++ = ':';
    at = write_padded(at, time / 1000 % 60, 2);
    *at++ = '.';
    at = write_padded(at, time % 1000, 3);
    *at++ = 'Z';
    return at;
}

char* write_decimal128(char* at, const std::uint8_t* bytes) noexcept
{
    auto const parts = take_apart(bytes);
    if (parts.what == decimal_parts::kind::nan) return put(at, "NaN");
    if (parts.negative) *at++ = '-';
    if (parts.what == decimal_parts::kind::infinity) return put(at, "Infinity");
    int const adjusted = parts.count - 1 + parts.exponent;
    if (adjusted >= 34 || adjusted <= -7 || parts.exponent > 0) return write_scientific(at, parts, adjusted);
    return write_plain(at, parts);
}

binary_view binary_of(std::span<const std::uint8_t> value) noexcept
{
    constexpr std::uint8_t old_binary = 2;
    constexpr std::uint8_t uuid = 4;
    std::uint8_t const subtype = value[4];
    auto bytes = value.subspan(5);
    if (subtype == old_binary && bytes.size() >= 4 &&
        static_cast<std::size_t>(static_cast<std::uint32_t>(load_i32(bytes.data()))) == bytes.size() - 4) {
        bytes = bytes.subspan(4);
    }
    return {bytes, subtype == uuid && bytes.size() == 16};
}

} // namespace pryv_export::format
