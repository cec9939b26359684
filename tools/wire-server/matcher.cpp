#include "matcher.hpp"

#include "filter_parser.hpp"

#include <algorithm>

namespace wire {

namespace {

bool is_nullish(bson_type type) noexcept
{
    return type == bson_type::null || type == bson_type::undefined;
}

/// Whether one value compares as wanted. Values of another kind never do, but for the ends of the order.
bool compares(test kind, const bson_element& value, const bson_element& operand) noexcept
{
    bool const open_ended = operand.type == bson_type::min_key || operand.type == bson_type::max_key;
    if (is_nullish(operand.type)) return is_nullish(value.type) && kind != test::gt && kind != test::lt;
    if (kind == test::eq ? rank(value.type) != rank(operand.type)
                         : !open_ended && rank(value.type) != rank(operand.type))
        return false;
    if (!open_ended && is_nan(value) != is_nan(operand)) return false;
    int const order = compare(value, operand);
    switch (kind) {
    case test::eq: return order == 0;
    case test::gt: return order > 0;
    case test::gte: return order >= 0;
    case test::lt: return order < 0;
    default: return order <= 0;
    }
}

bool is_of_type(const bson_element& value, int type) noexcept
{
    if (type == 0) return value.is_number() || value.type == bson_type::decimal128;
    return static_cast<int>(value.type) == type;
}

bool holds_for(const predicate& p, const bson_element& value) noexcept
{
    switch (p.kind) {
    case test::exists: return true;
    case test::in:
        return std::any_of(p.operands.begin(), p.operands.end(),
                           [&](const bson_element& operand) { return compares(test::eq, value, operand); });
    case test::type:
        return std::any_of(p.types.begin(), p.types.end(), [&](int type) { return is_of_type(value, type); });
    default: return compares(p.kind, value, p.operand);
    }
}

bool holds_for_any(const predicate& p, const bson_element& value) noexcept
{
    if (holds_for(p, value)) return true;
    if (value.type != bson_type::array) return false;
    bson_reader reader{value.value};
    for (bson_element e; reader.next(e);)
        if (holds_for(p, e)) return true;
    return false;
}

bool is_index(std::string_view text) noexcept
{
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Whether the condition holds at a path; `found` tells whether there is anything there.
bool holds_at(const predicate& p, bson_bytes document, std::string_view path, bool& found) noexcept
{
    auto const dot = path.find('.');
    auto const element = first(document, path.substr(0, dot));
    if (!element) return false;
    if (dot == std::string_view::npos) {
        found = true;
        return holds_for_any(p, *element);
    }
    auto const rest = path.substr(dot + 1);
    if (element->type == bson_type::document) return holds_at(p, element->value, rest, found);
    if (element->type != bson_type::array) return false;
    if (is_index(rest.substr(0, rest.find('.'))) && holds_at(p, element->value, rest, found)) return true;
    bson_reader reader{element->value};
    for (bson_element e; reader.next(e);)
        if (e.type == bson_type::document && holds_at(p, e.value, rest, found)) return true;
    return false;
}

bool holds(const predicate& p, bson_bytes document) noexcept
{
    auto const one = [&](const predicate& part) { return holds(part, document); };
    switch (p.kind) {
    case test::all_of: return std::all_of(p.parts.begin(), p.parts.end(), one);
    case test::any_of: return std::any_of(p.parts.begin(), p.parts.end(), one);
    case test::none_of: return std::none_of(p.parts.begin(), p.parts.end(), one);
    default: break;
    }
    bool found = false;
    bool const held = holds_at(p, document, p.path, found);
    if (p.kind == test::exists) return found == p.wanted;
    if (held || found || p.kind == test::type) return held;
    return holds_for(p, null_element());
}

} // namespace

matcher::matcher(bson_bytes filter) : conditions_(parse_filter(filter)) {}

bool matcher::matches(bson_bytes document) const
{
    return std::all_of(conditions_.begin(), conditions_.end(),
                       [&](const predicate& p) { return holds(p, document); });
}

} // namespace wire
