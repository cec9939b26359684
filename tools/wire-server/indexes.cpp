#include "indexes.hpp"

namespace wire {

std::vector<index_info> indexes_of(std::string_view collection, const std::set<std::string>& omitted)
{
    static const std::set<std::string_view> of_users{"events",  "streams",  "accesses",
                                                     "profile", "webhooks", "followedSlices"};
    std::vector<index_info> list{{"_id_", {"_id"}}};
    if (collection == "events") list.push_back({"userId_1__id_1", {"userId", "_id"}});
    if (of_users.contains(collection)) list.push_back({"userId_1", {"userId"}});
    std::erase_if(list, [&](const index_info& index) {
        return omitted.contains(std::string(collection) + "." + index.name);
    });
    return list;
}

} // namespace wire
