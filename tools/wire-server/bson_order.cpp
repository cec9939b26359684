#include "bson_order.hpp"

#include <bson/bson.h>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace wire {

namespace {

enum ranks
{
    undefined_rank = 0,
    null_rank = 5,
    number_rank = 10,
    string_rank = 15,
    object_rank = 20,
    array_rank = 25,
    binary_rank = 30,
    object_id_rank = 35,
    boolean_rank = 40,
    date_rank = 45,
    timestamp_rank = 47,
    regex_rank = 50,
};

template <class T>
int three_way(const T& a, const T& b) noexcept
{
    return a < b ? -1 : (b < a ? 1 : 0);
}

int compare_bytes(bson_bytes a, bson_bytes b) noexcept
{
    auto const common = a.size() < b.size() ? a.size() : b.size();
    int const order = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
    return order != 0 ? order : three_way(a.size(), b.size());
}

double as_double(const bson_element& e) noexcept
{
    if (e.type != bson_type::decimal128) return e.number().value_or(0);
    bson_decimal128_t decimal;
    std::memcpy(&decimal.low, e.value.data(), 8);
    std::memcpy(&decimal.high, e.value.data() + 8, 8);
    char text[BSON_DECIMAL128_STRING];
    bson_decimal128_to_string(&decimal, text);
    return std::strtod(text, nullptr);
}

bool is_integer(const bson_element& e) noexcept
{
    return e.type == bson_type::int32 || e.type == bson_type::int64;
}

std::int64_t as_integer(const bson_element& e) noexcept
{
    return e.type == bson_type::int32 ? e.int32() : e.int64();
}

/// NaN is the least of all numbers.
int compare_doubles(double a, double b) noexcept
{
    if (std::isnan(a) || std::isnan(b))
        return static_cast<int>(std::isnan(b)) - static_cast<int>(std::isnan(a));
    return three_way(a, b);
}

int compare_integer_with_double(std::int64_t a, double b) noexcept
{
    if (std::isnan(b)) return 1;
    constexpr double limit = 9223372036854775808.0;
    if (b >= limit) return -1;
    if (b < -limit) return 1;
    auto const whole = static_cast<std::int64_t>(b);
    if (a != whole) return three_way(a, whole);
    return three_way(0.0, b - static_cast<double>(whole));
}

int compare_numbers(const bson_element& a, const bson_element& b) noexcept
{
    if (is_integer(a) && is_integer(b)) return three_way(as_integer(a), as_integer(b));
    if (is_integer(a)) return compare_integer_with_double(as_integer(a), as_double(b));
    if (is_integer(b)) return -compare_integer_with_double(as_integer(b), as_double(a));
    return compare_doubles(as_double(a), as_double(b));
}

int compare_documents(bson_bytes a, bson_bytes b, bool names) noexcept
{
    bson_reader left{a};
    bson_reader right{b};
    for (bson_element x, y;;) {
        bool const more_left = left.next(x);
        bool const more_right = right.next(y);
        if (!more_left || !more_right) return three_way(more_left, more_right);
        if (rank(x.type) != rank(y.type)) return three_way(rank(x.type), rank(y.type));
        if (names && x.key != y.key) return x.key < y.key ? -1 : 1;
        if (int const order = compare(x, y); order != 0) return order;
    }
}

int compare_binary(const bson_element& a, const bson_element& b) noexcept
{
    if (a.value.size() != b.value.size()) return three_way(a.value.size(), b.value.size());
    return compare_bytes(a.value.subspan(4), b.value.subspan(4));
}

} // namespace

int rank(bson_type type) noexcept
{
    switch (type) {
    case bson_type::min_key: return -1;
    case bson_type::undefined: return undefined_rank;
    case bson_type::null: return null_rank;
    case bson_type::float64:
    case bson_type::int32:
    case bson_type::int64:
    case bson_type::decimal128: return number_rank;
    case bson_type::string:
    case bson_type::symbol: return string_rank;
    case bson_type::document: return object_rank;
    case bson_type::array: return array_rank;
    case bson_type::binary: return binary_rank;
    case bson_type::object_id: return object_id_rank;
    case bson_type::boolean: return boolean_rank;
    case bson_type::date: return date_rank;
    case bson_type::timestamp: return timestamp_rank;
    case bson_type::regex: return regex_rank;
    case bson_type::db_pointer: return 55;
    case bson_type::code: return 60;
    case bson_type::code_with_scope: return 65;
    case bson_type::max_key: return 127;
    }
    return 126;
}

int compare(const bson_element& a, const bson_element& b) noexcept
{
    int const kind = rank(a.type);
    if (kind != rank(b.type)) return three_way(kind, rank(b.type));
    switch (kind) {
    case number_rank: return compare_numbers(a, b);
    case string_rank: return a.text().compare(b.text());
    case object_rank: return compare_documents(a.value, b.value, true);
    case array_rank: return compare_documents(a.value, b.value, false);
    case binary_rank: return compare_binary(a, b);
    case boolean_rank: return three_way(a.boolean(), b.boolean());
    case date_rank: return three_way(a.int64(), b.int64());
    case timestamp_rank:
        return three_way(static_cast<std::uint64_t>(a.int64()), static_cast<std::uint64_t>(b.int64()));
    default: return compare_bytes(a.value, b.value);
    }
}

std::optional<bson_element> first(bson_bytes document, std::string_view key) noexcept
{
    bson_reader reader{document};
    for (bson_element e; reader.next(e);)
        if (e.key == key) return e;
    return std::nullopt;
}

bson_element null_element() noexcept
{
    bson_element e;
    e.type = bson_type::null;
    return e;
}

bool is_nan(const bson_element& element) noexcept
{
    return rank(element.type) == number_rank && !is_integer(element) && std::isnan(as_double(element));
}

bson_element sort_key(bson_bytes document, std::string_view key, bool descending) noexcept
{
    auto const found = first(document, key);
    if (!found) return null_element();
    if (found->type != bson_type::array) return *found;
    bson_element best;
    best.type = bson_type::undefined;
    bool any = false;
    bson_reader reader{found->value};
    for (bson_element e; reader.next(e); any = true)
        if (!any || (descending ? compare(e, best) > 0 : compare(e, best) < 0)) best = e;
    return best;
}

} // namespace wire
