#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace sample {

enum class distribution
{
    pareto,
    even
};
enum class record_order
{
    id,
    natural
};
enum class v1_version
{
    v1_9_3,
    v1_8_1
};

/// What to generate; one to one with the command line.
struct options
{
    std::filesystem::path out;
    std::uint64_t users = 10;
    std::optional<std::uint64_t> events;
    distribution spread = distribution::pareto;
    double one_big_user = 0; ///< share of all events that the first user holds; 0 = off
    double event_bytes = 0;  ///< wanted mean size of a stored event; 0 = natural
    std::uint64_t seed = 1;
    double attachments_per_user = 3;
    double attachment_bytes = 20000;
    std::uint64_t large_attachments = 0; ///< of all users together
    std::uint64_t large_attachment_bytes = 100'000'000;
    double audit_per_user = 50;
    double streams_per_user = 20;
    double accesses_per_user = 5;
    double history = 0.05;
    double deletions = 0.03;
    double trashed = 0.02;
    bool mongo_index = false;
    bool gzip = false;
    bool metadata = true;
    bool wal = true;
    bool files = true;
    bool dirty = false;
    bool ferretdb = false; ///< only what FerretDB stores: no dots in names, no arrays in arrays
    bool force = false;
    v1_version version = v1_version::v1_9_3;
    record_order order = record_order::id;
    unsigned jobs = 0;

    std::uint64_t total_events() const { return events.value_or(users * 1000); }
};

} // namespace sample
