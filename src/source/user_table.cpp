#include "user_table.hpp"

#include <functional>

namespace pryv_export::source {

user_table::user_table() : table_(1024, nobody) {}

std::size_t user_table::place_of(std::string_view id) const
{
    std::size_t const mask = table_.size() - 1;
    std::size_t place = std::hash<std::string_view>{}(id)&mask;
    while (table_[place] != nobody && ids_[table_[place] - 1] != id) place = (place + 1) & mask;
    return place;
}

user_slot user_table::intern(std::string_view id)
{
    if (id.empty()) return nobody;
    if (last_ != nobody && ids_[last_ - 1] == id) return last_;
    std::size_t place = place_of(id);
    if (table_[place] == nobody) {
        if (2 * (ids_.size() + 1) > table_.size()) {
            grow();
            place = place_of(id);
        }
        ids_.emplace_back(id);
        table_[place] = static_cast<user_slot>(ids_.size());
    }
    return last_ = table_[place];
}

std::optional<user_slot> user_table::find(std::string_view id) const
{
    user_slot const slot = table_[place_of(id)];
    return slot == nobody ? std::nullopt : std::optional{slot};
}

void user_table::grow()
{
    table_.assign(2 * table_.size(), nobody);
    for (std::size_t i = 0; i < ids_.size(); ++i) table_[place_of(ids_[i])] = static_cast<user_slot>(i + 1);
}

} // namespace pryv_export::source
