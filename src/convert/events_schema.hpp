#pragma once

#include "convert/record_writer.hpp"

namespace pryv_export::convert {

/// Members of v1's events. Those that take part in the integrity hash come first, in the order of its text.
struct event_field
{
    enum index : std::uint8_t
    {
        attachments,
        client_data,
        content,
        created,
        created_by,
        deleted,
        description,
        duration,
        modified,
        modified_by,
        stream_ids,
        time,
        trashed,
        type,
        // not hashed, or not under this name
        head_id,
        end_time,
        integrity,
        tags,
        stream_id,
    };
    static constexpr std::size_t hashed = head_id;
};

const schema& event_schema();

} // namespace pryv_export::convert
