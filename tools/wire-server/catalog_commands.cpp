#include "command_error.hpp"
#include "command_handlers.hpp"
#include "indexes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace wire {

namespace {

bytes key_pattern(const index_info& index)
{
    bson_writer key;
    for (auto const field : index.fields) key.int32(field, 1);
    return key.finish();
}

bytes describe(const index_info& index)
{
    bson_writer out;
    out.int32("v", 2).document("key", key_pattern(index)).text("name", index.name);
    return out.finish();
}

bool same_pattern(const index_info& index, bson_bytes pattern)
{
    std::size_t i = 0;
    bson_reader reader{pattern};
    for (bson_element e; reader.next(e); ++i)
        if (i >= index.fields.size() || e.key != index.fields[i] || integer(e, 0) != 1) return false;
    return i == index.fields.size();
}

void refuse_view(const service& s, const request& r)
{
    constexpr int not_on_views = 166;
    if (s.opt.views.contains(std::string(r.target())))
        throw command_error(not_on_views,
                            fmt::format("Namespace {} is a view, not a collection", target_space(r)));
}

} // namespace

index_use use_of_hint(const service& s, const request& r)
{
    auto const hint = r.get("hint");
    if (!hint) return index_use::any;
    if (!hint->is_string()) {
        bson_element e;
        if (!bson_reader{nested(hint)}.next(e)) return index_use::any;
        if (e.key == "$natural") return index_use::natural;
    }
    auto const list = indexes_of(r.target(), s.opt.omitted_indexes);
    auto const found = std::find_if(list.begin(), list.end(), [&](const index_info& index) {
        return hint->is_string() ? hint->text() == index.name : same_pattern(index, nested(hint));
    });
    if (found == list.end())
        throw command_error(codes::bad_value,
                            "error processing query: planner returned error :: caused by :: hint provided "
                            "does not correspond to an existing index");
    return found->fields.front() == "_id" ? index_use::by_id : index_use::by_user;
}

void add_sizes(bson_writer& out, const collection& c)
{
    auto const n = static_cast<std::int64_t>(c.documents.size());
    auto const size = static_cast<std::int64_t>(c.bytes);
    out.int64("size", size).int64("count", n);
    if (n > 0) out.int64("avgObjSize", size / n);
    out.int64("storageSize", size);
}

reply list_databases(service& s, client& /*c*/, const request& r)
{
    bool const names_only = truth(r.get("nameOnly"), false);
    matcher const filter(nested(r.get("filter")));
    bson_writer list;
    std::int64_t total = 0;
    for (const auto& [name, db] : s.image.databases()) {
        std::int64_t size = 0;
        for (const auto& [_, c] : db) size += static_cast<std::int64_t>(c.bytes);
        bson_writer one;
        one.text("name", name);
        if (!names_only) one.int64("sizeOnDisk", size).boolean("empty", size == 0);
        auto const made = one.finish();
        if (!filter.matches(made)) continue;
        list.document(list.next(), made);
        total += size;
    }
    bson_writer out;
    out.array("databases", list.finish());
    if (!names_only) out.int64("totalSize", total);
    return succeed(s, out);
}

reply list_collections(service& s, client& /*c*/, const request& r)
{
    matcher const filter(nested(r.get("filter")));
    bool const names_only = truth(r.get("nameOnly"), false);
    std::vector<bytes> list;
    auto const db = s.image.databases().find(r.database);
    if (db != s.image.databases().end())
        for (const auto& [name, _] : db->second) {
            bool const view = s.opt.views.contains(name);
            bson_writer one;
            one.text("name", s.renamed.contains(name) ? name + ".renamed" : name);
            one.text("type", view ? "view" : "collection");
            if (!names_only) {
                bson_writer info;
                info.boolean("readOnly", view);
                bson_writer how;
                if (s.opt.capped.contains(name)) how.boolean("capped", true);
                one.document("options", how.finish()).document("info", info.finish());
                if (!view) one.document("idIndex", describe({"_id_", {"_id"}}));
            }
            if (auto made = one.finish(); filter.matches(made)) list.push_back(std::move(made));
        }
    auto const size = batch_size(first(nested(r.get("cursor")), "batchSize"));
    return open_cursor(s, r, fmt::format("{}.$cmd.listCollections", r.database), stream_list(std::move(list)),
                       size, false);
}

reply list_indexes(service& s, client& /*c*/, const request& r)
{
    refuse_view(s, r);
    if (target_collection(s, r) == nullptr)
        throw command_error(codes::namespace_not_found,
                            fmt::format("ns does not exist: {}", target_space(r)));
    std::vector<bytes> list;
    for (const auto& index : indexes_of(r.target(), s.opt.omitted_indexes)) list.push_back(describe(index));
    auto const size = batch_size(first(nested(r.get("cursor")), "batchSize"));
    return open_cursor(s, r, target_space(r), stream_list(std::move(list)), size, false);
}

reply coll_stats(service& s, client& /*c*/, const request& r)
{
    refuse_view(s, r);
    const collection* const c = target_collection(s, r);
    bson_writer out;
    out.text("ns", target_space(r));
    add_sizes(out, c != nullptr ? *c : collection{});
    auto const indexes = c != nullptr ? indexes_of(r.target(), s.opt.omitted_indexes).size() : 0;
    out.int32("nindexes", static_cast<std::int32_t>(indexes));
    return succeed(s, out);
}

} // namespace wire
