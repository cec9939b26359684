#include "pryv_export/format/json_writer.hpp"

#include "pryv_export/format/digest.hpp"

#include "format/json_emitter.hpp"
#include "format/number_text.hpp"
#include "format/string_text.hpp"
#include "format/value_text.hpp"

#include <cmath>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pryv_export::format {

/// Remembers 16 bits of every name of an object: equal names have equal bits, others hardly ever.
struct json_emitter::key_filter
{
    static constexpr unsigned capacity = 128;

    alignas(16) std::uint16_t prints[capacity];
    unsigned count = 0;
    bool named = false; ///< a name that is no array index was met
    std::int64_t last_index = -1;

    /// False when `print` may have been here before.
    bool add(std::uint16_t print) noexcept
    {
        if (count == capacity) return false;
        unsigned const block = count & ~7U;
#if defined(__SSE2__)
        // Unused lanes of the last block repeat a print that is there.
        auto const wanted = _mm_set1_epi16(static_cast<short>(print));
        auto found = _mm_setzero_si128();
        for (unsigned i = 0; i < count; i += 8) {
            auto const eight = _mm_load_si128(reinterpret_cast<const __m128i*>(prints + i));
            found = _mm_or_si128(found, _mm_cmpeq_epi16(eight, wanted));
        }
        if (_mm_movemask_epi8(found) != 0) return false;
        if (block == count) _mm_store_si128(reinterpret_cast<__m128i*>(prints + block), wanted);
#else
        (void)block;
        for (unsigned i = 0; i < count; ++i) {
            if (prints[i] == print) return false;
        }
#endif
        prints[count++] = print;
        return true;
    }
};

namespace {

std::uint16_t print_of(std::uint64_t first, std::uint64_t last) noexcept
{
    std::uint64_t const mixed = (first ^ (last << 29 | last >> 35)) * 0x9e3779b97f4a7c15ULL;
    return static_cast<std::uint16_t>((mixed ^ (mixed >> 21)) >> 32);
}

std::uint16_t print_of_name(const std::uint8_t* name, std::size_t size) noexcept
{
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::memcpy(&first, name, size < 8 ? size : 8);
    if (size > 8) {
        std::size_t const rest = size - 8 < 8 ? size - 8 : 8;
        std::memcpy(&last, size - 8 < 8 ? name + 8 : name + size - 8, rest);
    }
    return print_of(first, last);
}

const char* as_chars(const std::uint8_t* bytes) noexcept
{
    return reinterpret_cast<const char*>(bytes);
}

} // namespace

char* json_emitter::string(char* at, std::string_view text, const std::uint8_t* readable)
{
    *at++ = '"';
    at = write_json_text(at, text, as_chars(readable), nul_, notes_);
    *at++ = '"';
    return at;
}

char* json_emitter::number(char* at, double value)
{
    if (std::isfinite(value)) return write_double(at, value);
    note(json_note::non_finite);
    return put(at, std::isnan(value) ? "null" : value < 0 ? "-1e999" : "1e999");
}

char* json_emitter::integer(char* at, std::int64_t value)
{
    constexpr std::int64_t exact = 1LL << 53;
    if (value > exact || value < -exact) note(json_note::wide_integer);
    return write_integer(at, value);
}

char* json_emitter::date(char* at, std::int64_t milliseconds)
{
    note(json_note::foreign_type);
    if (!is_js_date(milliseconds)) {
        note(json_note::date_out_of_range);
        return write_integer(at, milliseconds);
    }
    *at++ = '"';
    at = write_iso_date(at, milliseconds);
    *at++ = '"';
    return at;
}

char* json_emitter::binary(char* at, bson_bytes bytes)
{
    note(json_note::foreign_type);
    auto const content = binary_of(bytes);
    *at++ = '"';
    at = content.is_uuid ? write_uuid(at, content.bytes.data()) : write_base64(at, content.bytes);
    *at++ = '"';
    return at;
}

