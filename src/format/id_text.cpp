#include "pryv_export/format/json_writer.hpp"

#include "format/json_emitter.hpp"
#include "format/number_text.hpp"
#include "format/object_members.hpp"
#include "format/value_text.hpp"

namespace pryv_export::format {
namespace {

// An object that JavaScript cannot print, and that nobody uses as an id.
constexpr std::string_view no_text = "[object Object]";

class id_writer
{
public:
    id_writer(text_buffer& text, nul_policy nul, json_notes& notes) noexcept
        : text_{text}, nul_{nul}, notes_{notes}
    {
    }

    /// The text as JavaScript's toString() gives it, or better; not yet escaped.
    bson_errc write(const bson_element& id, unsigned depth);

private:
    bson_errc join(const bson_element& array, unsigned depth);
    bson_errc embedded(const bson_element& id);
    void binary(bson_bytes value);
    void date(std::int64_t milliseconds);
    void regex(bson_bytes value);

    template <class Write>
    void put_ascii(std::size_t room, Write write)
    {
        text_.advance_to(write(text_.room(room)));
    }

    text_buffer& text_;
    nul_policy nul_;
    json_notes& notes_;
};

bson_errc id_writer::write(const bson_element& id, unsigned depth)
{
    if (depth > max_bson_depth) return bson_errc::too_deep;
    switch (id.type) {
    case bson_type::string:
    case bson_type::symbol: text_.append(id.text()); break;
    case bson_type::object_id: put_ascii(24, [&](char* at) { return write_hex(at, id.value); }); break;
    case bson_type::binary: binary(id.value); break;
    case bson_type::date: date(id.int64()); break;
    case bson_type::regex: regex(id.value); break;
    case bson_type::int32: append_integer(text_, id.int32()); break;
    case bson_type::int64: append_integer(text_, id.int64()); break;
    case bson_type::float64: append_number(text_, id.float64(), notes_); break;
    case bson_type::boolean: text_.append(id.boolean() ? "true" : "false"); break;
    case bson_type::timestamp:
        put_ascii(max_number_text,
                  [&](char* at) { return write_unsigned(at, static_cast<std::uint64_t>(id.int64())); });
        break;
    case bson_type::decimal128:
        put_ascii(64, [&](char* at) { return write_decimal128(at, id.value.data()); });
        break;
    case bson_type::array: return join(id, depth);
    case bson_type::document: return embedded(id);
    case bson_type::null:
    case bson_type::undefined: break;
    default: text_.append(no_text);
    }
    return bson_errc::ok;
}

bson_errc id_writer::join(const bson_element& array, unsigned depth)
{
    bson_reader reader{array.document()};
    bool first = true;
    for (bson_element item; reader.next(item);) {
        if (!first) text_.append(',');
        first = false;
        if (auto const error = write(item, depth + 1); error != bson_errc::ok) return error;
    }
    return reader.error();
}

bson_errc id_writer::embedded(const bson_element& id)
{
    {
        object_members members{thread_member_memory()};
        if (auto const error = members.read(id.document()); error != bson_errc::ok) return error;
        if (members.reference().is_one) {
            notes_ = notes_ | json_note::db_reference;
            text_.append(no_text);
            return bson_errc::ok;
        }
    }
    return append_value(text_, id, nul_, notes_);
}

void id_writer::binary(bson_bytes value)
{
    auto const content = binary_of(value);
    if (content.is_uuid)
        put_ascii(36, [&](char* at) { return write_uuid(at, content.bytes.data()); });
    else
        text_.append({reinterpret_cast<const char*>(content.bytes.data()), content.bytes.size()});
}

void id_writer::date(std::int64_t milliseconds)
{
    if (is_js_date(milliseconds))
        put_ascii(32, [&](char* at) { return write_iso_date(at, milliseconds); });
    else
        append_integer(text_, milliseconds);
}

void id_writer::regex(bson_bytes value)
{
    std::string_view const pattern{reinterpret_cast<const char*>(value.data())};
    text_.append('/');
    text_.append(pattern);
    text_.append('/');
    text_.append(std::string_view{pattern.data() + pattern.size() + 1});
}

bool stays_a_value(const bson_element& id) noexcept
{
    switch (id.type) {
    case bson_type::string: // the same text, without a copy
    case bson_type::float64:
    case bson_type::int32:
    case bson_type::boolean:
    case bson_type::null:
    case bson_type::undefined: return true;
    case bson_type::int64: {
        constexpr std::int64_t exact = 1LL << 53;
        return id.int64() >= -exact && id.int64() <= exact;
    }
    default: return false;
    }
}

} // namespace

bson_errc append_id(text_buffer& out, const bson_element& id, nul_policy nul, json_notes& notes)
{
    if (stays_a_value(id)) return append_value(out, id, nul, notes);
    if (id.type == bson_type::object_id) {
        char* at = out.room(26);
        *at++ = '"';
        at = write_hex(at, id.value);
        *at++ = '"';
        out.advance_to(at);
        return bson_errc::ok;
    }
    text_buffer text;
    json_notes all = 0;
    auto const error = id_writer{text, nul, all}.write(id, 1);
    if (error != bson_errc::ok) return error;
    append_string(out, text.view(), nul, all);
    notes |= all | json_note::foreign_type;
    return bson_errc::ok;
}

} // namespace pryv_export::format
