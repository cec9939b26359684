#include "indexes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace load_dump {

namespace {

using fields = std::vector<std::string_view>;

struct index_spec
{
    std::string_view collection;
    fields keys;
    std::string_view rest = ""; ///< options for MongoDB, as members of a JSON object
    bool unique = false;
    std::string_view partial_field = ""; ///< FerretDB: joins the keys in place of the partial filter
};

constexpr std::string_view background = R"(,"background":true)";
constexpr std::string_view live_only = R"(,"partialFilterExpression":{"deleted":{"$type":"null"}})";
constexpr std::string_view with_end =
    R"(,"background":true,"partialFilterExpression":{"endTime":{"$exists":true}})";
constexpr std::string_view ttl = R"(,"expireAfterSeconds":0)";

const std::vector<index_spec>& v1_indexes()
{
    static const std::vector<index_spec> list{
        {"events", {"userId"}, background},
        {"events", {"userId", "_id"}, background},
        {"events", {"userId", "time"}, background},
        {"events", {"userId", "streamIds"}, background},
        {"events", {"userId", "type"}, background},
        {"events", {"userId", "trashed"}, background},
        {"events", {"userId", "modified"}, background},
        {"events", {"userId", "endTime"}, with_end, false, "endTime"},
        {"streams", {"userId"}, background},
        {"streams", {"userId", "streamId"}, "", true},
        {"streams", {"userId", "name"}},
        {"streams", {"userId", "name", "parentId"}, live_only, true, "deleted"},
        {"streams", {"userId", "trashed"}},
        {"accesses", {"userId"}, background},
        {"accesses", {"userId", "token"}, live_only, true, "deleted"},
        {"accesses", {"userId", "integrityBatchCode"}},
        {"accesses", {"userId", "name", "type", "deviceName"}, live_only, true, "deleted"},
        {"profile", {"userId"}, background},
        {"profile", {"userId", "profileId"}, "", true},
        {"followedSlices", {"userId"}, background},
        {"followedSlices", {"userId", "name"}, "", true},
        {"followedSlices", {"userId", "url", "accessToken"}, "", true},
        {"webhooks", {"userId"}, background},
        {"webhooks", {"userId", "accessId", "url"}, live_only, true, "deleted"},
        {"sessions", {"expires"}, ttl},
        {"passwordResets", {"expires"}, ttl},
    };
    return list;
}

std::string index_json(const index_spec& spec, bool ferret)
{
    fields keys = spec.keys;
    if (ferret && !spec.partial_field.empty() &&
        std::find(keys.begin(), keys.end(), spec.partial_field) == keys.end())
        keys.push_back(spec.partial_field);
    std::string pattern;
    std::string name;
    for (const auto key : keys) {
        pattern += fmt::format(R"({}"{}":1)", pattern.empty() ? "" : ",", key);
        name += fmt::format("{}{}_1", name.empty() ? "" : "_", key);
    }
    return fmt::format(R"({{"key":{{{}}},"name":"{}"{}{}}})", pattern, name,
                       spec.unique ? R"(,"unique":true)" : "", ferret ? "" : spec.rest);
}

} // namespace

std::vector<std::string> create_indexes(server& to, const std::string& database,
                                        const std::string& collection)
{
    std::vector<std::string> refused;
    for (const auto& spec : v1_indexes()) {
        if (spec.collection != collection) continue;
        const auto index = index_json(spec, to.is_ferret());
        const bson_document command{
            fmt::format(R"({{"createIndexes":"{}","indexes":[{}]}})", collection, index)};
        const auto error = to.run(database, command);
        if (!error.empty())
            refused.push_back(fmt::format("{}.{}: index {}: {}", database, collection, index, error));
    }
    return refused;
}

} // namespace load_dump
