#include "query_plan.hpp"

#include "bson_writer.hpp"
#include "command_error.hpp"

#include <algorithm>

namespace wire {

namespace {

constexpr std::size_t entries_ahead = 16;

using key_of = bson_element (document::*)() const noexcept;

/// Null, arrays, and the ends of the order mean more than the values between two places.
bool searchable(const bson_element& operand) noexcept
{
    switch (operand.type) {
    case bson_type::null:
    case bson_type::undefined:
    case bson_type::array:
    case bson_type::document:
    case bson_type::regex:
    case bson_type::min_key:
    case bson_type::max_key: return false;
    default: return !is_nan(operand);
    }
}

bool searchable(const predicate& p, std::string_view path) noexcept
{
    if (p.path != path) return false;
    if (p.kind == test::in)
        return std::all_of(p.operands.begin(), p.operands.end(),
                           [](const bson_element& e) { return searchable(e); });
    return p.kind <= test::lte && searchable(p.operand);
}

class searcher
{
public:
    struct span
    {
        std::size_t begin;
        std::size_t end;
    };

    searcher(const collection& from, const order& sorted, key_of key) : from_(from), order_(sorted), key_(key)
    {
    }

    /// Narrows a span, within which the key ascends, to the values a condition allows.
    void narrow(span& s, test kind, const bson_element& operand) const
    {
        int const kind_rank = rank(operand.type);
        auto const value = [&](std::uint32_t i) { return (from_.documents[i].*key_)(); };
        auto const below = [&](std::uint32_t i) { return compare(value(i), operand) < 0; };
        auto const not_above = [&](std::uint32_t i) { return compare(value(i), operand) <= 0; };
        auto const kind_below = [&](std::uint32_t i) { return rank(value(i).type) < kind_rank; };
        auto const kind_not_above = [&](std::uint32_t i) { return rank(value(i).type) <= kind_rank; };
        switch (kind) {
        case test::eq: s = {place(s, below), place(s, not_above)}; break;
        case test::gt: s = {place(s, not_above), place(s, kind_not_above)}; break;
        case test::gte: s = {place(s, below), place(s, kind_not_above)}; break;
        case test::lt: s = {place(s, kind_below), place(s, below)}; break;
        default: s = {place(s, kind_below), place(s, not_above)}; break;
        }
        s.end = std::max(s.begin, s.end);
    }

private:
    template <class Before>
    std::size_t place(const span& s, Before before) const
    {
        auto const begin = order_.begin() + static_cast<std::ptrdiff_t>(s.begin);
        auto const end = order_.begin() + static_cast<std::ptrdiff_t>(s.end);
        return static_cast<std::size_t>(std::partition_point(begin, end, before) - order_.begin());
    }

