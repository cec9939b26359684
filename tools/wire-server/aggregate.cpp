#include "command_error.hpp"
#include "command_handlers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace wire {

namespace {

enum class fold
{
    sum,
    max,
    min
};

struct accumulator
{
    std::string_view name;
    fold how{};
    std::string_view field; ///< of max and min
    std::int64_t step = 1;  ///< of sum
};

struct group_spec
{
    std::string_view field; ///< empty: one group
    bson_element constant = null_element();
    std::vector<accumulator> parts;
};

struct group_state
{
    std::vector<std::int64_t> sums;
    std::vector<bson_element> values;
};

struct by_value
{
    bool operator()(const bson_element& a, const bson_element& b) const noexcept { return compare(a, b) < 0; }
};
using groups = std::map<bson_element, group_state, by_value>;

std::string_view field_of(const bson_element& e)
{
    auto const path = e.is_string() ? e.text() : std::string_view{};
    if (path.size() < 2 || path[0] != '$' || path[1] == '$' || path.find('.') != std::string_view::npos)
        throw command_error(codes::invalid_pipeline_operator, "only \"$field\" is served as an expression");
    return path.substr(1);
}

accumulator parse_accumulator(const service& s, const bson_element& field)
{
    bson_element e;
    if (field.type != bson_type::document || !bson_reader{field.value}.next(e))
        throw command_error(40234, fmt::format("The field '{}' must be an accumulator object", field.key));
    if (e.key == "$sum") {
        if (!e.is_number())
            throw command_error(codes::invalid_pipeline_operator, "only $sum of a number is served");
        return {field.key, fold::sum, {}, integer(e, 1)};
    }
    bool const max = e.key == "$max";
    if ((!max && e.key != "$min") || (max && s.opt.no_max))
        throw command_error(codes::unknown_accumulator, fmt::format("unknown group operator '{}'", e.key));
    return {field.key, max ? fold::max : fold::min, field_of(e), 0};
}

group_spec parse_group(const service& s, bson_bytes spec)
{
    group_spec g;
    bson_reader reader{spec};
    for (bson_element e; reader.next(e);) {
        if (e.key != "_id")
            g.parts.push_back(parse_accumulator(s, e));
        else if (e.is_string() && e.text().starts_with('$'))
            g.field = field_of(e);
        else
            g.constant = e;
    }
    return g;
}

void fold_in(group_state& state, const group_spec& g, bson_bytes document)
{
    for (std::size_t i = 0; i < g.parts.size(); ++i) {
        const accumulator& part = g.parts[i];
        if (part.how == fold::sum) {
            state.sums[i] += part.step;
            continue;
        }
        auto const value = first(document, part.field);
        if (!value || value->is_null()) continue;
        bson_element& best = state.values[i];
        bool const better = part.how == fold::max ? compare(*value, best) > 0 : compare(*value, best) < 0;
        if (best.is_null() || better) best = *value;
    }
}

groups group(const collection& from, const matcher& filter, const group_spec& g, index_use use)
{
    groups found;
    auto current = found.end();
    query_plan const plan(from, filter, {}, use);
    for_each_match(from, filter, plan, [&](const document& d) {
        bson_element const key =
            g.field.empty() ? g.constant : first(d.view(), g.field).value_or(null_element());
        // In the order of an index the groups come one after the other.
        if (current == found.end() || compare(current->first, key) != 0) {
            current = found.try_emplace(key).first;
            current->second.sums.resize(g.parts.size());
            current->second.values.resize(g.parts.size(), null_element());
        }
        fold_in(current->second, g, d.view());
    });
    return found;
}

void add_sum(bson_writer& out, std::string_view name, std::int64_t value)
{
    constexpr std::int64_t most = 0x7fffffff;
    if (value <= most)
        out.int32(name, static_cast<std::int32_t>(value));
    else
        out.int64(name, value);
}

std::vector<bytes> rows(const groups& found, const group_spec& g)
{
    std::vector<bytes> list;
    for (const auto& [key, state] : found) {
        bson_writer row;
        row.element("_id", key);
        for (std::size_t i = 0; i < g.parts.size(); ++i) {
            if (g.parts[i].how == fold::sum)
                add_sum(row, g.parts[i].name, state.sums[i]);
            else
                row.element(g.parts[i].name, state.values[i]);
        }
        list.push_back(row.finish());
    }
    return list;
}

std::vector<bytes> count_row(const collection* from, const matcher& filter, std::string_view name,
                             index_use use)
{
    std::int64_t n = 0;
    if (from != nullptr) {
        query_plan const plan(*from, filter, {}, use);
        if (!plan.needs_filter())
            n = static_cast<std::int64_t>(plan.size());
        else
            for_each_match(*from, filter, plan, [&](const document&) { ++n; });
    }
    if (n == 0) return {};
    bson_writer row;
    add_sum(row, name, n);
    std::vector<bytes> list;
    list.push_back(row.finish());
    return list;
}

std::vector<bytes> storage_row(const request& r, const collection* from)
{
    if (from == nullptr)
        throw command_error(codes::namespace_not_found,
                            fmt::format("Collection [{}] not found.", target_space(r)));
    bson_writer sizes;
    add_sizes(sizes, *from);
    bson_writer row;
    row.text("ns", target_space(r)).document("storageStats", sizes.finish());
    row.int64("count", static_cast<std::int64_t>(from->documents.size()));
    std::vector<bytes> list;
    list.push_back(row.finish());
    return list;
}

/// The stages in their fixed order, each at most once.
class pipeline
{
public:
    explicit pipeline(bson_bytes stages) : reader_(stages) { advance(); }

