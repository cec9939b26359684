#include "column_text.hpp"

#include "pryv_export/format/digest.hpp"

#include <charconv>
#include <cmath>

namespace pryv_export::convert {

namespace {

/// `,"name":` or, for the first, `"name":`.
void append_name(format::text_buffer& out, std::string_view name, bool first)
{
    if (!first) out.append(',');
    out.append('"');
    out.append(name);
    out.append("\":");
}

void append_rules(format::text_buffer& out, std::span<const rule> rules)
{
    out.append("{\"rule\":\"");
    out.append(name_of(rules.front()));
    out.append('"');
    if (rules.size() == 1) return;
    out.append(",\"rules\":[");
    for (std::size_t i = 0; i < rules.size(); ++i) {
        out.append(i == 0 ? "\"" : ",\"");
        out.append(name_of(rules[i]));
        out.append('"');
    }
    out.append(']');
}

bool is_well_formed(const format::column_value& value, format::text_buffer& scratch)
{
    auto const* const text = text_of(value);
    if (text == nullptr) return true;
    scratch.clear();
    format::json_notes notes = 0;
    format::append_string(scratch, *text, format::nul_policy::escape, notes);
    return !format::has(notes, format::json_note::invalid_utf8);
}

void append_ill_formed(format::text_buffer& out, std::span<const named_column> columns)
{
    format::text_buffer scratch;
    bool first = true;
    for (auto const& column : columns) {
        if (is_well_formed(column.value, scratch)) continue;
        if (first) out.append(",\"bytes\":{");
        append_name(out, column.name, first);
        first = false;
        auto const text = *text_of(column.value);
        out.append('"');
        out.append(format::base64({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
        out.append('"');
    }
    if (!first) out.append('}');
}

} // namespace

void append_blob(format::text_buffer& out, std::span<const std::uint8_t> bytes)
{
    out.append("{\"type\":\"Buffer\",\"data\":[");
    char* at = out.room(4 * bytes.size() + 2);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i != 0) *at++ = ',';
        at = std::to_chars(at, at + 3, bytes[i]).ptr;
    }
    *at++ = ']';
    *at++ = '}';
    out.advance_to(at);
}

void append_column(format::text_buffer& out, const format::column_value& value, format::json_notes& notes)
{
    if (auto const* const text = text_of(value))
        format::append_string(out, *text, format::nul_policy::escape, notes);
    else if (auto const* const integer = std::get_if<std::int64_t>(&value))
        format::append_integer(out, *integer);
    else if (auto const* const real = std::get_if<double>(&value))
        format::append_number(out, *real, notes);
    else if (auto const* const blob = std::get_if<format::column_blob>(&value))
        append_blob(out, blob->bytes);
    else
        out.append("null");
}

void append_extra_row(output& out, std::span<const rule> rules, kind which, std::string_view id_json,
                      std::span<const named_column> columns)
{
    auto& extra = out.extra;
    append_rules(extra, rules);
    extra.append(",\"kind\":\"");
    extra.append(name_of(which));
    extra.append("\",\"id\":");
    extra.append(id_json);
    extra.append(",\"record\":{");
    format::json_notes notes = 0;
    for (auto const& column : columns) {
        append_name(extra, column.name, &column == columns.data());
        append_column(extra, column.value, notes);
    }
    extra.append('}');
    if (format::has(notes, format::json_note::invalid_utf8)) append_ill_formed(extra, columns);
    extra.append("}\n");
    ++out.extra_count;
}

} // namespace pryv_export::convert
