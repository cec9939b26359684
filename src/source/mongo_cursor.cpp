#include "mongo_cursor.hpp"

#include "pryv_export/base/error.hpp"

#include "mongo_error.hpp"

#include <fmt/format.h>

#include <cstring>

namespace pryv_export::source {

namespace {

struct cursor_reply
{
    std::int64_t id = 0;
    format::bson_bytes documents;
};

cursor_reply cursor_in(const reply& from)
{
    auto const cursor = format::find(from.bytes, "cursor");
    if (!cursor || cursor->type != format::bson_type::document)
        throw mongo_failure{"the server's reply holds no cursor"};
    cursor_reply found;
    auto batch = format::find(cursor->document(), "firstBatch");
    if (!batch) batch = format::find(cursor->document(), "nextBatch");
    auto const id = format::find(cursor->document(), "id");
    if (!batch || batch->type != format::bson_type::array || !id || !id->number())
        throw mongo_failure{"the server's reply holds no batch of documents"};
    found.documents = batch->document();
    found.id = id->type == format::bson_type::int64 ? id->int64() : static_cast<std::int64_t>(*id->number());
    return found;
}

/// The collection that getMore and killCursors name: "pryv-node.events" → "events".
std::string collection_in(const reply& from)
{
    auto const cursor = format::find(from.bytes, "cursor");
    auto const name = format::find(cursor->document(), "ns");
    if (!name || !name->is_string()) return {};
    std::string_view const text = name->text();
    return std::string{text.substr(text.find('.') + 1)};
}

void kill(mongo_session& session, const std::string& database, const std::string& collection,
          std::int64_t cursor) noexcept
{
    try {
        // Always as int64: servers refuse shorter ones.
        std::uint8_t bytes[8];
        std::memcpy(bytes, &cursor, sizeof bytes);
        format::bson_element const id{format::bson_type::int64, "0", {bytes, sizeof bytes}, 0};
        command ids;
        ids.add("0", id);
        command what = one("killCursors", std::string_view{collection});
        what.add_array("cursors", ids);
        session.run(database, what);
    } catch (const std::exception&) {
        // The server ends it by itself, with its connection or after ten minutes.
    }
}

constexpr std::size_t empty_array_bytes = 5;
constexpr unsigned most_empty_batches = 1000;

/// A server that answers with an error can keep the cursor; one that does not answer is not asked again.
reply next_batch(mongo_session& session, const std::string& database, const std::string& collection,
                 std::int64_t cursor, const command& get_more)
{
    constexpr int cursor_not_found = 43;
    try {
        return session.run(database, get_more);
    } catch (const mongo_failure& failure) {
        if (failure.code() != 0 && failure.code() != cursor_not_found)
            kill(session, database, collection, cursor);
        throw;
    }
}

} // namespace

void run_cursor(mongo_session& session, const std::string& database, const command& what,
                std::int64_t batch_documents, const std::atomic<bool>* stop, const batch_visitor& visit)
{
    auto const stopped = [stop] { return stop != nullptr && stop->load(std::memory_order_relaxed); };
    reply answer = session.read(database, what);
    cursor_reply cursor = cursor_in(answer);
    std::string const collection = collection_in(answer);
    unsigned empty_batches = 0;
    for (;;) {
        bool more = false;
        empty_batches = cursor.documents.size() > empty_array_bytes ? 0 : empty_batches + 1;
        if (empty_batches > most_empty_batches)
            throw mongo_failure{"the server sends empty batches without end"};
        try {
            more = !stopped() && visit(answer, cursor.documents);
        } catch (...) {
            if (cursor.id != 0) kill(session, database, collection, cursor.id);
            throw;
        }
        if (cursor.id == 0 && more) return;
        if (!more) {
            if (cursor.id != 0) kill(session, database, collection, cursor.id);
            if (stopped())
                throw export_error{exit_status::interrupted, collection,
                                   "stopped while reading from MongoDB"};
            return;
        }
        std::uint8_t bytes[8];
        std::memcpy(bytes, &cursor.id, sizeof bytes);
        format::bson_element const id{format::bson_type::int64, "", {bytes, sizeof bytes}, 0};
        command next;
        next.add("getMore", id);
        next.add("collection", std::string_view{collection});
        if (batch_documents > 0) next.add("batchSize", batch_documents);
        answer = next_batch(session, database, collection, cursor.id, next);
        cursor = cursor_in(answer);
    }
}

void for_each_in(format::bson_bytes array, const std::function<void(format::bson_bytes document)>& visit)
{
    format::bson_reader reader{array};
    format::bson_element item;
    while (reader.next(item)) {
        if (item.type != format::bson_type::document)
            throw mongo_failure{"the server's reply holds something else than documents"};
        visit(item.document());
    }
    if (reader.error() != format::bson_errc::ok)
        throw mongo_failure{
            fmt::format("the server's reply is broken: {}", format::describe(reader.error()))};
}

} // namespace pryv_export::source
