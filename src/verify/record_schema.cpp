#include "record_schema.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace pryv_export::verify {

namespace {

using enum column;

constexpr column_rule streams[] = {
    {"id", indexed_text},   {"name", indexed_text},      {"parentId", indexed_text}, {"path", indexed_text},
    {"clientData", object}, {"singleActivity", boolean}, {"trashed", boolean},       {"created", number},
    {"createdBy", text},    {"modified", number},        {"modifiedBy", text},       {"deleted", number},
    {"children", list}};

constexpr column_rule accesses[] = {
    {"id", indexed_text},   {"token", indexed_text},      {"name", indexed_text},
    {"type", text},         {"deviceName", text},         {"permissions", list},
    {"clientData", object}, {"expires", number},          {"lastUsed", number},
    {"calls", object},      {"integrity", text},          {"integrityBatchCode", integer},
    {"created", number},    {"createdBy", text},          {"modified", number},
    {"modifiedBy", text},   {"deleted", number},          {"serial", integer},
    {"headId", text},       {"createdBySerial", integer}, {"modifiedBySerial", integer},
    {"alias", text},        {"apiEndpoint", any}};

constexpr column_rule profiles[] = {{"id", indexed_text}, {"data", object}};

constexpr column_rule webhooks[] = {
    {"id", indexed_text},        {"accessId", indexed_text}, {"url", indexed_text},     {"state", text},
    {"runCount", integer},       {"failCount", integer},     {"lastRun", object},       {"runs", list},
    {"currentRetries", integer}, {"maxRetries", integer},    {"minIntervalMs", number}, {"created", number},
    {"createdBy", text},         {"modified", number},       {"modifiedBy", text},      {"deleted", number},
    {"scopes", object}};

constexpr column_rule events[] = {{"id", indexed_text},   {"headId", indexed_text}, {"streamIds", texts},
                                  {"time", number},       {"endTime", number},      {"type", indexed_text},
                                  {"tags", list},         {"content", any},         {"description", text},
                                  {"clientData", object}, {"attachments", list},    {"integrity", text},
                                  {"trashed", boolean},   {"created", number},      {"createdBy", text},
                                  {"modified", number},   {"modifiedBy", text},     {"deleted", number}};

bool is_integer(json_value value) noexcept
{
    if (!value.is(json_kind::number)) return false;
    double const number = value.number();
    return std::trunc(number) == number && std::fabs(number) <= 2147483647.0;
}

bool all_texts(json_value list)
{
    bool good = list.is(json_kind::array);
    if (good) list.each_item([&](json_value item) { good = good && item.is(json_kind::string); });
    return good;
}

bool fits(json_value value, column type)
{
    json_kind const kind = value.kind();
    switch (type) {
    case text:
    case indexed_text: return kind == json_kind::string;
    case number: return kind == json_kind::number;
    case integer: return is_integer(value);
    case boolean: return kind == json_kind::yes || kind == json_kind::no;
    case object: return kind == json_kind::object;
    case list: return kind == json_kind::array;
    case texts: return all_texts(value);
    case any: break;
    }
    return true;
}

std::string_view wanted(column type) noexcept
{
    switch (type) {
    case text:
    case indexed_text: return "a text";
    case number: return "a number";
    case integer: return "a whole number of 32 bits";
    case boolean: return "true or false";
    case object: return "an object";
    case list: return "a list";
    case texts: return "a list of texts";
    case any: break;
    }
    return "a value";
}

void check_length(const file_scope& scope, std::string_view name, json_value value, std::uint64_t line,
                  std::string_view id)
{
    if (value.raw().size() <= longest_indexed_bytes) return;
    std::size_t const bytes = value.string().size();
    if (bytes > longest_indexed_bytes)
        scope.add(rule::text_too_long, line, id, fmt::format("{} of {} bytes", name, bytes));
}

void check_stream_ids(const file_scope& scope, json_value ids, std::uint64_t line, std::string_view id)
{
    ids.each_item([&](json_value item) { check_length(scope, "a stream id", item, line, id); });
}

static_assert(std::size(events) == event_column_count);

} // namespace

const record_schema stream_schema{streams};
const record_schema access_schema{accesses};
const record_schema profile_schema{profiles};
const record_schema webhook_schema{webhooks};
const record_schema event_schema{events};

void check_members(const file_scope& scope, record_schema schema, json_value record, std::uint64_t line,
                   std::string_view id)
{
    record_members members{schema};
    members.load(record);
    members.check(scope, line, id);
}

record_members::record_members(record_schema schema) : schema_{schema}
{
    table_.fill(none);
    for (std::size_t i = 0; i < schema.size(); ++i) {
        std::size_t slot = slot_of(schema[i].name);
        while (table_[slot] != none) slot = (slot + 1) % slots;
        table_[slot] = static_cast<std::uint8_t>(i);
    }
}

std::size_t record_members::slot_of(std::string_view name) noexcept
{
    if (name.empty()) return 0;
    auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(name[i]); };
    return (name.size() * 37U + byte(0) * 5U + byte(name.size() - 1) * 11U + byte(name.size() / 2)) % slots;
}

std::size_t record_members::column_of(std::string_view name) const noexcept
{
    for (std::size_t slot = slot_of(name); table_[slot] != none; slot = (slot + 1) % slots)
        if (schema_[table_[slot]].name == name) return table_[slot];
    return none;
}

void record_members::load(json_value record)
{
    keys_.clear();
    values_.fill({});
    regular_ = true;
    record.each_member([&](json_value key, json_value value) {
        std::size_t const column = column_of(key.text(scratch_));
        keys_.emplace_back(static_cast<std::uint8_t>(column), key);
        if (column == none || values_[column]) regular_ = false;
        if (column != none) values_[column] = value;
    });
}

std::string_view record_members::text(std::size_t column, std::string& scratch) const
{
    json_value const value = values_[column];
    return value && value.is(json_kind::string) ? value.text(scratch) : std::string_view{};
}

void record_members::check(const file_scope& scope, std::uint64_t line, std::string_view id) const
{
    for (const auto& [index, key] : keys_) {
        json_value const value = key.value();
        if (index == none) {
            scope.add(rule::unknown_key, line, id, fmt::format("the key '{}'", key.string().substr(0, 100)));
            continue;
        }
        const column_rule& wanted_column = schema_[index];
        if (value.is_null()) continue;
        if (!fits(value, wanted_column.type)) {
            scope.add(rule::wrong_type, line, id,
                      fmt::format("{} is a {} instead of {}", wanted_column.name, name_of(value.kind()),
                                  wanted(wanted_column.type)));
        } else if (wanted_column.type == indexed_text) {
            check_length(scope, wanted_column.name, value, line, id);
        } else if (wanted_column.type == texts) {
            check_stream_ids(scope, value, line, id);
        }
    }
}

std::string text_of(json_value record, std::string_view name)
{
    json_value const value = record.find(name);
    return value && value.is(json_kind::string) ? value.string() : std::string{};
}

double number_of(json_value record, std::string_view name)
{
    json_value const value = record.find(name);
    return value && value.is(json_kind::number) ? value.number() : 0.0;
}

bool has_value(json_value record, std::string_view name)
{
    json_value const value = record.find(name);
    return value && !value.is_null();
}

} // namespace pryv_export::verify
