#pragma once

#include "options.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sample {

/// Everything about one user that other generators derive their records from.
struct user_plan
{
    std::uint64_t index = 0;
    std::uint64_t key = 0; ///< root of this user's randomness
    std::string id;
    std::string username;
    std::uint64_t start_ms = 0;    ///< registration
    std::uint64_t events = 0;      ///< heads and deletions in user streams
    std::uint64_t with_files = 0;  ///< of these, events that carry attachments
    std::uint64_t large_files = 0; ///< of these, whose first attachment is a large one
    std::uint64_t streams = 0;     ///< live ones, trashed included; at least 1
    std::uint64_t accesses = 0;    ///< at least 1
    std::uint64_t audit_rows = 0;
    std::uint64_t passwords = 1;
    std::uint64_t key_values = 0;
    bool second_email = false;
    bool language_changed = false;
    bool referer = false;
    bool keeps_wal = false; ///< its SQLite files are left with a write-ahead log

    std::string stream_id(std::uint64_t index_of_stream) const;
    std::string access_id(std::uint64_t index_of_access) const;
    std::string email() const { return username + "@example.com"; }
    std::string language() const;
    std::string first_language() const;
};

/// The deployment's users in order of registration, and the time it spans.
struct deployment
{
    options opt;
    std::vector<user_plan> users;
    std::uint64_t begin_ms = 0;
    std::uint64_t end_ms = 0; ///< "now" of the deployment; no clean record is later

    bool has_key_values() const { return opt.version == v1_version::v1_9_3; }
};

/// Same options, same plan.
deployment make_plan(const options& opt);

/// A clean user outside the distribution, for odd records to live with.
user_plan make_user(const options& opt, std::uint64_t index, std::uint64_t start_ms, std::uint64_t events);

inline constexpr std::uint64_t deployment_end_ms = 1762000000000; // 2025-11-01
inline constexpr std::uint64_t edit_window_ms = 3600000;          // history is written within an hour

} // namespace sample
