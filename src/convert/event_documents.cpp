#include "pryv_export/convert/tables.hpp"

#include "column_text.hpp"
#include "json_check.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

namespace pryv_export::convert {

namespace {

using format::bson_type;
using format::text_buffer;

/// Ill-formed on purpose: reads as one U+FFFD, which is what v1 would have stored, and is reported as such.
constexpr char unstorable = '\xff';

constexpr double max_int32 = std::numeric_limits<std::int32_t>::max();
constexpr double min_int32 = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t max_exact_integer = std::int64_t{1} << 53;

void append_utf8(text_buffer& out, std::uint32_t point)
{
    auto const tail = [&](unsigned shift) { out.append(static_cast<char>(0x80 | (point >> shift & 0x3f))); };
    if (point < 0x80) {
        out.append(static_cast<char>(point));
    } else if (point < 0x800) {
        out.append(static_cast<char>(0xc0 | point >> 6));
        tail(0);
    } else if (point < 0x10000) {
        out.append(static_cast<char>(0xe0 | point >> 12));
        tail(6);
        tail(0);
    } else {
        out.append(static_cast<char>(0xf0 | point >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

char unescaped(char letter) noexcept
{
    switch (letter) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return letter;
    }
}

/// Appends what the escape at `at` stands for and returns its end. The escape is valid.
const char* append_escape(text_buffer& out, const char* at, const char* end, bool name)
{
    if (at[1] != 'u') {
        out.append(unescaped(at[1]));
        return at + 2;
    }
    int const code = detail::hex4(at + 2, end);
    at += 6;
    if (detail::is_high_surrogate(code) && detail::low_surrogate_follows(at, end)) {
        int const low = detail::hex4(at + 2, end);
        append_utf8(out, 0x10000U + (static_cast<std::uint32_t>(code & 0x3ff) << 10 |
                                     static_cast<std::uint32_t>(low & 0x3ff)));
        return at + 6;
    }
    if ((code >= 0xd800 && code < 0xe000) || (name && code == 0))
        out.append(unstorable);
    else
        append_utf8(out, static_cast<std::uint32_t>(code));
    return at;
}

void append_unescaped(text_buffer& out, std::string_view raw, unsigned traits, bool name)
{
    if ((traits & json_escapes) == 0) return out.append(raw);
    const char* at = raw.data();
    const char* const end = at + raw.size();
    while (at != end) {
        auto const* const stop =
            static_cast<const char*>(std::memchr(at, '\\', static_cast<std::size_t>(end - at)));
        const char* const plain_end = stop != nullptr ? stop : end;
        out.append({at, static_cast<std::size_t>(plain_end - at)});
        at = stop != nullptr ? append_escape(out, stop, end, name) : end;
    }
}

/// Appends elements and, level by level, documents.
class bson_writer
{
public:
    explicit bson_writer(text_buffer& out) : out_{out} {}

    void element(bson_type type, std::string_view key)
    {
        out_.append(static_cast<char>(type));
        out_.append(key);
        out_.append('\0');
    }
    template <class T>
    void raw(T value)
    {
        std::memcpy(out_.room(sizeof value), &value, sizeof value);
        out_.advance_to(out_.data() + out_.size() + sizeof value);
    }
    void text(std::string_view key, std::string_view value)
    {
        element(bson_type::string, key);
        raw(static_cast<std::int32_t>(value.size() + 1));
        out_.append(value);
        out_.append('\0');
    }
    void boolean(std::string_view key, bool value)
    {
        element(bson_type::boolean, key);
        out_.append(value ? '\1' : '\0');
    }
    void float64(std::string_view key, double value)
    {
        element(bson_type::float64, key);
        raw(value);
    }
    /// As the Node driver stores a number: int32 when it is one (−0 is none), else a double.
    void number(std::string_view key, double value)
    {
        bool const whole = value >= min_int32 && value <= max_int32 && value == std::trunc(value) &&
                           !(value == 0 && std::signbit(value));
        if (!whole) return float64(key, value);
        element(bson_type::int32, key);
        raw(static_cast<std::int32_t>(value));
    }
    /// The same, but exact beyond 2^53.
    void integer(std::string_view key, std::int64_t value)
    {
        if (value >= -max_exact_integer && value <= max_exact_integer)
            return number(key, static_cast<double>(value));
        element(bson_type::int64, key);
        raw(value);
    }
    void binary(std::string_view key, std::span<const std::uint8_t> bytes)
    {
        element(bson_type::binary, key);
        raw(static_cast<std::int32_t>(bytes.size()));
        out_.append('\0');
        out_.append({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }

    void begin()
    {
        open_.push_back(out_.size());
        raw(std::int32_t{0});
    }
    void end()
    {
        out_.append('\0');
        auto const length = static_cast<std::int32_t>(out_.size() - open_.back());
        std::memcpy(out_.data() + open_.back(), &length, sizeof length);
        open_.pop_back();
    }

    text_buffer& out() noexcept { return out_; }

private:
    text_buffer& out_;
    std::vector<std::size_t> open_;
};

/// Writes what a JSON text holds as one element named `key`.
class json_to_bson
{
public:
    json_to_bson(bson_writer& bson, std::string_view key) : bson_{bson} { key_.append(key); }

    void begin(bool object)
    {
        bson_.element(object ? bson_type::document : bson_type::array, next_key());
        bson_.begin();
        levels_.push_back({object, 0});
    }
    void end(bool)
    {
        levels_.pop_back();
        bson_.end();
    }
    void key(std::string_view raw, unsigned traits)
    {
        key_.clear();
        append_unescaped(key_, raw, traits, true);
    }
    void string(std::string_view raw, unsigned traits)
    {
        if ((traits & json_escapes) == 0) return bson_.text(next_key(), raw);
        value_.clear();
        append_unescaped(value_, raw, traits, false);
        bson_.text(next_key(), value_.view());
    }
    void number(std::string_view raw, unsigned)
    {
        std::int64_t integer = 0;
        auto const whole = std::from_chars(raw.data(), raw.data() + raw.size(), integer);
        if (whole.ec == std::errc{} && whole.ptr == raw.data() + raw.size() && raw != "-0")
            return bson_.integer(next_key(), integer);
        bson_.number(next_key(), float_of(raw));
    }
    void literal(json_literal which)
    {
        if (which == json_literal::null)
            bson_.element(bson_type::null, next_key());
        else
            bson_.boolean(next_key(), which == json_literal::yes);
    }

private:
    struct level
    {
        bool object;
        std::uint64_t items;
    };

    std::string_view next_key()
    {
        if (levels_.empty() || levels_.back().object) return key_.view();
        auto const end =
            std::to_chars(index_.data(), index_.data() + index_.size(), levels_.back().items++).ptr;
        return {index_.data(), static_cast<std::size_t>(end - index_.data())};
    }

    static double float_of(std::string_view raw)
    {
        double value = 0;
        auto const result = std::from_chars(raw.data(), raw.data() + raw.size(), value);
        // from_chars does not say which way it is out of range; strtod gives JavaScript's ±Infinity and ±0.
        if (result.ec == std::errc::result_out_of_range)
            value = std::strtod(std::string{raw}.c_str(), nullptr);
        return value;
    }

    bson_writer& bson_;
    text_buffer key_;
    text_buffer value_;
    std::vector<level> levels_;
    std::array<char, 20> index_{};
};

enum column : std::size_t
{
    eventid,
    head_id,
    stream_ids,
    time,
    deleted,
    end_time,
    type,
    content,
    description,
    client_data,
    integrity,
    attachments,
    trashed,
    created,
    created_by,
    modified,
    modified_by,
};

using row = std::span<const format::column_value, audit_columns>;

std::string_view bytes_of(const format::column_blob& blob) noexcept
{
    return {reinterpret_cast<const char*>(blob.bytes.data()), blob.bytes.size()};
}

/// A column as it is; nothing for NULL.
void append_plain(bson_writer& bson, std::string_view key, const format::column_value& value)
{
    if (auto const* const text = text_of(value))
        bson.text(key, *text);
    else if (auto const* const integer = std::get_if<std::int64_t>(&value))
        bson.integer(key, *integer);
    else if (auto const* const real = std::get_if<double>(&value))
        bson.number(key, *real);
    else if (auto const* const blob = std::get_if<format::column_blob>(&value))
        bson.binary(key, blob->bytes);
}

/// "a b .." → [a, b]; ".." (a deletion) → nothing, as v1 reads it.
void append_stream_ids(bson_writer& bson, const format::column_value& value)
{
    auto const* const text = text_of(value);
    if (text == nullptr) return append_plain(bson, "streamIds", value);
    constexpr std::string_view tail = "..";
    auto ids = *text;
    if (ids == tail) return;
    if (ids.ends_with(" ..")) ids.remove_suffix(tail.size() + 1);
    bson.element(bson_type::array, "streamIds");
    bson.begin();
    for (std::size_t index = 0;; ++index) {
        auto const space = ids.find(' ');
        bson.text(std::to_string(index), ids.substr(0, space));
        if (space == std::string_view::npos) break;
        ids.remove_prefix(space + 1);
    }
    bson.end();
}

bool append_parsed(bson_writer& bson, std::string_view key, const format::column_value& value,
                   std::string& error)
{
    auto const* const blob = std::get_if<format::column_blob>(&value);
    auto const* const text = text_of(value);
    if (text == nullptr && blob == nullptr) return append_plain(bson, key, value), true;
    json_to_bson listener{bson, key};
    json_scanner<json_to_bson> scanner{text != nullptr ? *text : bytes_of(*blob), listener};
    if (scanner.run()) return true;
    error = std::string{key} + " is no JSON (byte " + std::to_string(scanner.offset()) + ")";
    return false;
}

void append_flag(bson_writer& bson, const format::column_value& value)
{
    auto const* const integer = std::get_if<std::int64_t>(&value);
    if (integer != nullptr && (*integer == 0 || *integer == 1))
        bson.boolean("trashed", *integer == 1);
    else
        append_plain(bson, "trashed", value);
}

/// NULL is a running period, or a deletion's absent end.
void append_end_time(bson_writer& bson, row columns)
{
    if (!is_null(columns[end_time]))
        append_plain(bson, "endTime", columns[end_time]);
    else if (!is_null(columns[time]))
        bson.element(bson_type::null, "endTime");
}

bool append_members(bson_writer& bson, row columns, std::string& error)
{
    append_plain(bson, "_id", columns[eventid]);
    append_plain(bson, "headId", columns[head_id]);
    append_stream_ids(bson, columns[stream_ids]);
    append_plain(bson, "type", columns[type]);
    if (!append_parsed(bson, "content", columns[content], error)) return false;
    append_plain(bson, "description", columns[description]);
    if (!append_parsed(bson, "attachments", columns[attachments], error)) return false;
    if (!append_parsed(bson, "clientData", columns[client_data], error)) return false;
    append_flag(bson, columns[trashed]);
    append_plain(bson, "time", columns[time]);
    append_end_time(bson, columns);
    append_plain(bson, "created", columns[created]);
    append_plain(bson, "createdBy", columns[created_by]);
    append_plain(bson, "modified", columns[modified]);
    append_plain(bson, "modifiedBy", columns[modified_by]);
    append_plain(bson, "integrity", columns[integrity]);
    append_plain(bson, "deleted", columns[deleted]);
    return true;
}

} // namespace

bool append_event_document(row columns, text_buffer& bson, std::string& error)
{
    auto const start = bson.size();
    bson_writer writer{bson};
    writer.begin();
    bool good = append_members(writer, columns, error);
    if (good) writer.end();
    if (good && bson.size() - start > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
        error = "row is longer than 2 GiB";
        good = false;
    }
    if (!good) bson.truncate(start);
    return good;
}

} // namespace pryv_export::convert
