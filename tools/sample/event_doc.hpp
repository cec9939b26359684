#pragma once

#include "bson_out.hpp"
#include "stable_hash.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sample {

struct attachment_item
{
    std::string id;
    std::string file_name;
    std::string_view type;
    double size = 0;
    std::string integrity; ///< empty: not stored, as before 1.7
};

/// What the document carries as integrity.
enum class sealing
{
    computed,
    absent,
    null,
    broken,
    sha512,
    without_empty_attachments
};

/// One event document in the shape v1 1.8+ stores. Times are Unix seconds.
struct event_doc
{
    std::string id;
    std::optional<object_id> oid; ///< instead of id: history rows since 1.9
    std::string head_id;          ///< empty on heads
    std::string hash_id;          ///< id that the integrity was computed with; empty: head_id, else id
    std::string_view user_id;
    std::vector<std::string> stream_ids;
    std::string_view type;
    double time = 0;
    double duration = 0;
    bool running = false;
    std::string description; ///< empty: null
    double created = 0;
    double modified = 0;
    std::string created_by;
    std::string modified_by;
    std::vector<attachment_item> attachments;
    bool account = false; ///< `attachments: []` and `tags: []` are stored
    bool trashed = false;
    std::optional<double> deleted;
    sealing seal = sealing::computed;
};

/// The id text of a document: `_id`, or 24 hex digits.
std::string record_id(const event_doc& event);

/// v2 hashes history under the head's id and derives the duration; true when
/// that differs from what v1 hashed at write time.
bool is_rebased(const event_doc& event);

/// Begins the document and writes all that precedes the content.
void begin_event(bson_out& out, const event_doc& event);

/// What remains to be written after content and clientData.
struct event_tail
{
    bool has_content = false;
    bool has_client_data = false;
};

/// Ends the document and computes its integrity.
void end_event(bson_out& out, std::size_t start, const event_doc& event, event_tail tail);

/// Appends the whole document. `content(out)` and `client_data(out)` write the
/// element of that name and return true, or write nothing and return false.
template <class Content, class ClientData>
void append_event(bson_out& out, const event_doc& event, Content content, ClientData client_data)
{
    const std::size_t start = out.size();
    begin_event(out, event);
    event_tail tail;
    tail.has_content = content(out);
    tail.has_client_data = client_data(out);
    end_event(out, start, event, tail);
}

/// Appends a deletion that keeps only what the deletion mode keeps: nothing, or
/// the last author. `nulls`: the cleared fields are stored as null (before 1.9).
void append_deletion(bson_out& out, const event_doc& event, bool keep_authors, bool nulls);

} // namespace sample
