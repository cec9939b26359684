#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wire {

/// An index with ascending fields.
struct index_info
{
    std::string name;
    std::vector<std::string_view> fields;
};

/// The indexes v1 has on a collection, without those of `omitted` (collection.index).
std::vector<index_info> indexes_of(std::string_view collection, const std::set<std::string>& omitted);

} // namespace wire
