#include "pryv_export/format/stable_json.hpp"

#include "pryv_export/format/digest.hpp"

#include "format/json_emitter.hpp"
#include "format/number_text.hpp"
#include "format/object_members.hpp"
#include "format/string_text.hpp"
#include "format/value_text.hpp"

#include <cmath>
#include <cstring>

namespace pryv_export::format {
namespace {

const char* as_chars(const std::uint8_t* bytes) noexcept
{
    return reinterpret_cast<const char*>(bytes);
}

char* write_stable_number(char* at, double value) noexcept
{
    return write_double(at, value == 0 ? 0.0 : value); // no -0
}

/// Functions take and give the place to write at; nullptr is an error. Room as for JSON.
class stable_emitter
{
public:
    stable_emitter(text_buffer& out, std::size_t source_size, nul_policy nul) noexcept
        : out_{out}, source_size_{source_size}, nul_{nul}
    {
    }

    bson_errc error() const noexcept { return error_; }
    char* start() { return out_.room(json_room(source_size_)); }
    char* value(char* at, bson_type type, bson_bytes bytes, const std::uint8_t* readable, unsigned depth);

private:
    char* fail(bson_errc error) noexcept
    {
        error_ = error;
        return nullptr;
    }
    char* string(char* at, std::string_view text, const std::uint8_t* readable) const noexcept
    {
        *at++ = '"';
        at = write_stable_text(at, text, as_chars(readable), nul_);
        *at++ = '"';
        return at;
    }
    char* string(char* at, std::string_view text) const noexcept
    {
        return string(at, text, reinterpret_cast<const std::uint8_t*>(text.data() + text.size()));
    }

    char* object(char* at, bson_bytes document, unsigned depth);
    char* array(char* at, bson_bytes document, const std::uint8_t* readable, unsigned depth);
    char* rare_value(char* at, bson_type type, bson_bytes bytes, unsigned depth);
    char* regex(char* at, bson_bytes bytes);
    char* pointer(char* at, bson_bytes bytes);
    char* date(char* at, std::int64_t milliseconds);
    char* scoped_code(char* at, bson_bytes bytes, unsigned depth);

