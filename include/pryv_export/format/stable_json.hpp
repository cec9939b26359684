#pragma once

#include "pryv_export/format/bson.hpp"
#include "pryv_export/format/json_writer.hpp"
#include "pryv_export/format/text_buffer.hpp"

#include <string_view>

/// The stable text that Pryv hashes (docs/v1-data.md "Integrity"; npm package
/// @pryv/stable-object-representation): keys sorted by UTF-16 code unit, members that are null or undefined
/// left out at every depth, nulls in arrays kept, numbers as ECMAScript (−0 → 0, non-finite left out like
/// null because the value went through JSON before), strings with the wider set of \u escapes.
///
/// The text is of the value *as it reads from the archive's JSON*: NUL and ill-formed UTF-8 replaced as
/// append_value does with the same nul_policy, dates as ISO strings, int64 rounded to double, and so on.
namespace pryv_export::format {

/// True for a value that the stable text of an object leaves out: null, undefined, NaN, ±Infinity.
bool is_left_out_of_stable(bson_type type, bson_bytes value) noexcept;
inline bool is_left_out_of_stable(const bson_element& member) noexcept
{
    return is_left_out_of_stable(member.type, member.value);
}

/// Appends the stable text of one value. Precondition: an object member is not is_left_out_of_stable (the
/// caller leaves those out; in an array they are null). On an error `out` is as long as before.
bson_errc append_stable_value(text_buffer& out, const bson_element& element, nul_policy nul);

/// Appends a quoted string with the stable escapes.
void append_stable_string(text_buffer& out, std::string_view text, nul_policy nul);

/// Appends a number; −0 as 0. Precondition: finite.
void append_stable_number(text_buffer& out, double value);

/// Order of two keys by UTF-16 code unit (differs from byte order only above U+FFFF). <0, 0, >0.
int compare_utf16(std::string_view a, std::string_view b) noexcept;

} // namespace pryv_export::format
