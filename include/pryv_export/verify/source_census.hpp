#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::verify {

/// Kinds that the manifests count.
constexpr std::array<std::string_view, 8> counted_kinds{"streams", "accesses", "profile", "webhooks",
                                                        "events",  "audit",    "series",  "attachments"};
enum counted_kind : std::size_t
{
    count_streams,
    count_accesses,
    count_profile,
    count_webhooks,
    count_events,
    count_audit,
    count_series,
    count_attachments
};
using kind_counts = std::array<std::uint64_t, counted_kinds.size()>;

/// Kinds that only the exporter's report counts.
constexpr std::array<std::string_view, 3> reported_kinds{"passwords", "keyValues", "followedSlices"};
using reported_counts = std::array<std::uint64_t, reported_kinds.size()>;

/// What the source has of one user now; series are not counted.
struct source_user
{
    kind_counts records{};
    reported_counts others{};
    std::uint64_t attachment_bytes = 0;
    std::vector<std::string> problems; ///< lines: what could not be counted
};

/// What an archive is held against. Ids as in the source, which are those of the archive.
struct source_census
{
    std::string source;                ///< for people
    std::vector<std::string> problems; ///< lines: what could not be counted, of no single user
    std::map<std::string, source_user, std::less<>> users;
};

} // namespace pryv_export::verify
