#include "mongo_chain.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace pryv_export::source {

namespace {

/// MongoDB compares an `_id` with others of its own kind only, so that each kind of id is a chain of its own;
/// these follow each other in BSON order. MinKey and MaxKey cannot be asked for everywhere (FerretDB hangs
/// up); a document with such an id is missed here and found by the counts.
enum class id_kind : std::uint8_t
{
    before_strings,
    strings,
    between,
    object_ids,
    behind_object_ids,
    any, ///< all of them with one command
};
constexpr std::array all_kinds{id_kind::before_strings, id_kind::strings, id_kind::between,
                               id_kind::object_ids, id_kind::behind_object_ids};
constexpr std::array any_kind{id_kind::any};
constexpr std::array plain_kinds{id_kind::strings, id_kind::object_ids};

constexpr std::array<std::string_view, 2> types_before_strings{"null", "number"};
constexpr std::array<std::string_view, 2> types_between{"object", "binData"};
constexpr std::array<std::string_view, 4> types_behind{"bool", "date", "timestamp", "regex"};

/// A value of `_id` that outlives its document.
class kept_id
{
public:
    kept_id() = default;
    explicit kept_id(const format::bson_element& id)
        : type_{id.type}, value_{id.value.begin(), id.value.end()}
    {
    }
    bool has_value() const noexcept { return !value_.empty(); }
    bool is_string() const noexcept { return type_ == format::bson_type::string; }
    bool is_object_id() const noexcept { return type_ == format::bson_type::object_id; }
    void add_to(command& range, std::string_view op) const
    {
        range.add(op, format::bson_element{type_, op, value_, 0});
    }

private:
    format::bson_type type_{};
    std::vector<std::uint8_t> value_;
};

command of_types(std::span<const std::string_view> names)
{
    command types;
    for (auto const name : names) types.push(name);
    command range;
    range.add_array("$type", types);
    return range;
}

/// The bounds of one range: behind `low` (or from the first of its kind) up to `high`, with it.
command bounds(id_kind kind, const kept_id& low, const kept_id& high)
{
    switch (kind) {
    case id_kind::before_strings: return of_types(types_before_strings);
    case id_kind::between: return of_types(types_between);
    case id_kind::behind_object_ids: return of_types(types_behind);
    case id_kind::strings:
    case id_kind::object_ids:
    case id_kind::any: break;
    }
    command range;
    static constexpr std::array<std::uint8_t, 12> first_object_id{};
    if (low.has_value())
        low.add_to(range, "$gt");
    else if (kind == id_kind::strings)
        range.add("$gte", std::string_view{});
    else
        range.add("$gte", format::bson_element{format::bson_type::object_id, "$gte", first_object_id, 0});
    if (high.has_value()) high.add_to(range, "$lte");
    return range;
}

bool has_bounds(id_kind kind)
{
    return kind == id_kind::strings || kind == id_kind::object_ids;
}

/// A range of the chain: planned, then fetched.
struct range
{
    id_kind kind{};
    kept_id low;
    kept_id high;
    kept_id last; ///< where it was cut
    bool is_done = false;
    std::exception_ptr failure;
    fetched_documents found;
    std::unique_ptr<read_ahead::hold> held;
};

/// Shared by the cursor and the threads that fetch for it.
class chain : public std::enable_shared_from_this<chain>
{
public:
    chain(mongo_context& context, chain_query query)
        : context_{context}, query_{std::move(query)}, thing_{context.thing(query_.collection)}
    {
        if (query_.range_documents == 0)
            kinds_ = any_kind;
        else if (query_.odd_ids)
            kinds_ = all_kinds;
        else
            kinds_ = plain_kinds;
    }

    /// Blocking: the next range in order; null at the end.
    std::shared_ptr<range> next()
    {
        std::unique_lock lock{mutex_};
        go_on();
        if (ranges_.empty()) return nullptr;
        auto const first = ranges_.front();
        while (!first->is_done) {
            context_.retry.throw_if_stopped(thing_);
            changed_.wait_for(lock, std::chrono::milliseconds{100});
        }
        if (first->failure) std::rethrow_exception(first->failure);
        ranges_.pop_front();
        if (first->found.cut) continue_behind(*first);
        go_on();
        return first;
    }

    void abandon() { abandoned_ = true; }

private:
    std::size_t most_ahead() const { return query_.range_documents > 0 ? context_.options.connections : 1; }

    /// Starts the next range when there is room for it. A range must be planned up to its end before the one
    /// behind it can begin.
    void go_on()
    {
        bool const wanted = ranges_.empty() || (ranges_.size() < most_ahead() &&
                                                context_.ahead.has_room_for(query_.range_bytes));
        if (!wanted || planning_ || kind_ == kinds_.size()) return;
        auto const started = std::make_shared<range>();
        started->kind = kinds_[kind_];
        started->low = low_;
        planning_ = true;
        ranges_.push_back(started);
        start(started);
    }

