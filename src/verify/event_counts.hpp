#pragma once

#include "pryv_export/base/event_times.hpp"

#include "archive_files.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace pryv_export::verify {

struct event_counts
{
    std::uint64_t events = 0; ///< heads, neither deleted nor history
    std::uint64_t history = 0;
    std::uint64_t deleted = 0;
    std::uint64_t trashed = 0;
    std::optional<double> first_time; ///< seconds, of `events`
    std::optional<double> last_time;
    event_times times; ///< of `events`
    std::map<std::string, std::uint64_t> types;
    std::map<std::string, std::uint64_t> streams; ///< an event counts for each of its streams

    void add(const event_counts& other);
};

/// Events of one user. stream, type: only those; empty: all.
event_counts count_events_of(archive_files& files, const manifest_user& user, std::string_view stream,
                             std::string_view type);

} // namespace pryv_export::verify
