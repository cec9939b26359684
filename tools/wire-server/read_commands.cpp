#include "command_error.hpp"
#include "command_handlers.hpp"

#include <fmt/format.h>

#include <limits>
#include <set>

namespace wire {

namespace {

constexpr std::int64_t no_limit = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t first_batch = 101;

/// Moves documents from a stream into a reply; whether the stream is at its end.
bool fill_batch(reply& out, document_stream& from, std::int64_t documents, std::int64_t most_bytes)
{
    constexpr std::size_t key_bytes = 10;
    std::int64_t size = 0;
    for (std::int64_t n = 0; n < documents; ++n) {
        auto const next = from.peek();
        if (!next) return true;
        size += static_cast<std::int64_t>(next->size() + key_bytes);
        if (n > 0 && size > most_bytes) return false;
        out.batch.push_back(*next);
        from.take(out.keep);
    }
    return from.finished();
}

/// {cursor: {<name>: [], id, ns}}, ready for a batch.
reply cursor_reply(const service& s, std::string_view name, std::int64_t id, std::string_view space,
                   bool snapshot)
{
    bson_writer inside;
    inside.array(name, bson_writer{}.finish());
    if (snapshot) inside.timestamp("atClusterTime", cluster_time);
    inside.int64("id", id).text("ns", space);
    bson_writer out;
    out.document("cursor", inside.finish());
    reply made = succeed(s, out);
    constexpr std::size_t inside_at = 4 + 1 + sizeof "cursor";
    made.inside_at = inside_at;
    made.batch_at = inside_at + 4 + 1 + name.size() + 1;
    made.cursor = id;
    return made;
}

void move_batch(reply& to, reply& from)
{
    to.batch = std::move(from.batch);
    to.keep = std::move(from.keep);
}

std::int64_t not_negative(const request& r, std::string_view key)
{
    auto const value = integer(r.get(key), 0);
    if (value < 0) throw command_error(51024, fmt::format("BSON field '{}' must be >= 0", key));
    return value;
}

struct by_value
{
    bool operator()(const bson_element& a, const bson_element& b) const noexcept { return compare(a, b) < 0; }
};

} // namespace

std::optional<std::int64_t> batch_size(const std::optional<bson_element>& e)
{
    if (!e) return std::nullopt;
    auto const n = integer(e, -1);
    if (n < 0) throw command_error(51024, "BSON field 'batchSize' must be >= 0");
    return n;
}

reply open_cursor(service& s, const request& r, const std::string& space,
                  std::unique_ptr<document_stream> documents, std::optional<std::int64_t> batch_size,
                  bool single_batch)
{
    bool const snapshot = wants_snapshot(s, r);
    reply filled;
    bool const at_end =
        fill_batch(filled, *documents, batch_size.value_or(first_batch), s.opt.max_reply_bytes);
    std::int64_t id = 0;
    if (!at_end && !single_batch) {
        auto c = std::make_unique<cursor>();
        id = c->id = s.cursors.next_id();
        c->space = space;
        c->session = session_of(r);
        c->documents = std::move(documents);
        s.cursors.put(std::move(c));
    }
    reply made = cursor_reply(s, "firstBatch", id, space, snapshot);
    move_batch(made, filled);
    return made;
}

reply find(service& s, client& /*c*/, const request& r)
{
    find_spec spec;
    spec.from = target_collection(s, r);
    spec.filter = matcher(nested(r.get("filter")));
    spec.sort = parse_sort(nested(r.get("sort")));
    spec.fields = projection(nested(r.get("projection")));
    spec.skip = not_negative(r, "skip");
    spec.limit = not_negative(r, "limit");
    auto const size = batch_size(r.get("batchSize"));
    bool const single = truth(r.get("singleBatch"), false);
    if (spec.from == nullptr) return open_cursor(s, r, target_space(r), stream_list({}), size, single);
    spec.use = use_of_hint(s, r);
    return open_cursor(s, r, target_space(r), stream_documents(std::move(spec), r.storage), size, single);
}

reply get_more(service& s, client& /*c*/, const request& r)
{
    auto const id = integer(r.get("getMore"), 0);
    auto const size = batch_size(r.get("batchSize"));
    if (size == 0) throw command_error(codes::bad_value, "Batch size for getMore must be positive");
    auto const space = target_space(r);
    auto c = s.cursors.take(id, space, session_of(r));
    reply filled;
    bool const at_end = fill_batch(filled, *c->documents, size.value_or(no_limit), s.opt.max_reply_bytes);
    if (!at_end) s.cursors.put(std::move(c));
    reply made = cursor_reply(s, "nextBatch", at_end ? 0 : id, space, false);
    move_batch(made, filled);
    return made;
}

reply count(service& s, client& /*c*/, const request& r)
{
    const collection* const from = target_collection(s, r);
    matcher const filter(nested(r.get("query")));
    auto const skip = not_negative(r, "skip");
    auto const limit = not_negative(r, "limit");
    std::int64_t n = 0;
    if (from != nullptr) {
        query_plan const plan(*from, filter, {}, use_of_hint(s, r));
        if (!plan.needs_filter())
            n = static_cast<std::int64_t>(plan.size());
        else
            for_each_match(*from, filter, plan, [&](const document&) { ++n; });
    }
    n = n > skip ? n - skip : 0;
    if (limit != 0 && n > limit) n = limit;
    bson_writer out;
    out.int64("n", n);
    return succeed(s, out);
}

reply distinct(service& s, client& /*c*/, const request& r)
{
    const collection* const from = target_collection(s, r);
    auto const key = text(r.get("key"));
    if (key.empty()) throw command_error(codes::type_mismatch, "distinct needs a key");
    bool const snapshot = wants_snapshot(s, r);
    matcher const filter(nested(r.get("query")));
    std::set<bson_element, by_value> values;
    auto const add = [&](const bson_element& e) {
        // In the order of an index equal values come together.
        if (!values.empty() && compare(*values.rbegin(), e) == 0) return;
        values.insert(e);
    };
    if (from != nullptr) {
        bool const sorted = key == "userId" && from->plain_keys;
        query_plan const plan(*from, filter, {}, sorted ? index_use::by_user : use_of_hint(s, r));
        for_each_match(*from, filter, plan, [&](const document& d) {
            if (sorted) {
                if (d.user_at != 0) add(d.user());
                return;
            }
            auto const found = first(d.view(), key);
            if (!found) return;
            if (found->type != bson_type::array) return add(*found);
            bson_reader reader{found->value};
            for (bson_element e; reader.next(e);) add(e);
        });
    }
    bson_writer list;
    constexpr std::size_t most = 16 << 20;
    for (const auto& value : values) {
        list.element(list.next(), value);
        if (list.size() > most) throw command_error(codes::distinct_too_big, "distinct too big, 16mb cap");
    }
    bson_writer out;
    out.array("values", list.finish());
    if (snapshot) out.timestamp("atClusterTime", cluster_time);
    return succeed(s, out);
}

} // namespace wire
