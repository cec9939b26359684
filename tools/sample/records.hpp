#pragma once

#include "bson_out.hpp"
#include "expected.hpp"
#include "plan.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace sample {

/// Collections of the main database and, from `platform_unique` on, of the
/// platform database.
enum class collection : std::uint8_t
{
    events,
    streams,
    accesses,
    profile,
    followed_slices,
    webhooks,
    versions,
    sessions,
    password_resets,
    id4name,
    passwords,
    key_values,
    platform_unique,
    platform_indexed,
    last,
};

inline constexpr auto collection_count = static_cast<std::size_t>(collection::last);

std::string_view collection_name(collection c);
inline bool in_platform_database(collection c)
{
    return c >= collection::platform_unique;
}
/// Only written when the index, account and platform engines are MongoDB.
inline bool of_mongo_engines(collection c)
{
    return c >= collection::id4name;
}

using record_buffers = std::array<bson_out, collection_count>;

struct password
{
    double time = 0;
    std::string hash;
};

password user_password(const user_plan& user, std::uint64_t index);

struct key_value
{
    std::string store;
    std::string key;
    std::string json; ///< the value as SQLite holds it
};

key_value user_key_value(const user_plan& user, std::uint64_t index);

/// Appends all of a user's documents outside `events`, and counts them.
void append_user_records(const deployment& plan, const user_plan& user, record_buffers& out,
                         counters& counts);

/// Documents that belong to no user: versions, and the platform's odd ends.
void append_global_records(const deployment& plan, record_buffers& out);

/// Finishes an access document begun at `start` whose integrity is still blank.
void seal_access(bson_out& out, std::size_t start);

} // namespace sample
