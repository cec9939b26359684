#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Members of a JSON object, where what is absent or of another type is nothing.
namespace pryv_export::page {

std::string text_member(const boost::json::object& from, std::string_view key);
/// 0 for what is negative.
std::uint64_t count_member(const boost::json::object& from, std::string_view key);
double number_member(const boost::json::object& from, std::string_view key);
bool is_true(const boost::json::object& from, std::string_view key);
/// An empty one when there is none.
const boost::json::object& object_member(const boost::json::object& from, std::string_view key);
std::vector<std::string> text_list(const boost::json::object& from, std::string_view key);

std::uint64_t count_of(const boost::json::value& value);

/// Calls it with each object of a list.
template <class Function>
void for_each_object(const boost::json::object& from, std::string_view key, Function function)
{
    auto const* const list = from.if_contains(key);
    if (list == nullptr || !list->is_array()) return;
    for (const boost::json::value& item : list->get_array()) {
        if (item.is_object()) function(item.get_object());
    }
}

} // namespace pryv_export::page
