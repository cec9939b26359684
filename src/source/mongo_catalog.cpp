#include "mongo_catalog.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"

#include <fmt/format.h>

namespace pryv_export::source {

namespace {

bool is_capped(format::bson_bytes row)
{
    auto const options = format::find(row, "options");
    if (!options || options->type != format::bson_type::document) return false;
    auto const capped = format::find(options->document(), "capped");
    return capped && capped->type == format::bson_type::boolean && !capped->value.empty() &&
           capped->value[0] != 0;
}

} // namespace

mongo_catalog::mongo_catalog(mongo_context& context, std::string database)
    : context_{context}, database_{std::move(database)}
{
    limited_rights_ = !list(false);
    if (limited_rights_) list(true);
}

/// False when the right to do so is missing.
bool mongo_catalog::list(bool only_authorized)
{
    command what = one("listCollections", std::int64_t{1});
    what.add("cursor", command{});
    // Names alone need no right of their own.
    if (only_authorized) what.add_flag("nameOnly", true).add_flag("authorizedCollections", true);
    auto const add = [this](format::bson_bytes row) {
        auto const name = format::find(row, "name");
        if (!name || !name->is_string()) return;
        auto const type = format::find(row, "type");
        bool const plain = !type || !type->is_string() || type->text() == "collection";
        collections_[std::string{name->text()}] = {!plain, is_capped(row)};
    };
    try {
        context_.retry.run(fmt::format("{}, database {}", context_.pool.name(), printable(database_)), [&] {
            collections_.clear();
            mongo_session session{context_.pool};
            run_cursor(session, database_, what, 0, context_.retry.stop(), [&](const reply&, auto rows) {
                for_each_in(rows, add);
                return true;
            });
        });
    } catch (const export_error& error) {
        if (only_authorized || error.status() != exit_status::denied) throw;
        return false;
    }
    return true;
}

std::vector<std::string> mongo_catalog::names() const
{
    std::vector<std::string> all;
    for (const auto& [name, _] : collections_) all.push_back(name);
    return all;
}

bool mongo_catalog::has(std::string_view name) const
{
    if (collections_.contains(name)) return true;
    if (!limited_rights_) return false;
    command find = one("find", name);
    find.add("limit", std::int64_t{1});
    find.add_flag("singleBatch", true);
    return !fetch(context_, database_, std::string{name}, find, 0, 1).documents.empty();
}

std::unique_ptr<document_cursor> mongo_catalog::open(std::string_view name, command filter,
                                                     chain_end on_end) const
{
    chain_query query;
    query.database = database_;
    query.collection = name;
    query.filter = std::move(filter);
    return open_chain(context_, std::move(query), std::move(on_end));
}

std::unique_ptr<document_cursor> mongo_catalog::open_whole(std::string_view name)
{
    return open(name, {}, [this, key = std::string{name}](std::uint64_t documents, std::uint64_t) {
        std::lock_guard const lock{mutex_};
        read_[key] = documents;
    });
}

std::uint64_t mongo_catalog::count(const std::string& name) const
{
    command what = one("find", std::string_view{name});
    what.add("filter", command{});
    what.add("projection", one("_id", std::int64_t{1}));
    std::uint64_t documents = 0;
    context_.retry.run(context_.thing(name), [&] {
        documents = 0;
        mongo_session session{context_.pool};
        run_cursor(session, database_, what, 10'000, context_.retry.stop(), [&](const reply&, auto rows) {
            for_each_in(rows, [&](format::bson_bytes) { ++documents; });
            return true;
        });
    });
    return documents;
}

std::vector<mongo_catalog::recount> mongo_catalog::counted_again()
{
    std::vector<recount> changed;
    std::lock_guard const lock{mutex_};
    for (const auto& [name, documents] : read_) {
        std::uint64_t const now = count(name);
        if (now != documents) changed.push_back({name, documents, now});
    }
    return changed;
}

std::vector<std::string> mongo_catalog::oddities() const
{
    std::vector<std::string> lines;
    for (const auto& [name, kind] : collections_) {
        if (name.starts_with("system.")) continue;
        if (kind.view) {
            lines.push_back(fmt::format("{} of MongoDB is a view, where v1 has a collection: documents that "
                                        "it leaves out are not in the archive.",
                                        printable(name)));
        }
        if (kind.capped) {
            lines.push_back(fmt::format("Collection {} is capped, where v1's is not: MongoDB itself may have "
                                        "dropped its oldest documents.",
                                        printable(name)));
        }
    }
    return lines;
}

} // namespace pryv_export::source