    text_buffer& out_;
    std::size_t source_size_;
    nul_policy nul_;
    bson_errc error_ = bson_errc::ok;
};

char* stable_emitter::value(char* at, bson_type type, bson_bytes bytes, const std::uint8_t* readable,
                            unsigned depth)
{
    const std::uint8_t* const data = bytes.data();
    switch (type) {
    case bson_type::string: return string(at, {as_chars(data) + 4, bytes.size() - 5}, readable);
    case bson_type::float64: {
        double const number = load_f64(data);
        return std::isfinite(number) ? write_stable_number(at, number) : put(at, "null");
    }
    case bson_type::int32: return write_integer(at, load_i32(data));
    case bson_type::int64: return write_stable_number(at, static_cast<double>(load_i64(data)));
    case bson_type::document: return object(at, bytes, depth + 1);
    case bson_type::array: return array(at, bytes, readable, depth + 1);
    case bson_type::null:
    case bson_type::undefined: return put(at, "null");
    case bson_type::boolean: return data[0] != 0 ? put(at, "true") : put(at, "false");
    case bson_type::object_id:
        *at++ = '"';
        at = write_hex(at, bytes);
        *at++ = '"';
        return at;
    default: return rare_value(at, type, bytes, depth);
    }
}

char* stable_emitter::rare_value(char* at, bson_type type, bson_bytes bytes, unsigned depth)
{
    switch (type) {
    case bson_type::binary: {
        auto const content = binary_of(bytes);
        *at++ = '"';
        at = content.is_uuid ? write_uuid(at, content.bytes.data()) : write_base64(at, content.bytes);
        *at++ = '"';
        return at;
    }
    case bson_type::date: return date(at, load_i64(bytes.data()));
    case bson_type::regex: return regex(at, bytes);
    case bson_type::db_pointer: return pointer(at, bytes);
    case bson_type::symbol: return string(at, {as_chars(bytes.data()) + 4, bytes.size() - 5});
    case bson_type::code:
        at = string(put(at, R"({"code":)"), {as_chars(bytes.data()) + 4, bytes.size() - 5});
        *at++ = '}';
        return at;
    case bson_type::code_with_scope: return scoped_code(at, bytes, depth);
    case bson_type::timestamp:
        at =
            write_unsigned(put(at, R"({"$timestamp":")"), static_cast<std::uint64_t>(load_i64(bytes.data())));
        return put(at, "\"}");
    case bson_type::decimal128:
        return put(write_decimal128(put(at, R"({"$numberDecimal":")"), bytes.data()), "\"}");
    case bson_type::min_key:
    case bson_type::max_key: return put(at, "{}");
    default: return fail(bson_errc::bad_type);
    }
}

char* stable_emitter::date(char* at, std::int64_t milliseconds)
{
    if (!is_js_date(milliseconds)) return write_stable_number(at, static_cast<double>(milliseconds));
    *at++ = '"';
    at = write_iso_date(at, milliseconds);
    *at++ = '"';
    return at;
}

char* stable_emitter::regex(char* at, bson_bytes bytes)
{
    // The one value whose text can be more than 6 times as long as its bytes.
    out_.advance_to(at);
    at = out_.room(json_room(source_size_) + 64);
    std::string_view const pattern{as_chars(bytes.data())};
    std::string_view const options{as_chars(bytes.data()) + pattern.size() + 1};
    at = string(put(at, R"({"$regularExpression":{"options":)"), options);
    at = string(put(at, R"(,"pattern":)"), pattern);
    return put(at, "}}");
}

char* stable_emitter::pointer(char* at, bson_bytes bytes)
{
    auto const text_size = bytes.size() - 12;
    std::string_view name{as_chars(bytes.data()) + 4, text_size - 5};
    std::string_view db;
    *at++ = '{';
    if (split_reference(name, db, name)) {
        at = string(put(at, R"("$db":)"), db);
        *at++ = ',';
    }
    at = write_hex(put(at, R"("$id":")"), bytes.subspan(text_size));
    at = string(put(at, R"(","$ref":)"), name);
    *at++ = '}';
    return at;
}

char* stable_emitter::scoped_code(char* at, bson_bytes bytes, unsigned depth)
{
    auto const code_size = static_cast<std::size_t>(load_i32(bytes.data() + 4));
    at = string(put(at, R"({"code":)"), {as_chars(bytes.data()) + 8, code_size - 1});
    at = object(put(at, R"(,"scope":)"), bytes.subspan(8 + code_size), depth + 1);
    if (at == nullptr) return nullptr;
    *at++ = '}';
    return at;
}

char* stable_emitter::object(char* at, bson_bytes document, unsigned depth)
{
    if (depth > max_bson_depth) return fail(bson_errc::too_deep);
    object_members members{thread_member_memory()};
    if (auto const error = members.read(document); error != bson_errc::ok) return fail(error);
    auto const reference = members.reference();
    *at++ = '{';
    for (std::size_t i = 0; i < members.size(); ++i) {
        auto const member = members[i];
        if (is_left_out_of_stable(member.type, member.bytes())) continue;
        if (reference.split_db && member.key == "$id") { // nothing sorts between $db and $id
            at = string(put(at, R"("$db":)"), *reference.split_db);
            *at++ = ',';
        }
        at = string(at, member.key);
        *at++ = ':';
        bool const shortened = reference.split_db && member.key == "$ref";
        at = shortened ? string(at, reference.name)
                       : value(at, member.type, member.bytes(), member.value + member.size, depth);
        if (at == nullptr) return nullptr;
        *at++ = ',';
    }
    if (at[-1] == ',')
        at[-1] = '}';
    else
        *at++ = '}';
    return at;
}

char* stable_emitter::array(char* at, bson_bytes document, const std::uint8_t* readable, unsigned depth)
{
    if (depth > max_bson_depth) return fail(bson_errc::too_deep);
    bson_reader reader{{document.data(), readable}};
    *at++ = '[';
    for (bson_element e; reader.next(e);) {
        at = value(at, e.type, e.value, e.value.data() + e.value.size() + e.readable_after, depth);
        if (at == nullptr) return nullptr;
        *at++ = ',';
    }
    if (reader.error() != bson_errc::ok) return fail(reader.error());
    if (at[-1] == ',')
        at[-1] = ']';
    else
        *at++ = ']';
    return at;
}

} // namespace

bool is_left_out_of_stable(bson_type type, bson_bytes value) noexcept
{
    if (type == bson_type::null || type == bson_type::undefined) return true;
    return type == bson_type::float64 && !std::isfinite(load_f64(value.data()));
}

bson_errc append_stable_value(text_buffer& out, const bson_element& element, nul_policy nul)
{
    std::size_t const before = out.size();
    auto const bytes = element.value;
    stable_emitter emitter{out, bytes.size(), nul};
    char* const end = emitter.value(emitter.start(), element.type, bytes,
                                    bytes.data() + bytes.size() + element.readable_after, 1);
    if (end == nullptr) {
        out.truncate(before);
        return emitter.error();
    }
    out.advance_to(end);
    return bson_errc::ok;
}

void append_stable_string(text_buffer& out, std::string_view text, nul_policy nul)
{
    char* at = out.room(text_room(text.size()));
    *at++ = '"';
    at = write_stable_text(at, text, text.data() + text.size(), nul);
    *at++ = '"';
    out.advance_to(at);
}

void append_stable_number(text_buffer& out, double value)
{
    out.advance_to(write_stable_number(out.room(max_number_text), value));
}

int compare_utf16(std::string_view a, std::string_view b) noexcept
{
    std::size_t const common = a.size() < b.size() ? a.size() : b.size();
    std::size_t i = 0;
    while (i < common && a[i] == b[i]) ++i;
    if (i == common) return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
    auto const x = static_cast<std::uint8_t>(a[i]);
    auto const y = static_cast<std::uint8_t>(b[i]);
    // Lead bytes F0… become surrogates D800…, before EE and EF, which lead U+E000 … U+FFFF.
    bool const swapped = x >= 0xee && y >= 0xee && (x >= 0xf0) != (y >= 0xf0);
    return (x < y) != swapped ? -1 : 1;
}

} // namespace pryv_export::format
