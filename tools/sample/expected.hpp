#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sample {

/// What is counted per user; names() gives the member of expected.json.
enum class count : std::uint8_t
{
    events,         ///< documents in `events` with this userId
    heads,          ///< live events in user streams, trashed ones included
    trashed,        ///< of the heads
    deletions,      ///< events with `deleted`, user streams
    history,        ///< events with `headId`, user streams
    account_fields, ///< current values: become account fields
    account_other,  ///< account events that are history, inactive, deleted or trashed
    both,           ///< counted in heads and in account_fields: one document, two records
    events_set_aside,
    rebased, ///< integrity valid under a v1 rule only
    streams, ///< deleted ones included
    streams_deleted,
    streams_set_aside,
    accesses, ///< deleted ones included
    accesses_deleted,
    accesses_set_aside,
    profile,
    followed_slices,
    webhooks, ///< deleted ones included
    webhooks_deleted,
    webhooks_set_aside,
    passwords,
    key_values,
    audit,
    files, ///< regular files under attachments/
    file_bytes,
    files_listed, ///< distinct (event, file) pairs that live events list
    last,
};

inline constexpr auto count_kinds = static_cast<std::size_t>(count::last);
const std::array<std::string_view, count_kinds>& count_names();

struct counters
{
    std::array<std::uint64_t, count_kinds> value{};

    std::uint64_t& operator[](count c) { return value[static_cast<std::size_t>(c)]; }
    std::uint64_t operator[](count c) const { return value[static_cast<std::size_t>(c)]; }
    void add(const counters& other)
    {
        for (std::size_t i = 0; i < count_kinds; ++i) value[i] += other.value[i];
    }
};

struct user_expectation
{
    std::string id;
    std::string username; ///< empty: the index does not name this user
    counters counts;
};

/// One odd thing and what the specification says becomes of it.
struct dirty_record
{
    std::string rule; ///< rule of the conversion, or the fault's name
    std::string kind; ///< collection or store: "events", "attachments", "index", …
    std::string user;
    std::string id;      ///< record id; empty when the user itself is odd
    std::string outcome; ///< written | changed | setAside | failed | listed
    std::string note;
};

struct expectation
{
    std::vector<user_expectation> users;
    std::vector<dirty_record> dirty;
    std::map<std::string, std::uint64_t> documents; ///< per dump collection, all of it
    std::uint64_t platform_unique = 0;
    std::uint64_t platform_indexed = 0;
    std::vector<std::string> not_in_index;      ///< user ids with data that the index lacks
    std::vector<std::string> index_only;        ///< user ids that only the index has
    std::vector<std::string> folder_only;       ///< user ids that only have a folder
    std::vector<std::string> refused_ids;       ///< user ids that cannot be folder names
    std::map<std::string, std::string> failing; ///< user id → why it cannot be exported whole
};

/// Writes expected.json; the format is in docs/sample-deployment.md.
void write_expected(const expectation& expected, const std::filesystem::path& file);

/// Text as a JSON string, invalid UTF-8 replaced.
std::string json_quoted(std::string_view text);

} // namespace sample
