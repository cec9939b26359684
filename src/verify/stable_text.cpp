#include "stable_text.hpp"

#include "pryv_export/format/digest.hpp"
#include "pryv_export/format/stable_json.hpp"

#include <algorithm>
#include <cmath>

namespace pryv_export::verify {

namespace {

bool is_one_of(std::string_view key, std::initializer_list<std::string_view> names)
{
    return std::find(names.begin(), names.end(), key) != names.end();
}

} // namespace

integrity_hasher::members& integrity_hasher::level(unsigned depth)
{
    if (levels_.size() <= depth) levels_.resize(depth + 1);
    levels_[depth].clear();
    return levels_[depth];
}

std::string_view integrity_hasher::text_of(json_value key)
{
    if ((key.traits() & json_escapes) == 0) return key.raw();
    unescaped_.push_back(key.string());
    return unescaped_.back();
}

void integrity_hasher::append_number(json_value number)
{
    if ((number.traits() & json_printed) != 0)
        text_.append(number.raw());
    else
        format::append_stable_number(text_, number.number());
}

void integrity_hasher::append_key(std::string_view key)
{
    format::append_stable_string(text_, key, format::nul_policy::escape);
    text_.append(':');
}

void integrity_hasher::append_members(members& of, unsigned depth)
{
    std::sort(of.begin(), of.end(),
              [](const member& a, const member& b) { return format::compare_utf16(a.key, b.key) < 0; });
    text_.append('{');
    bool first = true;
    for (const member& each : of) {
        if (!first) text_.append(',');
        first = false;
        append_key(each.key);
        if (each.number != nullptr)
            format::append_stable_number(text_, *each.number);
        else if (each.attachments)
            append_attachments(each.value, depth + 1);
        else
            append(each.value, depth + 1);
    }
    text_.append('}');
}

void integrity_hasher::append_object(json_value object, unsigned depth)
{
    members& of = level(depth);
    object.each_member([&](json_value key, json_value value) {
        bool const left_out = value.is_null() || (value.traits() & json_infinite) != 0;
        if (!left_out) of.push_back({text_of(key), value});
    });
    append_members(levels_[depth], depth);
}

void integrity_hasher::append(json_value value, unsigned depth)
{
    switch (value.kind()) {
    case json_kind::null: text_.append("null"); return;
    case json_kind::no: text_.append("false"); return;
    case json_kind::yes: text_.append("true"); return;
    case json_kind::number:
        if ((value.traits() & json_infinite) != 0)
            text_.append("null");
        else
            append_number(value);
        return;
    case json_kind::string:
        format::append_stable_string(text_, value.text(scratch_), format::nul_policy::escape);
        return;
    case json_kind::object: append_object(value, depth); return;
    case json_kind::array: break;
    }
    text_.append('[');
    bool first = true;
    value.each_item([&](json_value item) {
        if (!first) text_.append(',');
        first = false;
        append(item, depth + 1);
    });
    text_.append(']');
}

void integrity_hasher::append_attachments(json_value attachments, unsigned depth)
{
    if (!attachments.is(json_kind::array)) return append(attachments, depth);
    text_.append('[');
    bool first = true;
    attachments.each_item([&](json_value item) {
        if (!first) text_.append(',');
        first = false;
        append_attachment(item, depth + 1);
    });
    text_.append(']');
}

void integrity_hasher::append_attachment(json_value item, unsigned depth)
{
    if (!item.is(json_kind::object)) return append(item, depth);
    members& of = level(depth);
    item.each_member([&](json_value key, json_value value) {
        std::string_view const name = text_of(key);
        if (!value.is_null() && name != "readToken") of.push_back({name, value});
    });
    append_members(of, depth);
}

integrity_hasher::verdict integrity_hasher::check(std::string_view kind, json_value integrity) const
{
    if (!integrity || integrity.is_null()) return verdict::absent;
    if (!integrity.is(json_kind::string)) return verdict::unknown_form;
    std::string_view const stored = integrity.raw();
    std::size_t const dash = stored.find('-');
    format::digest_algorithm algorithm{};
    if (!stored.starts_with(kind) || dash == stored.npos ||
        !format::parse(stored.substr(kind.size(), dash - kind.size()), algorithm))
        return verdict::unknown_form;
    std::string const computed = format::base64(format::digest_of(algorithm, text_.view()).view());
    if (stored.substr(dash + 1) != computed) return verdict::wrong;
    return algorithm == format::digest_algorithm::sha256 ? verdict::right : verdict::right_otherwise;
}

namespace {

/// endTime − time; 0 when v2 leaves it out.
double duration_of(json_value time, json_value end) noexcept
{
    if (!time || !end || !time.is(json_kind::number) || !end.is(json_kind::number)) return 0;
    double const duration = end.number() - time.number();
    return std::isfinite(duration) ? duration : 0;
}

/// Members of an event that are hashed, in the order of their names.
struct hashed_column
{
    std::string_view quoted;
    event_column column;
};
constexpr hashed_column before_duration[] = {
    {"\"attachments\":", event_attachments}, {"\"clientData\":", event_client_data},
    {"\"content\":", event_content},         {"\"created\":", event_created},
    {"\"createdBy\":", event_created_by},    {"\"deleted\":", event_deleted},
    {"\"description\":", event_description}};
constexpr hashed_column behind_duration[] = {
    {"\"modified\":", event_modified},    {"\"modifiedBy\":", event_modified_by},
    {"\"streamIds\":", event_stream_ids}, {"\"time\":", event_time},
    {"\"trashed\":", event_trashed},      {"\"type\":", event_type}};

} // namespace

void integrity_hasher::write_known_member(std::string_view quoted, json_value value)
{
    if (!value || value.is_null() || (value.traits() & json_infinite) != 0) return;
    if (text_.size() > 1) text_.append(',');
    text_.append(quoted);
    append(value, 1);
}

/// The usual case: names are known, so nothing is sorted.
void integrity_hasher::write_event(const record_members& event)
{
    text_.append('{');
    for (const auto& [quoted, column] : before_duration) {
        if (column != event_attachments || !event.has_value(column)) {
            write_known_member(quoted, event[column]);
        } else {
            text_.append(quoted);
            append_attachments(event[column], 1);
        }
    }
    if (double const duration = duration_of(event[event_time], event[event_end_time]); duration != 0) {
        text_.append(text_.size() > 1 ? ",\"duration\":" : "\"duration\":");
        format::append_stable_number(text_, duration);
    }
    json_value const head = event[event_head_id];
    write_known_member("\"id\":", head && head.is(json_kind::string) ? head : event[event_id]);
    for (const auto& [quoted, column] : behind_duration) {
        if (column != event_trashed || !event[column] || !event[column].is(json_kind::no))
            write_known_member(quoted, event[column]);
    }
    text_.append('}');
}

void integrity_hasher::write_irregular_event(json_value event)
{
    members& of = level(0);
    json_value time;
    json_value end;
    json_value head;
    event.each_member([&](json_value key, json_value value) {
        std::string_view const name = text_of(key);
        if (name == "headId" && value.is(json_kind::string)) head = value;
        if (name == "time") time = value;
        if (name == "endTime") end = value;
        bool const dropped = is_one_of(name, {"integrity", "headId", "tags", "endTime"}) || value.is_null() ||
                             (name == "trashed" && value.is(json_kind::no));
        if (!dropped) of.push_back({name, value, nullptr, name == "attachments"});
    });
    for (member& each : of)
        if (head && each.key == "id") each.value = head;
    double const duration = duration_of(time, end);
    if (duration != 0) of.push_back({"duration", {}, &duration});
    append_members(of, 0);
}

integrity_hasher::verdict integrity_hasher::check_event(json_value event, const record_members& known)
{
    unescaped_.clear();
    text_.clear();
    if (known.regular())
        write_event(known);
    else
        write_irregular_event(event);
    return check("EVENT:0:", known[event_integrity]);
}

integrity_hasher::verdict integrity_hasher::check_access(json_value access)
{
    unescaped_.clear();
    text_.clear();
    members& of = level(0);
    json_value integrity;
    access.each_member([&](json_value key, json_value value) {
        std::string_view const name = text_of(key);
        if (name == "integrity") integrity = value;
        if (!is_one_of(name, {"integrity", "lastUsed", "calls", "apiEndpoint"}) && !value.is_null())
            of.push_back({name, value});
    });
    append_members(of, 0);
    return check("ACCESS:0:", integrity);
}

} // namespace pryv_export::verify
