#include "audit_checks.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace pryv_export::verify {

namespace {

enum audit_column : std::size_t
{
    eventid,
    head_id_camel,
    stream_ids_camel,
    end_time_camel,
    client_data_camel,
    created_by_camel,
    modified_by_camel,
    time,
    deleted,
    type,
    content,
    description,
    integrity,
    attachments,
    trashed,
    created,
    modified,
    sqlite_columns, ///< SQLite binds all of those above
    head_id = sqlite_columns,
    stream_ids,
    end_time,
    client_data,
    created_by,
    modified_by,
    audit_column_count
};

constexpr column_rule columns[] = {
    {"eventid", column::any},    {"headId", column::any},      {"streamIds", column::any},
    {"endTime", column::any},    {"clientData", column::any},  {"createdBy", column::any},
    {"modifiedBy", column::any}, {"time", column::any},        {"deleted", column::any},
    {"type", column::any},       {"content", column::any},     {"description", column::any},
    {"integrity", column::any},  {"attachments", column::any}, {"trashed", column::any},
    {"created", column::any},    {"modified", column::any},    {"head_id", column::any},
    {"stream_ids", column::any}, {"end_time", column::any},    {"client_data", column::any},
    {"created_by", column::any}, {"modified_by", column::any}};
static_assert(std::size(columns) == audit_column_count);

/// PostgreSQL does not read the camelCase ones.
constexpr audit_column pairs[][2] = {{stream_ids_camel, stream_ids}, {end_time_camel, end_time},
                                     {created_by_camel, created_by}, {modified_by_camel, modified_by},
                                     {head_id_camel, head_id},       {client_data_camel, client_data}};

bool is_json(std::string_view text)
{
    json_text parsed;
    return parsed.parse(text) == json_verdict::ok;
}

} // namespace

const record_schema audit_schema{columns};

/// Why SQLite would refuse the row; empty when it does not.
std::string audit_checker::against_sqlite() const
{
    for (std::size_t i = 0; i < sqlite_columns; ++i) {
        json_value const value = members_[i];
        if (!value) return fmt::format("no {}", columns[i].name);
        if (!value.is(json_kind::string) && !value.is(json_kind::number) && !value.is_null())
            return fmt::format("{} is a {}", columns[i].name, name_of(value.kind()));
    }
    return {};
}

/// Why PostgreSQL would lose something of the row; empty when it does not.
std::string audit_checker::against_postgresql() const
{
    for (const auto& [camel, snake] : pairs) {
        if (members_.has_value(camel) && !members_.has_value(snake))
            return fmt::format("{} without {}", columns[camel].name, columns[snake].name);
    }
    for (audit_column const each : {content, client_data, attachments}) {
        json_value const value = members_[each];
        if (!value) continue;
        if (value.is(json_kind::string) && !is_json(value.string()))
            return fmt::format("{} is no JSON text", columns[each].name);
        if (value.is(json_kind::array) && value.size() > 0)
            return fmt::format("{} is a list", columns[each].name);
    }
    return {};
}

void audit_checker::record(json_value row, std::uint64_t line)
{
    ++out_.records;
    members_.load(row);
    std::string_view const id = members_.text(eventid, scratch_);
    if (id.empty())
        scope_.add(rule::audit_shape, line, {}, "no eventid");
    else
        out_.id_hashes.push_back(hash_of(id));
    std::string const sqlite = against_sqlite();
    std::string const postgresql = against_postgresql();
    if (!sqlite.empty() && !postgresql.empty()) {
        scope_.add(rule::audit_shape, line, id,
                   fmt::format("for SQLite: {}; for PostgreSQL: {}", sqlite, postgresql));
    } else if (!sqlite.empty()) {
        scope_.add(rule::audit_sqlite, line, id, sqlite);
    } else if (!postgresql.empty()) {
        scope_.add(rule::audit_postgresql, line, id, postgresql);
    }
}

} // namespace pryv_export::verify
