#pragma once

#include "pryv_export/convert/tables.hpp"

#include "convert/collections_support.hpp"

namespace test {

using pryv_export::convert::audit_columns;
using pryv_export::format::column_blob;
using pryv_export::format::column_text;
using pryv_export::format::column_value;

using row = std::array<column_value, audit_columns>;

enum column : std::size_t
{
    eventid,
    head_id,
    stream_ids,
    event_time,
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

/// Text that lives long enough: literals.
inline column_value text(std::string_view value)
{
    return column_text{value};
}

inline column_value blob(const bytes& value)
{
    return column_blob{value};
}

/// What v1 writes for an API call.
inline row audit_row()
{
    row columns;
    columns[eventid] = text("cl9");
    columns[stream_ids] = text("access-a_1 action-events.get ..");
    columns[event_time] = 1675099361.5;
    columns[end_time] = 1675099361.5;
    columns[type] = text("audit-log/pryv-api");
    columns[content] =
        text(R"({"source":{"name":"http","ip":"1.2.3.4"},"action":"events.get","query":{"limit":1}})");
    columns[trashed] = std::int64_t{0};
    columns[created] = 1675099361.5;
    columns[created_by] = text("system");
    columns[modified] = 1675099361.5;
    columns[modified_by] = text("system");
    return columns;
}

} // namespace test
