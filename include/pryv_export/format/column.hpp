#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

namespace pryv_export::format {

/// One value of a table row: NULL, INTEGER, REAL, TEXT (raw bytes that should be UTF-8) or BLOB. Borrows its
/// bytes.
struct column_text
{
    std::string_view text;
};
struct column_blob
{
    std::span<const std::uint8_t> bytes;
};
using column_value = std::variant<std::monostate, std::int64_t, double, column_text, column_blob>;

} // namespace pryv_export::format