    bool take(std::string_view name, bson_element& stage)
    {
        if (!has_ || current_.key != name) return false;
        stage = current_;
        advance();
        return true;
    }

    void finish() const
    {
        if (has_)
            throw command_error(codes::unknown_stage,
                                fmt::format("Unrecognized pipeline stage name here: '{}'", current_.key));
    }

private:
    void advance()
    {
        bson_element e;
        has_ = reader_.next(e);
        if (has_ && (e.type != bson_type::document || !bson_reader{e.value}.next(current_)))
            throw command_error(40323,
                                "A pipeline stage specification object must contain exactly one field.");
    }

    bson_reader reader_;
    bson_element current_;
    bool has_ = false;
};

} // namespace

reply aggregate(service& s, client& /*c*/, const request& r)
{
    const collection* const from = target_collection(s, r);
    pipeline stages(nested(r.get("pipeline")));
    bson_element stage;
    std::vector<bytes> list;
    auto const use = from != nullptr ? use_of_hint(s, r) : index_use::any;
    if (stages.take("$collStats", stage)) {
        stages.finish();
        list = storage_row(r, from);
    } else {
        matcher filter;
        if (stages.take("$match", stage)) filter = matcher(nested(stage));
        if (stages.take("$count", stage)) {
            stages.finish();
            list = count_row(from, filter, text(stage, "count"), use);
        } else if (stages.take("$group", stage)) {
            auto const g = parse_group(s, nested(stage));
            bool const sorted = stages.take("$sort", stage);
            auto const sort = sorted ? parse_sort(nested(stage)) : sort_fields{};
            stages.finish();
            if (sorted && (sort.size() != 1 || sort[0].key != "_id"))
                throw command_error(codes::bad_value, "groups are served sorted by _id only");
            auto const plan_use = use == index_use::any && g.field == "userId" ? index_use::by_user : use;
            if (from != nullptr) list = rows(group(*from, filter, g, plan_use), g);
            if (sorted && sort[0].descending) std::reverse(list.begin(), list.end());
        } else {
            stages.finish();
            throw command_error(codes::invalid_pipeline_operator, "$group, $count or $collStats is missing");
        }
    }
    auto const size = batch_size(first(nested(r.get("cursor")), "batchSize"));
    return open_cursor(s, r, target_space(r), stream_list(std::move(list)), size, false);
}

} // namespace wire
