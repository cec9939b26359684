#include "mongo_fetch.hpp"

#include "pryv_export/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pryv_export::source {

std::string mongo_context::thing(std::string_view collection) const
{
    return fmt::format("{}, collection {}.{}", pool.name(), printable(options.database_name),
                       printable(collection));
}

void fetched_documents::take_batch(std::size_t& at, std::size_t end, std::size_t batch_bytes,
                                   batch& out) const
{
    std::size_t const begin = at;
    while (at < end && out.bytes < batch_bytes) out.bytes += documents[at++].bytes.size();
    auto const from = documents.begin();
    out.documents.insert(out.documents.end(), from + static_cast<std::ptrdiff_t>(begin),
                         from + static_cast<std::ptrdiff_t>(at));
    if (at != begin) out.owners.insert(out.owners.end(), owners.begin(), owners.end());
}

bool is_of_user(const document& found, std::string_view user)
{
    auto const id = format::find(found.bytes, "userId");
    return id && id->is_string() && id->text() == user;
}

fetched_documents fetch(mongo_context& context, const std::string& database, const std::string& collection,
                        const command& find, std::int64_t batch_documents, std::uint64_t limit_bytes)
{
    fetched_documents found;
    context.retry.run(context.thing(collection), [&] {
        found = {};
        mongo_session session{context.pool};
        auto const take = [&](const reply& answer, format::bson_bytes documents) {
            if (found.bytes >= limit_bytes && documents.size() > 5) {
                found.cut = true;
                return false;
            }
            for_each_in(documents, [&](format::bson_bytes bytes) {
                found.documents.push_back({bytes, 0});
                found.bytes += bytes.size();
            });
            found.owners.push_back(answer.owner);
            return true;
        };
        run_cursor(session, database, find, batch_documents, context.retry.stop(), take);
    });
    return found;
}

} // namespace pryv_export::source
