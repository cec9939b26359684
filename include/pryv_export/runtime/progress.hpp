#pragma once

#include "pryv_export/runtime/task.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::runtime {

/// Where a run stands. Counters may be raised from any thread.
struct progress
{
    /// Starts a phase: "reading the dump", "exporting", "finishing". The bytes begin at 0 again, done and
    /// total.
    void begin(std::string_view phase);
    std::string phase() const;
    /// Told of each phase, on the thread that begins it. Set before the work starts.
    std::function<void(std::string_view)> on_phase;

    std::atomic<std::uint64_t> bytes_done{0};  ///< of source documents in this phase
    std::atomic<std::uint64_t> bytes_total{0}; ///< 0: unknown
    std::atomic<std::uint64_t> users_done{0};  ///< written; the failed ones come on top
    std::atomic<std::uint64_t> users_total{0};
    std::atomic<std::uint64_t> users_failed{0};
    std::atomic<std::uint64_t> records_done{0};
    std::atomic<std::uint64_t> files_done{0}; ///< attachments
    std::atomic<std::uint64_t> file_bytes_done{0};
    std::atomic<std::uint64_t> phase_number{0};

private:
    mutable std::mutex mutex_;
    std::string phase_;
};

enum class progress_style : std::uint8_t
{
    automatic,
    bar,
    plain,
    json,
    none
};

/// Shows progress on stderr until cancelled: a bar that redraws itself on a terminal, a line now and then
/// elsewhere, one JSON object per line. Rate and remaining time come from bytes, smoothed; the remaining time
/// is unknown until 5 % or 30 s. Never above 100 %, never backwards. `write` gets the text (with control
/// codes for the bar); called on the loop's thread.
task<void> show_progress(const progress& source, progress_style style, bool colour,
                         std::function<void(std::string_view)> write);

/// One of several cores that run at the same time; borrowed.
struct named_progress
{
    std::string name;
    const progress* source = nullptr;
};

/// The same for several at once: a line for each part and one for the whole, which sums them up. Plain lines
/// begin with the part's name, JSON objects have it as "core"; those of the whole have neither.
task<void> show_progress(const progress& whole, std::vector<named_progress> parts, progress_style style,
                         bool colour, std::function<void(std::string_view)> write);

/// The style that `automatic` stands for: bar when stderr is a terminal with TERM other than dumb, else
/// plain.
progress_style resolve(progress_style style);

} // namespace pryv_export::runtime
