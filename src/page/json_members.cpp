#include "page/json_members.hpp"

namespace pryv_export::page {

namespace json = boost::json;

namespace {

constexpr double most_exact = 9e15;

} // namespace

std::string text_member(const json::object& from, std::string_view key)
{
    auto const* const value = from.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

std::uint64_t count_of(const json::value& value)
{
    if (value.is_uint64()) return value.get_uint64();
    if (value.is_int64()) return value.get_int64() > 0 ? static_cast<std::uint64_t>(value.get_int64()) : 0;
    if (value.is_double() && value.get_double() > 0 && value.get_double() < most_exact)
        return static_cast<std::uint64_t>(value.get_double());
    return 0;
}

std::uint64_t count_member(const json::object& from, std::string_view key)
{
    auto const* const value = from.if_contains(key);
    return value == nullptr ? 0 : count_of(*value);
}

double number_member(const json::object& from, std::string_view key)
{
    auto const* const value = from.if_contains(key);
    if (value == nullptr || !value->is_number()) return 0;
    return value->to_number<double>();
}

bool is_true(const json::object& from, std::string_view key)
{
    auto const* const value = from.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool();
}

const json::object& object_member(const json::object& from, std::string_view key)
{
    static const json::object none;
    auto const* const value = from.if_contains(key);
    return value != nullptr && value->is_object() ? value->get_object() : none;
}

std::vector<std::string> text_list(const json::object& from, std::string_view key)
{
    std::vector<std::string> texts;
    auto const* const list = from.if_contains(key);
    if (list == nullptr || !list->is_array()) return texts;
    for (const json::value& item : list->get_array()) {
        if (item.is_string()) texts.emplace_back(item.get_string());
    }
    return texts;
}

} // namespace pryv_export::page
