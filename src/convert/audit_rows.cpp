#include "pryv_export/convert/tables.hpp"
#include "pryv_export/format/digest.hpp"

#include "column_text.hpp"
#include "json_check.hpp"
#include "record_writer.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

namespace pryv_export::convert {

namespace {

/// What v2's audit tables hold in a column.
enum class column_class : std::uint8_t
{
    text,
    indexed_text,
    number,
    json,
    flag
};

/// Text in front of a value, padded so that it is copied in one move.
class prefix_text
{
public:
    template <std::size_t Size>
    consteval prefix_text(const char (&text)[Size]) : size_{Size - 1}
    {
        static_assert(Size - 1 <= block);
        std::copy_n(text, Size - 1, bytes_.begin());
    }
    void append_to(format::text_buffer& out) const
    {
        char* const to = out.room(block);
        std::memcpy(to, bytes_.data(), block);
        out.advance_to(to + size_);
    }

private:
    static constexpr std::size_t block = 16;
    std::array<char, block> bytes_{};
    std::size_t size_;
};

struct audit_column
{
    std::string_view name;
    column_class what;
    prefix_text prefix;
};

constexpr std::size_t id_column = 0;
constexpr std::array<audit_column, audit_columns> union_columns{{
    {"eventid", column_class::indexed_text, "{\"eventid\":"},
    {"headId", column_class::text, ",\"headId\":"},
    {"streamIds", column_class::text, ",\"streamIds\":"},
    {"time", column_class::number, ",\"time\":"},
    {"deleted", column_class::number, ",\"deleted\":"},
    {"endTime", column_class::number, ",\"endTime\":"},
    {"type", column_class::indexed_text, ",\"type\":"},
    {"content", column_class::json, ",\"content\":"},
    {"description", column_class::text, ",\"description\":"},
    {"clientData", column_class::json, ",\"clientData\":"},
    {"integrity", column_class::text, ",\"integrity\":"},
    {"attachments", column_class::json, ",\"attachments\":"},
    {"trashed", column_class::flag, ",\"trashed\":"},
    {"created", column_class::number, ",\"created\":"},
    {"createdBy", column_class::indexed_text, ",\"createdBy\":"},
    {"modified", column_class::number, ",\"modified\":"},
    {"modifiedBy", column_class::indexed_text, ",\"modifiedBy\":"},
}};

/// The same values again, as v2's PostgreSQL engine names them.
struct second_name
{
    std::size_t column;
    prefix_text prefix;
};
constexpr std::array<second_name, 6> second_names{{
    {1, ",\"head_id\":"},
    {2, ",\"stream_ids\":"},
    {5, ",\"end_time\":"},
    {9, ",\"client_data\":"},
    {14, ",\"created_by\":"},
    {16, ",\"modified_by\":"},
}};

constexpr std::int64_t max_exact_integer = std::int64_t{1} << 53;

// Rows have no configuration of their own: the limits are v2's.
constexpr std::size_t index_text_bytes = line_limits{}.index_text_bytes;
constexpr std::size_t line_bytes = line_limits{}.line_bytes;

/// Rules that a row can meet, the most severe first.
constexpr std::array row_rules{
    rule::duplicate_id, rule::text_too_long, rule::line_too_long, rule::odd_value,    rule::not_finite,
    rule::nul,          rule::utf8,          rule::audit_id_made, rule::wide_integer,
};

/// Rules of one row as bits, each with the column that was met first.
class row_findings
{
public:
    void add(rule which, std::size_t column) noexcept
    {
        auto const at = position(which);
        if ((bits_ >> at & 1U) == 0) columns_[at] = column;
        bits_ |= 1U << at;
    }
    void add(format::json_notes notes, std::size_t column) noexcept
    {
        if (format::has(notes, format::json_note::nul)) add(rule::nul, column);
        if (format::has(notes, format::json_note::invalid_utf8)) add(rule::utf8, column);
    }
    bool any() const noexcept { return bits_ != 0; }
    bool has(rule which) const noexcept { return (bits_ >> position(which) & 1U) != 0; }

    std::vector<rule> list() const
    {
        std::vector<rule> all;
        for (rule each : row_rules)
            if (has(each)) all.push_back(each);
        return all;
    }
    std::string_view column_of(rule which) const noexcept
    {
        return union_columns[columns_[position(which)]].name;
    }

private:
    static constexpr unsigned position(rule which) noexcept
    {
        unsigned at = 0;
        while (row_rules[at] != which) ++at;
        return at;
    }