char* json_emitter::regex(char* at, bson_bytes bytes)
{
    note(json_note::regex);
    // The one value whose text can be more than 6 times as long as its bytes.
    out_.advance_to(at);
    at = out_.room(json_room(source_size_) + 64);
    std::string_view const pattern{as_chars(bytes.data())};
    std::string_view const options{as_chars(bytes.data()) + pattern.size() + 1};
    const std::uint8_t* const end = bytes.data() + bytes.size();
    at = string(put(at, R"({"$regularExpression":{"pattern":)"), pattern, end);
    at = string(put(at, R"(,"options":)"), options, end);
    return put(at, "}}");
}

char* json_emitter::pointer(char* at, bson_bytes bytes)
{
    note(json_note::db_reference);
    auto const text_size = bytes.size() - 12;
    std::string_view name{as_chars(bytes.data()) + 4, text_size - 5};
    std::string_view db;
    bool const split = split_reference(name, db, name);
    const std::uint8_t* const end = bytes.data() + bytes.size();
    at = string(put(at, R"({"$ref":)"), name, end);
    at = write_hex(put(at, R"(,"$id":")"), bytes.subspan(text_size));
    *at++ = '"';
    if (split) at = string(put(at, R"(,"$db":)"), db, end);
    *at++ = '}';
    return at;
}

char* json_emitter::scoped_code(char* at, bson_bytes bytes, unsigned depth)
{
    note(json_note::foreign_type);
    auto const code_size = static_cast<std::size_t>(load_i32(bytes.data() + 4));
    const std::uint8_t* const end = bytes.data() + bytes.size();
    at = string(put(at, R"({"code":)"), {as_chars(bytes.data()) + 8, code_size - 1}, end);
    at = object(put(at, R"(,"scope":)"), bytes.subspan(8 + code_size), end, depth + 1);
    if (at == nullptr) return nullptr;
    *at++ = '}';
    return at;
}

char* json_emitter::rare_value(char* at, bson_type type, bson_bytes bytes, const std::uint8_t* readable,
                               unsigned depth)
{
    switch (type) {
    case bson_type::binary: return binary(at, bytes);
    case bson_type::date: return date(at, load_i64(bytes.data()));
    case bson_type::regex: return regex(at, bytes);
    case bson_type::db_pointer: return pointer(at, bytes);
    case bson_type::symbol:
        note(json_note::foreign_type);
        return string(at, {as_chars(bytes.data()) + 4, bytes.size() - 5}, readable);
    case bson_type::code:
        note(json_note::foreign_type);
        at = string(put(at, R"({"code":)"), {as_chars(bytes.data()) + 4, bytes.size() - 5}, readable);
        *at++ = '}';
        return at;
    case bson_type::code_with_scope: return scoped_code(at, bytes, depth);
    case bson_type::timestamp:
        note(json_note::foreign_type);
        at =
            write_unsigned(put(at, R"({"$timestamp":")"), static_cast<std::uint64_t>(load_i64(bytes.data())));
        return put(at, "\"}");
    case bson_type::decimal128:
        note(json_note::decimal128);
        at = write_decimal128(put(at, R"({"$numberDecimal":")"), bytes.data());
        return put(at, "\"}");
    case bson_type::min_key:
    case bson_type::max_key: note(json_note::min_max_key); return put(at, "{}");
    default: return fail(bson_errc::bad_type);
    }
}

char* json_emitter::value(char* at, bson_type type, bson_bytes bytes, const std::uint8_t* readable,
                          unsigned depth)
{
    const std::uint8_t* const data = bytes.data();
    switch (type) {
    case bson_type::string: return string(at, {as_chars(data) + 4, bytes.size() - 5}, readable);
    case bson_type::float64: return number(at, load_f64(data));
    case bson_type::int32: return write_integer(at, load_i32(data));
    case bson_type::document: return object(at, bytes, readable, depth + 1);
    case bson_type::array: return array(at, bytes, readable, depth + 1);
    case bson_type::null:
    case bson_type::undefined: return put(at, "null");
    case bson_type::boolean:
        if (data[0] > 1) note(json_note::odd_boolean);
        return data[0] != 0 ? put(at, "true") : put(at, "false");
    case bson_type::int64: return integer(at, load_i64(data));
    case bson_type::object_id:
        *at++ = '"';
        at = write_hex(at, bytes);
        *at++ = '"';
        return at;
    default: return rare_value(at, type, bytes, readable, depth);
    }
}

char* json_emitter::object(char* at, bson_bytes document, const std::uint8_t* readable, unsigned depth)
{
    if (depth > max_bson_depth) return fail(bson_errc::too_deep);
    return exact_ ? exact_object(at, document, depth) : quick_object(at, document, readable, depth);
}

#if defined(__SSE2__)
/// A name of less than 16 plain characters, the usual one; nullptr when it is none or was met before.
inline char* json_emitter::short_key(char* at, const std::uint8_t* name, std::size_t size, key_filter& seen)
{
    // 16 bytes from `ones + 16 - size` are `size` times ff, then zeros.
    alignas(16) static constexpr auto ones = [] {
        struct
        {
            std::uint8_t of[32];
        } bytes{};
        for (int i = 0; i < 16; ++i) bytes.of[i] = 0xff;
        return bytes;
    }();
    auto const all = _mm_loadu_si128(reinterpret_cast<const __m128i*>(name));
    if ((json_stops(all) & ((1U << size) - 1)) != 0) return nullptr;
    auto const keep = _mm_loadu_si128(reinterpret_cast<const __m128i*>(ones.of + 16 - size));
    auto const text = _mm_and_si128(all, keep);
    auto const first = static_cast<std::uint64_t>(_mm_cvtsi128_si64(text));
    auto const last = static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(text, text)));
    if (!seen.add(print_of(first, last))) return nullptr;
    seen.named = true;
    *at = '"';
    _mm_storeu_si128(reinterpret_cast<__m128i*>(at + 1), text);
    std::memcpy(at + 1 + size, "\":", 2);
    return at + size + 3;
}
#endif

char* json_emitter::key(char* at, const std::uint8_t* name, std::size_t size, const std::uint8_t* readable,
                        key_filter& seen)
{
#if defined(__SSE2__)
    if (size < 16 && readable - name >= 16 && name[0] > '9') {
        if (char* const end = short_key(at, name, size, seen)) return end;
    }
#endif
    // JavaScript lists array indexes first and in ascending order.
    if (size != 0 && name[0] >= '0' && name[0] <= '9') {
        if (auto const index = array_index({as_chars(name), size})) {
            if (seen.named || *index <= seen.last_index) return fail_irregular();
            seen.last_index = *index;
            return put(string(at, {as_chars(name), size}, readable), ":");
        }
    }
    seen.named = true;
    if (size == 4 && std::memcmp(name, "$ref", 4) == 0) return fail_irregular();
    if (!seen.add(print_of_name(name, size))) return fail_irregular();
    json_notes const before = notes_;
    notes_ = 0;
    at = string(at, {as_chars(name), size}, readable);
    if (notes_ != 0) return fail_irregular(); // ill-formed names may become equal
    notes_ = before;
    *at++ = ':';
    return at;
}

char* json_emitter::quick_object(char* at, bson_bytes document, const std::uint8_t* readable, unsigned depth)
{
    const std::uint8_t* from = document.data() + 4;
    const std::uint8_t* const end = document.data() + document.size() - 1;
    key_filter seen;
    *at++ = '{';
    while (from != end) {
        auto const type = static_cast<bson_type>(*from);
        const std::uint8_t* const name = from + 1;
        const std::uint8_t* const nul = detail::find_nul(name, end, readable);
        if (nul == end) return fail(bson_errc::bad_terminator);
        std::size_t size = 0;
        auto const error = detail::value_size(type, nul + 1, end, size);
        if (error != bson_errc::ok) return fail(error);
        from = nul + 1 + size;
        char* const after_key = key(at, name, static_cast<std::size_t>(nul - name), readable, seen);
        if (after_key == nullptr) return nullptr;
        if (type == bson_type::undefined) continue;
        at = value(after_key, type, {nul + 1, size}, readable, depth);
        if (at == nullptr) return nullptr;
        *at++ = ',';
    }
    if (at[-1] == ',')
        at[-1] = '}';
    else
        *at++ = '}';
    return at;
}

char* json_emitter::exact_object(char* at, bson_bytes document, unsigned depth)
{
    object_members members{thread_member_memory()};
    if (auto const error = members.read(document); error != bson_errc::ok) return fail(error);
    auto const reference = members.reference();
    members.order_as_javascript(reference);
    if (reference.is_one) note(json_note::db_reference);
    if (members.repaired()) note(json_note::invalid_utf8);
    *at++ = '{';
    for (std::size_t i = 0; i < members.size(); ++i) {
        auto const member = members[i];
        if (member.type == bson_type::undefined) continue;
        const std::uint8_t* const value_end = member.value + member.size;
        at = string(at, member.key,
                    reinterpret_cast<const std::uint8_t*>(member.key.data() + member.key.size()));
        *at++ = ':';
        bool const shortened = reference.split_db && member.key == "$ref";
        at = shortened ? string(at, reference.name, value_end)
                       : value(at, member.type, member.bytes(), value_end, depth);
        if (at == nullptr) return nullptr;
        *at++ = ',';
    }
    if (reference.split_db) {
        auto const& db = *reference.split_db;
        at = string(put(at, R"("$db":)"), db, reinterpret_cast<const std::uint8_t*>(db.data() + db.size()));
        *at++ = ',';
    }
    if (at[-1] == ',')
        at[-1] = '}';
    else
        *at++ = '}';
    return at;
}

char* json_emitter::array(char* at, bson_bytes document, const std::uint8_t* readable, unsigned depth)
{
    if (depth > max_bson_depth) return fail(bson_errc::too_deep);
    const std::uint8_t* from = document.data() + 4;
    const std::uint8_t* const end = document.data() + document.size() - 1;
    *at++ = '[';
    while (from != end) {
        auto const type = static_cast<bson_type>(*from);
        const std::uint8_t* const nul = detail::find_nul(from + 1, end, readable);
        if (nul == end) return fail(bson_errc::bad_terminator);
        std::size_t size = 0;
        auto const error = detail::value_size(type, nul + 1, end, size);
        if (error != bson_errc::ok) return fail(error);
        from = nul + 1 + size;
        at = value(at, type, {nul + 1, size}, readable, depth);
        if (at == nullptr) return nullptr;
        *at++ = ',';
    }
    if (at[-1] == ',')
        at[-1] = ']';
    else
        *at++ = ']';
    return at;
}

namespace {

void append_text(text_buffer& out, std::string_view text, const char* readable, nul_policy nul,
                 json_notes& notes)
{
    char* at = out.room(text_room(text.size()));
    *at++ = '"';
    at = write_json_text(at, text, readable, nul, notes);
    *at++ = '"';
    out.advance_to(at);
}

} // namespace

bson_errc append_value(text_buffer& out, const bson_element& element, nul_policy nul, json_notes& notes)
{
    auto const bytes = element.value;
    // The usual members of a record, without the emitter's ado.
    if (element.is_string()) {
        std::string_view const text = element.text();
        append_text(out, text, text.data() + text.size() + 1 + element.readable_after, nul, notes);
        return bson_errc::ok;
    }
    if (element.type == bson_type::null) {
        out.append("null");
        return bson_errc::ok;
    }
    return emit_json(out, bytes.size(), nul, notes, [&](json_emitter& emitter, char* at) {
        return emitter.value(at, element.type, bytes, bytes.data() + bytes.size() + element.readable_after,
                             1);
    });
}

bson_errc append_document(text_buffer& out, bson_bytes document, nul_policy nul, json_notes& notes)
{
    if (auto const error = bson_reader{document}.error(); error != bson_errc::ok) return error;
    auto const bytes = document.first(static_cast<std::size_t>(load_i32(document.data())));
    return emit_json(out, bytes.size(), nul, notes, [&](json_emitter& emitter, char* at) {
        return emitter.object(at, bytes, document.data() + document.size(), 1);
    });
}

void append_string(text_buffer& out, std::string_view text, nul_policy nul, json_notes& notes)
{
    append_text(out, text, text.data() + text.size(), nul, notes);
}

void append_number(text_buffer& out, double value, json_notes& notes)
{
    json_emitter emitter{out, max_number_text, nul_policy::escape, json_emitter::manner::quick};
    out.advance_to(emitter.number(emitter.start(), value));
    notes |= emitter.notes();
}

void append_integer(text_buffer& out, std::int64_t value)
{
    out.advance_to(write_integer(out.room(max_number_text), value));
}

bool is_array_index(std::string_view key) noexcept
{
    return array_index(key).has_value();
}

} // namespace pryv_export::format
