#pragma once

#include "record_writer.hpp"

#include <optional>
#include <string>

/// What the small collections ask of a record. Internal to convert.
namespace pryv_export::convert {

/// Text of a member as v2 will read it, whatever type v1 stored; nothing when absent or null.
inline std::optional<std::string> text_of_member(record_writer& writer, std::size_t index)
{
    if (!writer.has_value(index)) return std::nullopt;
    if (writer.is_text(index)) return std::string{writer.text(index)};
    format::text_buffer json;
    format::json_notes notes = 0;
    if (format::append_value(json, *writer.get(index), format::nul_policy::replace, notes) !=
        format::bson_errc::ok)
        return std::nullopt;
    return json.view().starts_with('"') ? unescape(json.view()) : std::string{json.view()};
}

/// Whether v1 takes the record as deleted: `deleted` is anything but null. A value that v2 cannot hold must
/// not bring the record back to life: it becomes the time of the last change.
inline bool is_deleted(record_writer& writer, std::size_t deleted, std::size_t modified, std::size_t created)
{
    if (writer.has_value(deleted)) return true;
    auto const* const stored = writer.stored(deleted);
    if (stored == nullptr || stored->is_null()) return false;
    auto const change_time = writer.number(modified);
    writer.set_number(deleted, change_time ? *change_time : writer.number(created).value_or(0));
    return true;
}

/// Appends a part of a key of several texts, so that no two lists of parts give the same key.
inline void append_key_part(std::string& key, std::string_view part)
{
    key += std::to_string(part.size());
    key += ':';
    key += part;
}

} // namespace pryv_export::convert
