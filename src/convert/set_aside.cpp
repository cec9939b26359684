#include "pryv_export/convert/collections.hpp"
#include "pryv_export/format/digest.hpp"
#include "pryv_export/format/json_writer.hpp"

namespace pryv_export::convert {

namespace {

/// The text of `_id`, for the line and for the report; empty when there is none.
format::text_buffer id_of(format::bson_bytes document)
{
    format::text_buffer id;
    format::json_notes notes = 0;
    if (auto const element = format::find(document, "_id"); element && !element->is_null())
        if (format::append_id(id, *element, format::nul_policy::replace, notes) != format::bson_errc::ok)
            id.clear();
    return id;
}

std::string_view without_quotes(std::string_view json) noexcept
{
    return json.size() >= 2 && json.front() == '"' ? json.substr(1, json.size() - 2) : json;
}

void append_bytes(format::text_buffer& extra, format::bson_bytes document)
{
    extra.append(",\"bson\":\"");
    extra.append(format::base64(document));
    extra.append('"');
}

} // namespace

void set_aside(const record& which, std::string_view kind_name, rule why, output& out)
{
    ++out.counts.source;
    auto const damage = format::validate(which.bson);
    bool const readable = damage == format::bson_errc::ok;
    auto const id = readable ? id_of(which.bson) : format::text_buffer{};
    rule const named = readable ? why : rule::unreadable;

    auto& extra = out.extra;
    format::json_notes notes = 0;
    extra.append("{\"rule\":\"");
    extra.append(name_of(named));
    extra.append("\",\"kind\":");
    format::append_string(extra, kind_name, format::nul_policy::replace, notes);
    extra.append(",\"id\":");
    extra.append(id.empty() ? "null" : id.view());
    if (readable) {
        notes = 0;
        extra.append(",\"record\":");
        format::append_document(extra, which.bson, format::nul_policy::escape, notes);
    }
    if (!readable || format::has(notes, format::json_note::invalid_utf8)) append_bytes(extra, which.bson);
    extra.append("}\n");
    ++out.extra_count;

    ++(readable ? out.counts.set_aside : out.counts.failed);
    std::string detail{readable ? kind_name : format::describe(damage)};
    if (!readable) detail.insert(0, "offset " + std::to_string(which.position) + ": ");
    out.notes.add(named, without_quotes(id.view()), detail);
}

} // namespace pryv_export::convert
