#include "event_doc.hpp"

namespace sample {

namespace {

std::string_view hashed_under(const event_doc& event)
{
    if (!event.hash_id.empty()) return event.hash_id;
    return event.head_id.empty() ? event.id : event.head_id;
}

void append_id(bson_out& out, const event_doc& event)
{
    if (event.oid) return out.oid("_id", *event.oid);
    out.string("_id", event.id);
}

void append_attachments(bson_out& out, const event_doc& event)
{
    out.begin_array("attachments");
    for (std::size_t i = 0; i < event.attachments.size(); ++i) {
        const auto& item = event.attachments[i];
        out.begin_document(index_key(i));
        out.string("id", item.id);
        out.string("fileName", item.file_name);
        out.string("type", item.type);
        out.number("size", item.size);
        if (!item.integrity.empty()) out.string("integrity", item.integrity);
        out.end();
    }
    out.end();
}

/// What stands in for the integrity until the document is complete; empty: none.
std::string_view blank_of(sealing how)
{
    static const std::string sha512 = "EVENT:0:sha512-" + std::string(88, '_');
    if (how == sealing::absent || how == sealing::null) return {};
    return how == sealing::sha512 ? std::string_view(sha512) : event_integrity_blank;
}

std::size_t append_blank(bson_out& out, sealing how)
{
    const auto blank = blank_of(how);
    if (how == sealing::null) out.null("integrity");
    if (blank.empty()) return 0;
    out.string("integrity", blank);
    return out.size() - 1 - blank.size();
}

/// Hashes the finished document and fills the blank that was left for it.
void fill_blank(bson_out& out, std::size_t start, std::size_t blank, const event_doc& event)
{
    if (blank == 0) return;
    thread_local std::string scratch;
    event_form form{.id = hashed_under(event), .duration = {}};
    form.keep_empty_attachments = event.seal != sealing::without_empty_attachments;
    if (!event.running && event.duration != 0) form.duration = event.duration;
    const std::string_view stored(out.bytes().data() + start, out.size() - start);
    auto integrity = event_integrity(scratch, stored, form);
    if (event.seal == sealing::broken) integrity[20] = integrity[20] == 'A' ? 'B' : 'A';
    if (event.seal == sealing::sha512) integrity = "EVENT:0:sha512-" + digest_base64(scratch, "SHA512");
    patch_integrity(out.bytes(), blank, integrity);
}

} // namespace

std::string record_id(const event_doc& event)
{
    return event.oid ? hex(*event.oid) : event.id;
}

bool is_rebased(const event_doc& event)
{
    const std::string_view in_v2 = event.head_id.empty() ? event.id : event.head_id;
    if (hashed_under(event) != in_v2) return true;
    return !event.running && (event.time + event.duration) - event.time != event.duration;
}

void begin_event(bson_out& out, const event_doc& event)
{
    out.begin();
    append_id(out, event);
    if (!event.head_id.empty()) out.string("headId", event.head_id);
    out.strings("streamIds", event.stream_ids);
    out.string("type", event.type);
}

void end_event(bson_out& out, std::size_t start, const event_doc& event, event_tail tail)
{
    if (!event.description.empty()) out.string("description", event.description);
    out.number("created", event.created);
    out.number("modified", event.modified);
    out.number("time", event.time);
    out.string("createdBy", event.created_by);
    out.string("modifiedBy", event.modified_by);
    const bool has_attachments = event.account || !event.attachments.empty();
    if (has_attachments) append_attachments(out, event);
    if (event.account) out.strings("tags", {});
    const std::size_t blank = append_blank(out, event.seal);
    if (event.running) {
        out.null("endTime");
    } else {
        out.number("endTime", event.time + event.duration);
    }
    out.boolean("trashed", event.trashed);
    if (event.deleted) {
        out.number("deleted", *event.deleted);
    } else {
        out.null("deleted");
    }
    if (event.description.empty()) out.null("description");
    if (!tail.has_content) out.null("content");
    if (!has_attachments) out.null("attachments");
    if (!tail.has_client_data) out.null("clientData");
    out.string("userId", event.user_id);
    out.end();
    fill_blank(out, start, blank, event);
}

void append_deletion(bson_out& out, const event_doc& event, bool keep_authors, bool nulls)
{
    const std::size_t start = out.size();
    out.begin();
    append_id(out, event);
    if (!event.head_id.empty()) out.string("headId", event.head_id);
    out.number("deleted", event.deleted.value_or(0));
    if (keep_authors) {
        out.number("modified", event.modified);
        out.string("modifiedBy", event.modified_by);
    }
    const std::size_t blank = append_blank(out, event.seal);
    if (nulls) {
        out.boolean("trashed", false);
        for (const auto* key : {"streamIds", "time", "endTime", "type", "content", "description",
                                "attachments", "clientData", "created", "createdBy"}) {
            out.null(key);
        }
        if (!keep_authors) {
            out.null("modified");
            out.null("modifiedBy");
        }
    }
    out.string("userId", event.user_id);
    out.end();
    event_doc hashed = event;
    hashed.duration = 0;
    fill_blank(out, start, blank, hashed);
}

} // namespace sample
