#include "pryv_export/convert/tables.hpp"

#include "column_text.hpp"
#include "record_writer.hpp"

#include <optional>

namespace pryv_export::convert {

namespace {

constexpr std::string_view unique_prefix = "user-unique/";
constexpr std::string_view indexed_prefix = "user-indexed/";
// Rows have no configuration of their own: the limits are v2's.
constexpr line_limits limits{};

struct platform_entry
{
    bool unique = false;
    std::string_view field;
    std::string_view username;
    std::string_view value;
};

/// nullopt for keys that v2 does not know, or with an empty part.
std::optional<platform_entry> parse(std::string_view key, std::string_view value)
{
    bool const unique = key.starts_with(unique_prefix);
    if (!unique && !key.starts_with(indexed_prefix)) return std::nullopt;
    auto const rest = key.substr(unique ? unique_prefix.size() : indexed_prefix.size());
    auto const slash = rest.find('/');
    if (slash == 0 || slash == std::string_view::npos) return std::nullopt;
    // A value may hold slashes: everything behind the second one belongs to it.
    auto const last = rest.substr(slash + 1);
    platform_entry const entry{unique, rest.substr(0, slash), unique ? value : last, unique ? last : value};
    if (last.empty() || entry.username.empty()) return std::nullopt;
    return entry;
}

void append_text(format::text_buffer& out, std::string_view prefix, std::string_view text,
                 format::json_notes& notes)
{
    out.append(prefix);
    format::append_string(out, text, format::nul_policy::replace, notes);
}

format::json_notes append_row_line(format::text_buffer& lines, std::string_view key, std::string_view value)
{
    format::json_notes notes = 0;
    if (auto const entry = parse(key, value)) {
        lines.append(entry->unique ? "{\"isUnique\":true" : "{\"isUnique\":false");
        append_text(lines, ",\"field\":", entry->field, notes);
        append_text(lines, ",\"username\":", entry->username, notes);
        append_text(lines, ",\"value\":", entry->value, notes);
    } else {
        append_text(lines, "{\"key\":", key, notes);
        append_text(lines, ",\"value\":", value, notes);
    }
    lines.append("}\n");
    return notes;
}

/// Rules of a line of `line_bytes` about v2's key of `key_bytes`; those that set the row aside come first.
std::vector<rule> rules_of(std::size_t key_bytes, std::size_t line_bytes, format::json_notes notes)
{
    std::vector<rule> all;
    if (key_bytes > limits.index_text_bytes) all.push_back(rule::text_too_long);
    if (line_bytes > limits.line_bytes) all.push_back(rule::line_too_long);
    if (format::has(notes, format::json_note::nul)) all.push_back(rule::nul);
    if (format::has(notes, format::json_note::invalid_utf8)) all.push_back(rule::utf8);
    return all;
}

/// What a document of keyValueUnique or keyValueIndexed says.
struct document_members
{
    std::optional<format::bson_element> field;
    std::optional<format::bson_element> username;
    std::optional<format::bson_element> value;
};

document_members read_members(format::bson_bytes document)
{
    document_members members;
    format::bson_reader reader{document};
    for (format::bson_element each; reader.next(each);) { // the last of a name counts
        if (each.key == "field") members.field = each;
        if (each.key == "username") members.username = each;
        if (each.key == "value") members.value = each;
    }
    return members;
}

bool is_text(const std::optional<format::bson_element>& element)
{
    return element && element->is_string() && !element->text().empty();
}

std::string id_of(const document_members& members)
{
    std::string id;
    if (is_text(members.field)) id += members.field->text();
    id += '/';
    if (is_text(members.username)) id += members.username->text();
    return id;
}

/// v2 binds the value to a text column: strings and numbers as they are, anything else as its JSON text.
/// False when that changes it.
bool append_value(format::text_buffer& lines, const format::bson_element& value, format::json_notes& notes)
{
    if (value.is_string() || value.is_number()) {
        format::append_value(lines, value, format::nul_policy::replace, notes);
        return true;
    }
    format::text_buffer json;
    format::append_value(json, value, format::nul_policy::replace, notes);
    format::append_string(lines, json.view(), format::nul_policy::replace, notes);
    return false;
}

/// Counts the line that begins at `start`, or takes it back. True when its original belongs to extra.
bool settle(std::size_t start, std::span<const rule> all, std::string_view id, output& out)
{
    for (rule each : all) out.notes.add(each, id);
    bool const refused =
        !all.empty() && (all.front() == rule::text_too_long || all.front() == rule::line_too_long);
    if (refused) {
        out.lines.truncate(start);
        ++out.counts.set_aside;
    } else {
        ++out.line_count;
        ++(all.empty() ? out.counts.written : out.counts.changed);
    }
    return !all.empty();
}

void fail(format::bson_bytes document, format::bson_errc error, output& out)
{
    out.notes.add(rule::unreadable, {}, format::describe(error));
    append_extra_line(out, std::array{rule::unreadable}, kind::platform, {}, document);
    ++out.counts.failed;
}

} // namespace

void append_platform_row(std::string_view key, std::string_view value, output& out)
{
    ++out.counts.source;
    auto const start = out.lines.size();
    auto const notes = append_row_line(out.lines, key, value);
    bool const known = parse(key, value).has_value();
    if (!known) out.notes.add(rule::unknown_platform_key, key);
    auto const all = rules_of(known ? key.size() : 0, out.lines.size() - start, notes);
    if (!settle(start, all, key, out)) return;
    format::text_buffer id;
    format::json_notes id_notes = 0;
    format::append_string(id, key, format::nul_policy::replace, id_notes);
    append_extra_row(out, all, kind::platform, id.view(),
                     std::array{named_column{"key", format::column_text{key}},
                                named_column{"value", format::column_text{value}}});
}

void append_platform_document(format::bson_bytes document, bool unique, output& out)
{
    ++out.counts.source;
    if (auto const error = format::validate(document); error != format::bson_errc::ok)
        return fail(document, error, out);
    auto const members = read_members(document);
    auto const id = id_of(members);
    format::text_buffer id_json;
    format::json_notes notes = 0;
    format::append_string(id_json, id, format::nul_policy::replace, notes);
    if (!is_text(members.field) || !is_text(members.username) || !members.value || members.value->is_null()) {
        out.notes.add(rule::unattributable, id, "field, username or value is missing");
        append_extra_line(out, std::array{rule::unattributable}, kind::platform, id_json.view(), document);
        ++out.counts.set_aside;
        return;
    }
    notes = 0;
    auto const start = out.lines.size();
    out.lines.append(unique ? "{\"isUnique\":true" : "{\"isUnique\":false");
    append_text(out.lines, ",\"field\":", members.field->text(), notes);
    append_text(out.lines, ",\"username\":", members.username->text(), notes);
    out.lines.append(",\"value\":");
    auto const value_start = out.lines.size();
    bool const as_stored = append_value(out.lines, *members.value, notes);
    auto const value_bytes = out.lines.size() - value_start;
    out.lines.append("}\n");
    auto const key_bytes = indexed_prefix.size() + members.field->text().size() + 1 +
                           (unique ? value_bytes : members.username->text().size());
    auto all = rules_of(key_bytes, out.lines.size() - start, notes);
    if (!as_stored) all.push_back(rule::odd_value);
    if (settle(start, all, id, out)) append_extra_line(out, all, kind::platform, id_json.view(), document);
}

} // namespace pryv_export::convert