    unsigned bits_ = 0;
    std::array<std::size_t, row_rules.size()> columns_{};
};

template <class T>
void append_little_endian(format::text_buffer& out, T value)
{
    std::array<char, sizeof value> bytes;
    std::memcpy(bytes.data(), &value, sizeof value);
    if constexpr (std::endian::native == std::endian::big) std::reverse(bytes.begin(), bytes.end());
    out.append({bytes.data(), bytes.size()});
}

void append_hash_input(format::text_buffer& out, const format::column_value& value)
{
    out.append(static_cast<char>(value.index()));
    if (auto const* const integer = std::get_if<std::int64_t>(&value))
        append_little_endian(out, *integer);
    else if (auto const* const real = std::get_if<double>(&value))
        append_little_endian(out, std::bit_cast<std::uint64_t>(*real));
    else if (auto const* const text = text_of(value)) {
        append_little_endian(out, static_cast<std::uint64_t>(text->size()));
        out.append(*text);
    } else if (auto const* const blob = std::get_if<format::column_blob>(&value)) {
        append_little_endian(out, static_cast<std::uint64_t>(blob->bytes.size()));
        out.append({reinterpret_cast<const char*>(blob->bytes.data()), blob->bytes.size()});
    }
}

/// A JSON text whose escapes that JSONB refuses became \ufffd.
void append_repaired(format::text_buffer& out, std::string_view json)
{
    const char* at = json.data();
    const char* const end = at + json.size();
    while (at != end) {
        if (*at != '\\') {
            out.append(*at++);
            continue;
        }
        int const code = at[1] == 'u' ? detail::hex4(at + 2, end) : -1;
        bool const pair = detail::is_high_surrogate(code) && detail::low_surrogate_follows(at + 6, end);
        std::ptrdiff_t const size = code < 0 ? 2 : pair ? 12 : 6;
        bool const refused = code == 0 || (!pair && code >= 0xd800 && code < 0xe000);
        out.append(refused ? std::string_view{"\\ufffd"}
                           : std::string_view{at, static_cast<std::size_t>(size)});
        at += size;
    }
}

/// Writes one row. Values are noted as they are met; what happens to the row is decided behind the last.
class row_writer
{
public:
    row_writer(std::int64_t rowid, std::span<const format::column_value, audit_columns> columns,
               audit_ids* seen, output& out) noexcept
        : rowid_{rowid}, columns_{columns}, seen_{seen}, out_{out}, lines_{out.lines},
          start_{out.lines.size()}
    {
    }

    void write()
    {
        ++out_.counts.source;
        append_id();
        for (std::size_t i = 1; i < audit_columns; ++i) append_value(i);
        for (auto const& [column, prefix] : second_names) {
            prefix.append_to(lines_);
            append_again(column);
        }
        lines_.append("}\n");
        if (lines_.size() - start_ > line_bytes) met_.add(rule::line_too_long, id_column);
        if (seen_ != nullptr && !is_outsize() && !seen_->insert(id_json()))
            met_.add(rule::duplicate_id, id_column);
        if (!met_.any()) {
            ++out_.counts.written;
            ++out_.line_count;
        } else {
            finish_odd_row();
        }
    }

private:
    struct place
    {
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    static format::text_buffer& scratch()
    {
        thread_local format::text_buffer buffer;
        buffer.clear();
        return buffer;
    }

    void append_id()
    {
        union_columns[id_column].prefix.append_to(lines_);
        places_[id_column].begin = lines_.size();
        auto const& id = columns_[id_column];
        if (is_null(id) || std::holds_alternative<format::column_blob>(id)) {
            if (!is_null(id)) met_.add(rule::odd_value, id_column);
            append_made_id();
        } else {
            append_text(id_column);
            // Two ids that differ in ill-formed bytes only would become one, which v2 refuses.
            if (met_.has(rule::nul) || met_.has(rule::utf8)) {
                lines_.truncate(places_[id_column].begin);
                append_made_id();
            }
        }
        places_[id_column].end = lines_.size();
    }

