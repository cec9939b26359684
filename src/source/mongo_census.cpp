#include "mongo_census.hpp"

#include "mongo_stream.hpp"

#include <algorithm>

namespace pryv_export::source {

namespace {

/// What a server says of its documents' mean is believed within these.
constexpr std::uint64_t smallest_mean_bytes = 64;
constexpr std::uint64_t largest_mean_bytes = 16U << 20;
constexpr std::int64_t rows_a_batch = 10'000;
/// _id types that v1 never wrote; MinKey and MaxKey are left out, as FerretDB hangs up on them.
constexpr std::array<std::string_view, 8> odd_types{"null", "number",    "object", "binData",
                                                    "bool", "timestamp", "date",   "regex"};

user_slot slot_of(user_table& users, const std::optional<format::bson_element>& id)
{
    return id && id->is_string() ? users.intern(id->text()) : nobody;
}

void add(collection_census& into, user_table& users, const std::optional<format::bson_element>& user,
         std::uint64_t documents, double modified)
{
    user_slot const slot = slot_of(users, user);
    if (user && user->type == format::bson_type::array) into.shared_documents = true;
    if (into.users.size() <= slot) into.users.resize(slot + 1);
    auto& count = into.users[slot];
    count.documents += documents;
    count.last_modified = std::max(count.last_modified, modified);
    into.documents += documents;
}

double number_in(format::bson_bytes document, std::string_view key)
{
    auto const value = format::find(document, key);
    return value ? value->number().value_or(0) : 0;
}

/// A count or size that a server claims; nothing that it says is trusted.
std::uint64_t count_in(format::bson_bytes document, std::string_view key)
{
    constexpr double most = 1e15;
    double const number = number_in(document, key);
    return number >= 1 ? static_cast<std::uint64_t>(std::min(number, most)) : 0;
}

void clear_counts(collection_census& census)
{
    census.users.clear();
    census.documents = 0;
    census.shared_documents = false;
}

} // namespace

void census_taker::read(const std::string& collection, const command& what,
                        const std::function<void()>& restart,
                        const std::function<void(format::bson_bytes)>& visit) const
{
    context_.retry.run(context_.thing(collection), [&] {
        restart();
        mongo_session session{context_.pool};
        run_cursor(session, context_.options.database_name, what, rows_a_batch, context_.retry.stop(),
                   [&](const reply&, auto documents) {
                       for_each_in(documents, visit);
                       return true;
                   });
    });
}

collection_census census_taker::take(const std::string& collection, user_table& users) const
{
    collection_census census;
    census.exists = true;
    count(collection, users, census);
    look_at_size(collection, census);
    look_at_indexes(collection, census);
    look_for_odd_ids(collection, census);
    return census;
}

void census_taker::count(const std::string& collection, user_table& users, collection_census& into) const
{
    patient_commands const patience;
    try {
        group(collection, users, into);
    } catch (const export_error& error) {
        // FerretDB cannot group by the greatest value, and rights to aggregate may be missing.
        if (error.status() != exit_status::io_error) throw;
        scan(collection, users, into);
    }
}

void census_taker::group(const std::string& collection, user_table& users, collection_census& into) const
{
    command grouping;
    grouping.add("_id", "$userId");
    grouping.add("documents", one("$sum", std::int64_t{1}));
    grouping.add("modified", one("$max", std::string_view{"$modified"}));
    command pipeline;
    pipeline.push(one("$group", grouping));
    command what = one("aggregate", std::string_view{collection});
    what.add_array("pipeline", pipeline);
    what.add("cursor", one("batchSize", rows_a_batch));
    what.add_flag("allowDiskUse", true);
    read(
        collection, what, [&] { clear_counts(into); },
        [&](format::bson_bytes row) {
            add(into, users, format::find(row, "_id"), count_in(row, "documents"),
                number_in(row, "modified"));
        });
}

void census_taker::scan(const std::string& collection, user_table& users, collection_census& into) const
{
    command fields;
    fields.add("_id", std::int64_t{0});
    fields.add("userId", std::int64_t{1});
    fields.add("modified", std::int64_t{1});
    command what = one("find", std::string_view{collection});
    what.add("filter", command{});
    what.add("projection", fields);
    what.add("batchSize", rows_a_batch);
    read(
        collection, what, [&] { clear_counts(into); },
        [&](format::bson_bytes row) {
            add(into, users, format::find(row, "userId"), 1, number_in(row, "modified"));
        });
}

/// An estimate is enough; rights for it may be missing.
void census_taker::look_at_size(const std::string& collection, collection_census& into) const
{
    try {
        context_.retry.run(context_.thing(collection), [&] {
            mongo_session session{context_.pool};
            reply const stats =
                session.run(context_.options.database_name, one("collStats", std::string_view{collection}));
            std::uint64_t const mean = count_in(stats.bytes, "avgObjSize");
            if (mean > 0) into.mean_bytes = std::clamp(mean, smallest_mean_bytes, largest_mean_bytes);
        });
    } catch (const export_error& error) {
        if (error.status() != exit_status::io_error && error.status() != exit_status::denied) throw;
    }
}

void census_taker::look_at_indexes(const std::string& collection, collection_census& into) const
{
    bool user = false;
    bool ordered = false;
    try {
        read(
            collection, one("listIndexes", std::string_view{collection}), [] {},
            [&](format::bson_bytes row) {
                auto const key = format::find(row, "key");
                if (!key || key->type != format::bson_type::document) return;
                // Partial ones do not hold all documents, one with a collation compares otherwise, and a
                // hidden one is not used.
                for (auto const unfit : {"partialFilterExpression", "sparse", "collation", "hidden"})
                    if (format::find(row, unfit)) return;
                format::bson_reader parts{key->document()};
                format::bson_element first;
                format::bson_element second;
                if (!parts.next(first) || first.key != "userId") return;
                user = true;
                if (!parts.next(second) || second.key != "_id") return;
                ordered = true;
                if (auto const name = format::find(row, "name"); name && name->is_string())
                    into.ordered_index_name = name->text();
            });
    } catch (const export_error& error) {
        if (error.status() != exit_status::io_error && error.status() != exit_status::denied) throw;
        return;
    }
    into.user_index = user;
    into.ordered_index = ordered;
}

void census_taker::look_for_odd_ids(const std::string& collection, collection_census& into) const
{
    command types;
    for (auto const name : odd_types) types.push(name);
    command type;
    type.add_array("$type", types);
    command what = one("find", std::string_view{collection});
    what.add("filter", one("_id", type));
    what.add("limit", std::int64_t{1});
    what.add_flag("singleBatch", true);
    try {
        read(
            collection, what, [&] { into.odd_ids = false; },
            [&](format::bson_bytes) { into.odd_ids = true; });
    } catch (const export_error& error) {
        if (error.status() != exit_status::io_error) throw;
        into.odd_ids = true;
    }
}

} // namespace pryv_export::source
