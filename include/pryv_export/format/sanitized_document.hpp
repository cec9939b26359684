#pragma once

#include "pryv_export/format/json_writer.hpp"

#include <cstdint>
#include <string_view>

namespace pryv_export::format {

/// Members that hold the record's own id in place of `_id`; a set of bits.
enum class id_fields : std::uint8_t
{
    none = 0,             ///< events, accesses, webhooks: only `_id`
    stream_id = 1U << 0,  ///< streams
    profile_id = 1U << 1, ///< profile
    both = stream_id | profile_id,
};

/// Appends a stored v1 document as v2 keeps records (docs/json-encoding.md 5), top level only:
/// `_id`, `__v`, `userId`, `user_id` are dropped; a member of `fields` is written as `id` in its place; when
/// none of these (nor `id`) has a value, `_id` is promoted to a leading `id` (after integer-like names).
/// Everything else as append_document, but a top-level DBRef keeps its members as stored.
bson_errc append_sanitized_document(text_buffer& out, bson_bytes document, id_fields fields, nul_policy nul,
                                    json_notes& notes);

/// The same by name: "streamId", "profileId", or "" for none.
inline bson_errc append_sanitized_document(text_buffer& out, bson_bytes document, std::string_view id_field,
                                           nul_policy nul, json_notes& notes)
{
    auto const fields = id_field == "streamId"    ? id_fields::stream_id
                        : id_field == "profileId" ? id_fields::profile_id
                                                  : id_fields::none;
    return append_sanitized_document(out, document, fields, nul, notes);
}

} // namespace pryv_export::format
