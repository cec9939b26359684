#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// Texts of single BSON values, plain ASCII without quotes, into memory that the caller has made room in.
namespace pryv_export::format {

char* write_hex(char* at, std::span<const std::uint8_t> bytes) noexcept;
/// 36 characters, lower case.
char* write_uuid(char* at, const std::uint8_t* sixteen_bytes) noexcept;

/// False outside ±8.64e15: JavaScript has no such date.
constexpr bool is_js_date(std::int64_t milliseconds) noexcept
{
    return milliseconds >= -8640000000000000 && milliseconds <= 8640000000000000;
}
/// Date.prototype.toISOString. Precondition: is_js_date.
char* write_iso_date(char* at, std::int64_t milliseconds) noexcept;

/// Decimal128's text as the Node driver gives it, at most 48 characters.
char* write_decimal128(char* at, const std::uint8_t* sixteen_bytes) noexcept;

/// Content of a binary value (length, subtype, bytes); the inner length of subtype 2 is taken off.
struct binary_view
{
    std::span<const std::uint8_t> bytes;
    bool is_uuid; ///< subtype 4 of 16 bytes
};
binary_view binary_of(std::span<const std::uint8_t> value) noexcept;

} // namespace pryv_export::format
