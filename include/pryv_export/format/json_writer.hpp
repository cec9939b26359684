#pragma once

#include "pryv_export/format/bson.hpp"
#include "pryv_export/format/text_buffer.hpp"

#include <cstdint>
#include <string_view>

/// JSON text of BSON values as Node's driver and JSON.stringify give it, byte for byte, except where that
/// loses data (docs/json-encoding.md, cases in test/data/json-encoding.cases.jsonl: the "lossless" text
/// where there is one). Pure; allocates nothing but the growth of `out` in the steady state.
namespace pryv_export::format {

/// What was met while writing; a set of bits. Everything but `plain` is worth a line in the report.
enum class json_note : std::uint32_t
{
    plain = 0,
    nul = 1U << 0,               ///< U+0000 in a string or key (replaced or not, as `nul_policy` says)
    invalid_utf8 = 1U << 1,      ///< ill-formed UTF-8, replaced by U+FFFD as WHATWG decodes
    non_finite = 1U << 2,        ///< NaN → null, ±Infinity → ±1e999
    wide_integer = 1U << 3,      ///< int64 outside ±2^53, written in full
    decimal128 = 1U << 4,        ///< {"$numberDecimal": …}
    regex = 1U << 5,             ///< {"$regularExpression": …}
    min_max_key = 1U << 6,       ///< {}
    date_out_of_range = 1U << 7, ///< milliseconds as a number
    odd_boolean = 1U << 8,       ///< a boolean byte other than 0 and 1, written true
    db_reference = 1U << 9,      ///< a DBRef or DBPointer, written in driver order
    foreign_type =
        1U << 10, ///< any other type that v1's API cannot create (binary, code, timestamp, date, …)
};
using json_notes = std::uint32_t;
constexpr json_notes operator|(json_notes a, json_note b) noexcept
{
    return a | static_cast<json_notes>(b);
}
constexpr bool has(json_notes notes, json_note note) noexcept
{
    return (notes & static_cast<json_notes>(note)) != 0;
}

enum class nul_policy : std::uint8_t
{
    escape,  ///< U+0000 as \u0000 (originals under extra/)
    replace, ///< U+0000 as U+FFFD (records for v2: PostgreSQL refuses NUL)
};

/// Appends the JSON text of one value. Undefined is written as null (whoever writes an object leaves such
/// members out). `notes` gains bits. On an error `out` is as long as before.
bson_errc append_value(text_buffer& out, const bson_element& element, nul_policy nul, json_notes& notes);

/// Appends a whole document as one JSON object, all members, in JavaScript's key order
/// (docs/json-encoding.md 4: integer-like names first, ascending; a repeated name keeps its first place and
/// its last value).
bson_errc append_document(text_buffer& out, bson_bytes document, nul_policy nul, json_notes& notes);

/// Appends a quoted, escaped JSON string from bytes that should be UTF-8.
void append_string(text_buffer& out, std::string_view text, nul_policy nul, json_notes& notes);

/// Appends an ECMAScript Number::toString text; -0 as "-0", non-finite as null / ±1e999.
void append_number(text_buffer& out, double value, json_notes& notes);
void append_integer(text_buffer& out, std::int64_t value);

/// Appends the text form of an `_id` (docs/json-encoding.md 5: ObjectId → 24 hex, UUID dashed, embedded
/// document → its compact JSON, …) as a JSON value: a string, or a number or boolean kept as it is.
bson_errc append_id(text_buffer& out, const bson_element& id, nul_policy nul, json_notes& notes);

/// True when JavaScript would list `key` before all others (decimal 0 … 4294967294, no leading zero).
bool is_array_index(std::string_view key) noexcept;

} // namespace pryv_export::format
