#pragma once

#include "pryv_export/convert/events.hpp"

#include "convert/record_writer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::convert {

/// Appends a reference for each item of the event's attachments; items without a usable id are mentioned.
void list_attachments(record_writer& writer, std::uint32_t record, std::string_view event_id, bool history,
                      std::vector<attachment_reference>& out);

/// Gives the items with one of these ids the id `<fileId>-<eventId>` (rule attachment-renamed).
void rename_attachments(record_writer& writer, std::span<const event_exceptions::rename> renames,
                        std::string_view event_id);

/// The array without `readToken` in its items, which takes no part in hashes. Empty when there is none.
std::string without_read_tokens(const format::bson_element& attachments);

} // namespace pryv_export::convert
