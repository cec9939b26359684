#pragma once

#include <cstddef>
#include <cstdint>

/// Numbers as JavaScript prints them, into memory that the caller has made room in.
namespace pryv_export::format {

/// The room that any of these needs: the longest text, and what a word store overshoots.
inline constexpr std::size_t max_number_text = 40;

char* write_unsigned(char* at, std::uint64_t value) noexcept;
char* write_integer(char* at, std::int64_t value) noexcept;

/// ECMAScript Number::toString of a finite value, but -0 as "-0".
char* write_double(char* at, double value) noexcept;

} // namespace pryv_export::format
