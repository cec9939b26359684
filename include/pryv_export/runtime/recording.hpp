#pragma once

#include "pryv_export/runtime/program.hpp"
#include "pryv_export/runtime/stage.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pryv_export::runtime {

struct recording_options
{
    /// A trace in the JSON form of Chrome's tracing (Trace Event Format), which Perfetto reads. Written while
    /// the program runs.
    std::optional<std::filesystem::path> trace_file;
    bool totals = false; ///< the table of stages is wanted

    bool wanted() const noexcept { return totals || trace_file.has_value(); }
};

struct stage_total
{
    std::uint64_t count = 0;
    std::uint64_t nanoseconds = 0;
};

struct stage_totals
{
    double seconds = 0; ///< of the whole recording
    std::array<std::array<stage_total, activity_count>, stage_count> stages{};
    std::vector<pool_total> pools;
    std::uint64_t memory_limit = 0;
    std::uint64_t memory_peak = 0;

    const stage_total& of(stage which, activity how) const noexcept
    {
        return stages[static_cast<std::size_t>(which)][static_cast<std::size_t>(how)];
    }
};

/// Records all spans of the process, from its creation to finish(); one at a time. Create it before the
/// program, finish it after the program is gone.
class recording
{
public:
    /// Throws export_error{cannot_create} when the trace cannot be written.
    explicit recording(recording_options options);
    /// Ends the trace file when finish() was not called; its errors are lost then.
    ~recording();
    recording(const recording&) = delete;
    recording& operator=(const recording&) = delete;

    /// Beside the program's task, on the loop's thread, until cancelled: counters of memory and queues for
    /// the trace; what the pools did, for the table.
    task<void> watch(program& running);

    /// Throws export_error when the trace could not be written.
    stage_totals finish();

private:
    void count_all(program& running);

    std::unique_ptr<recorder> recorder_;
};

/// The table of stages, pools and waits, and which of them was the limit. Fits 80 columns.
std::string stage_table(const stage_totals& totals);

} // namespace pryv_export::runtime
