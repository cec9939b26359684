#pragma once

#include "pryv_export/runtime/progress.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What show_progress() prints, as pure functions: state in, text out.
namespace pryv_export::runtime {

/// The counters of `progress` at one moment.
struct progress_snapshot
{
    std::string phase;
    std::uint64_t phase_number = 0;
    std::uint64_t bytes_done = 0;
    std::uint64_t bytes_total = 0; ///< 0: unknown
    std::uint64_t users_done = 0;
    std::uint64_t users_total = 0;
    std::uint64_t users_failed = 0;
    std::uint64_t records_done = 0;
    std::uint64_t files_done = 0;
    std::uint64_t file_bytes_done = 0;
};
progress_snapshot snapshot(const progress& source);

/// Several cores as one: their counters summed up in the phase of the whole. A part that is behind a phase
/// whose bytes are shown counts as done.
class progress_sum
{
public:
    progress_snapshot update(progress_snapshot whole, std::span<const progress_snapshot> parts);

private:
    std::vector<std::uint64_t> exported_; ///< bytes of each part, once they are known
};

/// A snapshot and what follows from those before it.
struct progress_state
{
    progress_snapshot now;
    double seconds = 0;                      ///< since the first snapshot
    std::optional<double> fraction;          ///< of the phase, 0 to 1, never smaller than before
    double bytes_per_second = 0;             ///< smoothed
    std::optional<double> remaining_seconds; ///< of the phase
};

/// Turns snapshots into states. Times are seconds of any steady clock.
class progress_meter
{
public:
    progress_state update(progress_snapshot now, double at_seconds);

private:
    void begin_phase(const progress_snapshot& now, double at_seconds, std::uint64_t bytes);
    void smooth(const progress_snapshot& now, double at_seconds);
    std::optional<double> advance(progress_snapshot& now);
    std::optional<double> remaining(const progress_state& state, double at_seconds) const;

    bool started_ = false;
    std::uint64_t phase_number_ = 0;
    double first_ = 0;
    double phase_begin_ = 0;
    double last_ = 0;
    std::uint64_t last_bytes_ = 0;
    double rate_ = 0;   ///< biased towards 0 while young
    double weight_ = 0; ///< of what rate_ has seen; 1 when grown up
    double fraction_ = 0;
};

/// How a bar may look.
struct bar_look
{
    unsigned columns = 80; ///< of the terminal; the last one stays free
    bool colour = false;
    bool blocks = true; ///< block characters, which need UTF-8
};

/// One line without control characters for the cursor: "exporting  42% [████      ] 1.2 GiB/2.9 GiB …". What
/// does not fit is left out, the least important first.
std::string bar_line(const progress_state& state, const bar_look& look);
/// "exporting: 42 %, 1.2 GiB of 2.9 GiB, 310 MiB/s, 3,210 of 10,000 users, 5 s left"
std::string plain_line(const progress_state& state);
/// One JSON object: {"event":"progress","phase":…,"bytesDone":…,…}. `last` adds "final":true.
std::string json_line(const progress_state& state, bool last);
/// The same of one core among several: with "core" as its first member.
std::string json_line(const progress_state& state, bool last, std::string_view core);

} // namespace pryv_export::runtime