    /// "a" and the first 24 hex digits of SHA-256 over: rowid (8 bytes, little-endian), then for each of the
    /// other columns in v1's order one tag byte (0 NULL, 1 INTEGER, 2 REAL, 3 TEXT, 4 BLOB) and for INTEGER 8
    /// bytes, for REAL 8 bytes (IEEE 754), for TEXT and BLOB the length in 8 bytes and the bytes; numbers
    /// little-endian. Depends on nothing else, so that each export gives a row the same id.
    void append_made_id()
    {
        met_.add(rule::audit_id_made, id_column);
        auto& input = scratch();
        append_little_endian(input, rowid_);
        for (auto const& column : columns_.subspan<1>()) append_hash_input(input, column);
        auto const hash = format::digest_of(format::digest_algorithm::sha256, input.view());
        lines_.append("\"a");
        lines_.append(format::hex(hash.view().first(12)));
        lines_.append('"');
    }

    void append_value(std::size_t column)
    {
        union_columns[column].prefix.append_to(lines_);
        places_[column].begin = lines_.size();
        if (is_null(columns_[column]))
            lines_.append("null");
        else
            switch (union_columns[column].what) {
            case column_class::text:
            case column_class::indexed_text: append_text(column); break;
            case column_class::number: append_number(column); break;
            case column_class::json: append_json(column); break;
            case column_class::flag: append_flag(column); break;
            }
        places_[column].end = lines_.size();
    }

    /// Copies a value that is in this row already.
    void append_again(std::size_t column)
    {
        auto const [begin, end] = places_[column];
        char* const to = lines_.room(end - begin);
        std::memcpy(to, lines_.data() + begin, end - begin);
        lines_.advance_to(to + (end - begin));
    }

    void append_text(std::size_t column)
    {
        auto const* const text = text_of(columns_[column]);
        if (text == nullptr) return append_number_or_blob(column);
        format::json_notes notes = 0;
        auto const before = lines_.size();
        format::append_string(lines_, *text, format::nul_policy::replace, notes);
        if (notes != 0) met_.add(notes, column);
        if (union_columns[column].what == column_class::indexed_text && text->size() > index_text_bytes / 3 &&
            is_too_long(*text, lines_.size() - before))
            met_.add(rule::text_too_long, column);
    }

    /// written: bytes with quotes and escapes, at least those of the repaired text.
    bool is_too_long(std::string_view text, std::size_t written) const noexcept
    {
        bool const repaired = met_.has(rule::nul) || met_.has(rule::utf8);
        return text.size() > index_text_bytes || (repaired && written > index_text_bytes);
    }

    void append_number_or_blob(std::size_t column)
    {
        auto const* const blob = std::get_if<format::column_blob>(&columns_[column]);
        if (blob == nullptr) return append_number(column);
        // v2's SQLite engine binds no objects: the JSON text of what Node prints.
        met_.add(rule::odd_value, column);
        auto& text = scratch();
        append_blob(text, blob->bytes);
        format::json_notes notes = 0;
        format::append_string(lines_, text.view(), format::nul_policy::replace, notes);
    }

    void append_number(std::size_t column)
    {
        auto const& value = columns_[column];
        if (auto const* const real = std::get_if<double>(&value)) {
            append_real(*real, column);
        } else if (auto const* const integer = std::get_if<std::int64_t>(&value)) {
            if (*integer > max_exact_integer || *integer < -max_exact_integer)
                met_.add(rule::wide_integer, column);
            format::append_integer(lines_, *integer);
        } else {
            met_.add(rule::odd_value, column);
            append_number_of_text(column);
        }
    }

    void append_real(double value, std::size_t column)
    {
        if (!std::isfinite(value)) {
            met_.add(rule::not_finite, column);
            lines_.append("null");
        } else if (value == 0) {
            lines_.append('0'); // -0 as Node prints it
        } else if (value == last_real_) {
            append_again(last_real_column_); // time, endTime, created and modified are one and the same in v1
        } else {
            format::json_notes notes = 0;
            format::append_number(lines_, value, notes);
            last_real_ = value;
            last_real_column_ = column;
        }
    }

    /// A number as it stands in a text; null when it is none.
    void append_number_of_text(std::size_t column)
    {
        double value = 0;
        auto const* const text = text_of(columns_[column]);
        if (text != nullptr && !text->empty()) {
            const char* const end = text->data() + text->size();
            auto const result = std::from_chars(text->data(), end, value);
            if (result.ec == std::errc{} && result.ptr == end && std::isfinite(value)) {
                format::json_notes notes = 0;
                return format::append_number(lines_, value, notes);
            }
        }
        lines_.append("null");
    }