    void continue_behind(const range& first)
    {
        auto const rest = std::make_shared<range>();
        rest->kind = first.kind;
        if (first.kind == id_kind::any) {
            rest->kind = first.last.is_string()      ? id_kind::strings
                         : first.last.is_object_id() ? id_kind::object_ids
                                                     : id_kind::any;
            kinds_ = all_kinds;
            kind_ = static_cast<std::size_t>(rest->kind) + 1;
        }
        if (!has_bounds(rest->kind)) {
            throw export_error{exit_status::io_error, thing_,
                               "too many documents have an _id that is neither string nor ObjectId",
                               "export from a mongodump of this database"};
        }
        rest->low = first.last;
        rest->high = first.high;
        ranges_.push_front(rest);
        start(rest);
    }

    void start(const std::shared_ptr<range>& what)
    {
        what->held = std::make_unique<read_ahead::hold>(context_.ahead, query_.range_bytes);
        bool const plan = planning_ && ranges_.back() == what && !what->high.has_value();
        start_on<void>(*context_.workers,
                       [self = shared_from_this(), what, plan] { self->work(what, plan); });
    }

    /// On a thread of the pool.
    void work(const std::shared_ptr<range>& what, bool plan)
    {
        try {
            if (!abandoned_) {
                if (plan) find_end(what);
                fetch_range(*what);
            }
        } catch (...) {
            what->failure = std::current_exception();
        }
        std::lock_guard const lock{mutex_};
        if (plan && what->failure) planning_ = false;
        what->held->settle(what->found.bytes);
        what->is_done = true;
        changed_.notify_all();
    }

    /// Looks where the range ends, so that the next one can be fetched at the same time.
    void find_end(const std::shared_ptr<range>& what)
    {
        kept_id end;
        if (query_.range_documents > 0 && has_bounds(what->kind)) {
            command find = make_find(*what);
            find.add("projection", one("_id", std::int64_t{1}));
            find.add("skip", query_.range_documents - 1);
            find.add("limit", std::int64_t{1});
            find.add_flag("singleBatch", true);
            auto const found =
                fetch(context_, query_.database, query_.collection, find, 0, query_.range_bytes);
            if (!found.documents.empty()) {
                if (auto const id = format::find(found.documents.front().bytes, "_id")) end = kept_id{*id};
            }
        }
        std::lock_guard const lock{mutex_};
        what->high = end;
        if (end.has_value()) {
            low_ = end;
        } else {
            low_ = {};
            ++kind_;
        }
        planning_ = false;
        go_on();
    }

    void fetch_range(range& what)
    {
        command find = make_find(what);
        find.add("batchSize", query_.batch_documents);
        what.found = fetch(context_, query_.database, query_.collection, find, query_.batch_documents,
                           4 * query_.range_bytes);
        auto& all = what.found.documents;
        if (what.found.cut) {
            if (auto const id = format::find(all.back().bytes, "_id")) what.last = kept_id{*id};
        }
        if (!query_.user.empty())
            std::erase_if(all, [this](const document& each) { return !is_of_user(each, query_.user); });
    }

    command make_find(const range& what) const
    {
        command filter;
        format::bson_reader members{query_.filter.bytes()};
        for (format::bson_element each; members.next(each);) filter.add(each.key, each);
        if (what.kind != id_kind::any) filter.add("_id", bounds(what.kind, what.low, what.high));
        command find = one("find", std::string_view{query_.collection});
        find.add("filter", filter);
        find.add("sort", one("_id", std::int64_t{1}));
        if (!query_.hint.empty()) find.add("hint", std::string_view{query_.hint});
        return find;
    }

    mongo_context& context_;
    chain_query query_;
    std::string thing_;
    std::span<const id_kind> kinds_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::shared_ptr<range>> ranges_;
    std::size_t kind_ = 0;  ///< in kinds_, of the next range
    kept_id low_;           ///< where the next range begins
    bool planning_ = false; ///< the end of the last range is not known yet
    std::atomic<bool> abandoned_ = false;
};

class chain_cursor final : public document_cursor
{
public:
    chain_cursor(mongo_context& context, chain_query query, chain_end on_end)
        : chain_{std::make_shared<chain>(context, std::move(query))}, on_end_{std::move(on_end)},
          batch_bytes_{context.options.batch_bytes}
    {
    }
    ~chain_cursor() override { chain_->abandon(); }

    bool next(batch& out) override
    {
        out = {};
        while (!done_ && out.bytes < batch_bytes_) {
            if (range_) range_->found.take_batch(at_, range_->found.documents.size(), batch_bytes_, out);
            if (!range_ || at_ == range_->found.documents.size()) go_on();
        }
        documents_ += out.documents.size();
        bytes_ += out.bytes;
        if (done_ && on_end_) std::exchange(on_end_, nullptr)(documents_, bytes_);
        return !out.documents.empty();
    }
    bool done() const override { return done_; }

private:
    void go_on()
    {
        range_ = chain_->next();
        at_ = 0;
        done_ = range_ == nullptr;
    }

    std::shared_ptr<chain> chain_;
    chain_end on_end_;
    std::size_t batch_bytes_;
    std::shared_ptr<range> range_;
    std::size_t at_ = 0;
    std::uint64_t documents_ = 0;
    std::uint64_t bytes_ = 0;
    bool done_ = false;
};

} // namespace

std::unique_ptr<document_cursor> open_chain(mongo_context& context, chain_query query, chain_end on_end)
{
    return std::make_unique<chain_cursor>(context, std::move(query), std::move(on_end));
}

} // namespace pryv_export::source
