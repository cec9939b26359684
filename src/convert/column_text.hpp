#pragma once

#include "pryv_export/convert/outcome.hpp"
#include "pryv_export/format/column.hpp"
#include "pryv_export/format/json_writer.hpp"
#include "pryv_export/format/text_buffer.hpp"

#include <cstdint>
#include <span>
#include <string_view>

/// JSON of SQLite values, and extra lines of rows. Internal to convert.
namespace pryv_export::convert {

inline const std::string_view* text_of(const format::column_value& value) noexcept
{
    auto const* const text = std::get_if<format::column_text>(&value);
    return text != nullptr ? &text->text : nullptr;
}

inline bool is_null(const format::column_value& value) noexcept
{
    return std::holds_alternative<std::monostate>(value);
}

/// Appends {"type":"Buffer","data":[…]}: how Node prints a BLOB (docs/json-encoding.md 10).
void append_blob(format::text_buffer& out, std::span<const std::uint8_t> bytes);

/// Appends any column as lossless JSON: NUL as \u0000, infinities as ±1e999.
void append_column(format::text_buffer& out, const format::column_value& value, format::json_notes& notes);

/// A column by name, for an extra line.
struct named_column
{
    std::string_view name;
    format::column_value value;
};

/// Appends one line of extra/<kind>.jsonl.gz for a row and counts it:
/// {"rule","rules"?,"kind","id","record","bytes"?}. `bytes` holds the base64 of each text that is ill-formed
/// UTF-8. rules: the most severe first. id_json: a JSON value.
void append_extra_row(output& out, std::span<const rule> rules, kind which, std::string_view id_json,
                      std::span<const named_column> columns);

} // namespace pryv_export::convert
