#include "filter_parser.hpp"

#include "bson_writer.hpp"
#include "command_error.hpp"

#include <map>
#include <string>
#include <utility>

namespace wire {

namespace {

constexpr int any_number = 0;

predicate combine(test kind, std::vector<predicate> parts)
{
    predicate p;
    p.kind = kind;
    p.parts = std::move(parts);
    return p;
}

predicate negate(predicate part)
{
    std::vector<predicate> parts;
    parts.push_back(std::move(part));
    return combine(test::none_of, std::move(parts));
}

void refuse_regex(const bson_element& e)
{
    if (e.type == bson_type::regex)
        throw command_error(codes::bad_value, "regular expressions are not served");
}

predicate compare_with(test kind, std::string_view path, const bson_element& operand)
{
    refuse_regex(operand);
    predicate p;
    p.kind = kind;
    p.path = path;
    p.operand = operand;
    return p;
}

predicate one_of(std::string_view path, const bson_element& list)
{
    if (list.type != bson_type::array) throw command_error(codes::bad_value, "$in needs an array");
    predicate p;
    p.kind = test::in;
    p.path = path;
    bson_reader reader{list.value};
    for (bson_element e; reader.next(e);) {
        refuse_regex(e);
        p.operands.push_back(e);
    }
    return p;
}

int type_number(const bson_element& e)
{
    static const std::map<std::string_view, int> aliases{
        {"double", 1},         {"string", 2},     {"object", 3},
        {"array", 4},          {"binData", 5},    {"undefined", 6},
        {"objectId", 7},       {"bool", 8},       {"date", 9},
        {"null", 10},          {"regex", 11},     {"dbPointer", 12},
        {"javascript", 13},    {"symbol", 14},    {"javascriptWithScope", 15},
        {"int", 16},           {"timestamp", 17}, {"long", 18},
        {"decimal", 19},       {"minKey", 255},   {"maxKey", 127},
        {"number", any_number}};
    if (e.is_string()) {
        auto const found = aliases.find(e.text());
        if (found == aliases.end())
            throw command_error(codes::bad_value, "Unknown type name alias: " + std::string(e.text()));
        return found->second;
    }
    auto const number = integer(e, 0);
    if (number == -1) return 255;
    if (number < 1 || (number > 19 && number != 127))
        throw command_error(codes::bad_value, "Invalid numerical type code: " + std::to_string(number));
    return static_cast<int>(number);
}

predicate of_type(std::string_view path, const bson_element& operand)
{
    predicate p;
    p.kind = test::type;
    p.path = path;
    if (operand.type != bson_type::array) {
        p.types.push_back(type_number(operand));
        return p;
    }
    bson_reader reader{operand.value};
    for (bson_element e; reader.next(e);) p.types.push_back(type_number(e));
    return p;
}

std::vector<predicate> operators(std::string_view path, bson_bytes expression);

predicate one_operator(std::string_view path, const bson_element& e)
{
    static const std::map<std::string_view, test> comparisons{
        {"$eq", test::eq}, {"$gt", test::gt}, {"$gte", test::gte}, {"$lt", test::lt}, {"$lte", test::lte}};
    if (auto const found = comparisons.find(e.key); found != comparisons.end())
        return compare_with(found->second, path, e);
    if (e.key == "$ne") return negate(compare_with(test::eq, path, e));
    if (e.key == "$in") return one_of(path, e);
    if (e.key == "$nin") return negate(one_of(path, e));
    if (e.key == "$type") return of_type(path, e);
    if (e.key == "$exists") {
        predicate p;
        p.kind = test::exists;
        p.path = path;
        p.wanted = truth(e, true);
        return p;
    }
    if (e.key == "$not") {
        refuse_regex(e);
        if (e.type != bson_type::document) throw command_error(codes::bad_value, "$not needs a document");
        return negate(combine(test::all_of, operators(path, e.value)));
    }
    throw command_error(codes::bad_value, "unknown operator: " + std::string(e.key));
}

std::vector<predicate> operators(std::string_view path, bson_bytes expression)
{
    std::vector<predicate> all;
    bson_reader reader{expression};
    for (bson_element e; reader.next(e);) all.push_back(one_operator(path, e));
    return all;
}

bool is_expression(const bson_element& e)
{
    bson_element inner;
    return e.type == bson_type::document && bson_reader{e.value}.next(inner) && inner.key.starts_with('$');
}

std::vector<predicate> clauses(const bson_element& list)
{
    std::vector<predicate> all;
    if (list.type == bson_type::array) {
        bson_reader reader{list.value};
        for (bson_element e; reader.next(e);) {
            if (e.type != bson_type::document)
                throw command_error(codes::bad_value, "$or/$and/$nor entries need to be full objects");
            all.push_back(combine(test::all_of, parse_filter(e.value)));
        }
    }
    if (all.empty())
        throw command_error(codes::bad_value, std::string(list.key) + " must be a nonempty array");
    return all;
}

} // namespace

std::vector<predicate> parse_filter(bson_bytes filter)
{
    std::vector<predicate> all;
    auto const append = [&](std::vector<predicate> more) {
        for (auto& p : more) all.push_back(std::move(p));
    };
    bson_reader reader{filter};
    for (bson_element e; reader.next(e);) {
        if (e.key == "$and") {
            // Flat, so that the plan sees bounds inside.
            for (auto& clause : clauses(e)) append(std::move(clause.parts));
        } else if (e.key == "$or") {
            all.push_back(combine(test::any_of, clauses(e)));
        } else if (e.key == "$nor") {
            all.push_back(combine(test::none_of, clauses(e)));
        } else if (e.key == "$comment") {
            continue;
        } else if (e.key.starts_with('$')) {
            throw command_error(codes::bad_value, "unknown top level operator: " + std::string(e.key));
        } else if (is_expression(e)) {
            append(operators(e.key, e.value));
        } else {
            all.push_back(compare_with(test::eq, e.key, e));
        }
    }
    return all;
}

} // namespace wire