    const collection& from_;
    const order& order_;
    key_of key_;
};

struct found_spans
{
    std::vector<searcher::span> spans;
    std::size_t used = 0; ///< conditions that need no second look
    bool pinned = false;  ///< each span holds one value of the key
};

found_spans find_spans(const searcher& search, searcher::span whole, const matcher& filter,
                       std::string_view path)
{
    found_spans found;
    const predicate* list = nullptr;
    for (const auto& p : filter.conditions()) {
        if (!searchable(p, path)) continue;
        if (p.kind == test::in) {
            if (list == nullptr) {
                list = &p;
                ++found.used;
            }
            continue;
        }
        search.narrow(whole, p.kind, p.operand);
        found.pinned = found.pinned || p.kind == test::eq;
        ++found.used;
    }
    if (list == nullptr) {
        found.spans.push_back(whole);
        return found;
    }
    auto values = list->operands;
    std::sort(values.begin(), values.end(), [](auto& a, auto& b) { return compare(a, b) < 0; });
    auto const same = [](auto& a, auto& b) { return compare(a, b) == 0; };
    values.erase(std::unique(values.begin(), values.end(), same), values.end());
    for (const auto& value : values) {
        searcher::span one = whole;
        search.narrow(one, test::eq, value);
        found.spans.push_back(one);
    }
    found.pinned = true;
    return found;
}

bool bounds(const matcher& filter, std::string_view path) noexcept
{
    return std::any_of(filter.conditions().begin(), filter.conditions().end(),
                       [&](const predicate& p) { return searchable(p, path); });
}

bool all_same_way(const sort_fields& sort) noexcept
{
    return std::all_of(sort.begin(), sort.end(),
                       [&](const sort_field& f) { return f.descending == sort.front().descending; });
}

/// The order that has the documents sorted as asked, if one has.
index_use sorted_use(const collection& from, const sort_fields& sort) noexcept
{
    if (sort.empty() || !from.plain_keys || !all_same_way(sort)) return index_use::any;
    if (sort.size() == 1 && sort[0].key == "_id") return index_use::by_id;
    if (sort[0].key == "userId" && (sort.size() == 1 || (sort.size() == 2 && sort[1].key == "_id")))
        return index_use::by_user;
    return index_use::any;
}

} // namespace

sort_fields parse_sort(bson_bytes sort)
{
    sort_fields fields;
    bson_reader reader{sort};
    for (bson_element e; reader.next(e);) {
        auto const direction = integer(e, 0);
        if (e.key.empty() || (direction != 1 && direction != -1))
            throw command_error(codes::bad_value, "$sort key ordering must be 1 or -1");
        fields.push_back({e.key, direction < 0});
    }
    return fields;
}

query_plan::query_plan(const collection& from, const matcher& filter, const sort_fields& sort, index_use use)
    : documents_(from.documents.data())
{
    index_use const by_sort = sorted_use(from, sort);
    bool const on_user = from.plain_keys && bounds(filter, "userId");
    bool const on_id = from.plain_keys && bounds(filter, "_id");
    index_use chosen = use;
    if (by_sort == index_use::by_user) {
        chosen = index_use::by_user;
    } else if (by_sort == index_use::by_id) {
        chosen = on_user ? index_use::by_user : index_use::by_id;
    } else if (use == index_use::any) {
        chosen = on_user ? index_use::by_user : (on_id ? index_use::by_id : index_use::natural);
    }
    search(from, filter, chosen);
    bool const same_user_only = chosen == index_use::by_user && by_sort == index_use::by_id &&
                                ranges_.size() == 1 && !done() && ranges_[0].begin < ranges_[0].end &&
                                compare(from.documents[(*order_)[ranges_[0].begin]].user(),
                                        from.documents[(*order_)[ranges_[0].end - 1]].user()) == 0;
    needs_sort_ = !sort.empty() && (by_sort == index_use::any || (by_sort != chosen && !same_user_only));
    if (!needs_sort_ && !sort.empty() && sort[0].descending) reverse();
}

void query_plan::search(const collection& from, const matcher& filter, index_use use)
{
    range const whole{0, from.documents.size()};
    needs_filter_ = !filter.conditions().empty();
    if (use == index_use::natural || use == index_use::any) {
        ranges_.push_back(whole);
    } else {
        bool const user = use == index_use::by_user;
        order_ = user ? &from.by_user : &from.by_id;
        if (!from.plain_keys) {
            ranges_.push_back(whole);
        } else {
            searcher const search_first(from, *order_, user ? &document::user : &document::id);
            auto found = find_spans(search_first, {whole.begin, whole.end}, filter, user ? "userId" : "_id");
            std::size_t used = found.used;
            if (user && found.pinned && bounds(filter, "_id")) {
                searcher const search_id(from, *order_, &document::id);
                std::vector<searcher::span> narrowed;
                std::size_t used_inside = 0;
                for (const auto& span : found.spans) {
                    auto const inner = find_spans(search_id, span, filter, "_id");
                    narrowed.insert(narrowed.end(), inner.spans.begin(), inner.spans.end());
                    used_inside = inner.used;
                }
                found.spans = std::move(narrowed);
                used += used_inside;
            }
            for (const auto& span : found.spans)
                if (span.begin < span.end) ranges_.push_back({span.begin, span.end});
            needs_filter_ = used < filter.conditions().size();
        }
    }
    std::erase_if(ranges_, [](const range& r) { return r.begin >= r.end; });
    if (!ranges_.empty()) at_ = ranges_[0].begin;
}

void query_plan::reverse()
{
    backwards_ = true;
    std::reverse(ranges_.begin(), ranges_.end());
    if (!ranges_.empty()) at_ = ranges_[0].end;
}

std::size_t query_plan::size() const noexcept
{
    std::size_t sum = 0;
    for (const auto& r : ranges_) sum += r.end - r.begin;
    return sum;
}

bool query_plan::next(std::uint32_t& number) noexcept
{
    if (done()) return false;
    const range& r = ranges_[at_range_];
    std::size_t const place = backwards_ ? --at_ : at_++;
    number = order_ != nullptr ? (*order_)[place] : static_cast<std::uint32_t>(place);
    // Users are spread over the whole table: without this every step waits for memory.
    if (order_ != nullptr && place + entries_ahead < order_->size())
        __builtin_prefetch(documents_ + (*order_)[place + entries_ahead]);
    if (at_ == (backwards_ ? r.begin : r.end) && ++at_range_ < ranges_.size())
        at_ = backwards_ ? ranges_[at_range_].end : ranges_[at_range_].begin;
    return true;
}

} // namespace wire