    void append_json(std::size_t column)
    {
        auto const* const text = text_of(columns_[column]);
        if (text == nullptr) return append_json_of_other(column);
        auto const [valid, traits] = check_json(*text);
        format::json_notes notes = 0;
        if (!valid || (traits & json_wide_number) != 0) {
            met_.add(rule::odd_value, column);
            auto& encoded = scratch();
            format::append_string(encoded, *text, format::nul_policy::replace, notes);
            met_.add(notes, column);
            format::append_string(lines_, encoded.view(), format::nul_policy::replace, notes);
            return;
        }
        if ((traits & (json_nul_escape | json_lone_surrogate)) != 0) {
            if ((traits & json_nul_escape) != 0) met_.add(rule::nul, column);
            if ((traits & json_lone_surrogate) != 0) met_.add(rule::utf8, column);
            auto& repaired = scratch();
            append_repaired(repaired, *text);
            format::append_string(lines_, repaired.view(), format::nul_policy::replace, notes);
        } else {
            format::append_string(lines_, *text, format::nul_policy::replace, notes);
        }
        if (notes != 0) met_.add(notes, column);
    }

    /// An INTEGER, REAL or BLOB where JSON text belongs: its own JSON as text.
    void append_json_of_other(std::size_t column)
    {
        if (std::holds_alternative<format::column_blob>(columns_[column]))
            return append_number_or_blob(column);
        met_.add(rule::odd_value, column);
        auto const begin = lines_.size();
        lines_.append('"');
        append_number(column);
        if (met_.has(rule::not_finite)) {
            lines_.truncate(begin);
            lines_.append("null");
        } else {
            lines_.append('"');
        }
        last_real_ = 0; // its text is not a number in this row
    }

    /// v1 takes exactly 1 as true; v2's PostgreSQL engine takes 0 and 1 only.
    void append_flag(std::size_t column)
    {
        auto const* const integer = std::get_if<std::int64_t>(&columns_[column]);
        auto const* const real = std::get_if<double>(&columns_[column]);
        bool const one = (integer != nullptr && *integer == 1) || (real != nullptr && *real == 1);
        bool const zero = (integer != nullptr && *integer == 0) || (real != nullptr && *real == 0);
        if (!one && !zero) met_.add(rule::odd_value, column);
        lines_.append(one ? '1' : '0');
    }

    /// v2 cannot take it, so it never gets that far.
    bool is_outsize() const noexcept
    {
        return met_.has(rule::text_too_long) || met_.has(rule::line_too_long);
    }

    std::string_view id_json() const
    {
        return lines_.view().substr(places_[0].begin, places_[0].end - places_[0].begin);
    }

    /// For the report: the id as in the source, else the row.
    std::string id_for_report() const
    {
        auto const* const text = text_of(columns_[id_column]);
        return text != nullptr ? std::string{*text} : "row " + std::to_string(rowid_);
    }

    void finish_odd_row()
    {
        auto const all = met_.list();
        auto const id = id_for_report();
        for (rule each : all) out_.notes.add(each, id, met_.column_of(each));
        if (is_outsize() || met_.has(rule::duplicate_id)) {
            append_original(all);
            lines_.truncate(start_);
            ++out_.counts.set_aside;
            return;
        }
        bool const as_stored = all.size() == 1 && all.front() == rule::wide_integer;
        bool const id_only = all.front() == rule::audit_id_made;
        if (!as_stored && !id_only) append_original(all);
        ++(as_stored ? out_.counts.written : out_.counts.changed);
        ++out_.line_count;
    }

    void append_original(std::span<const rule> all)
    {
        std::array<named_column, audit_columns + 1> original;
        original[0] = {"rowid", rowid_};
        for (std::size_t i = 0; i < audit_columns; ++i)
            original[i + 1] = {union_columns[i].name, columns_[i]};
        append_extra_row(out_, all, kind::audit, id_json(), original);
    }

    std::int64_t rowid_;
    std::span<const format::column_value, audit_columns> columns_;
    audit_ids* seen_;
    output& out_;
    format::text_buffer& lines_;
    std::size_t start_;
    std::array<place, audit_columns> places_{};
    row_findings met_;
    double last_real_ = 0;
    std::size_t last_real_column_ = 0;
};

} // namespace

void append_audit_row(std::int64_t rowid, std::span<const format::column_value, audit_columns> columns,
                      audit_ids* seen, output& out)
{
    row_writer{rowid, columns, seen, out}.write();
}

} // namespace pryv_export::convert
