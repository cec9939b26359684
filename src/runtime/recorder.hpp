#pragma once

#include "pryv_export/base/file.hpp"
#include "pryv_export/runtime/recording.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::runtime {

/// Takes spans from all threads: each has a buffer of its own, so that nobody waits for another before a
/// buffer is full.
class recorder
{
public:
    explicit recorder(recording_options options);

    /// Any thread.
    void record(stage which, activity how, std::string_view label, std::int64_t begin_ns, std::int64_t end_ns,
                std::int64_t own_ns);
    /// A value that changes, for the trace.
    void count(std::string_view name, std::string_view series, std::uint64_t value);

    bool traces() const noexcept { return static_cast<bool>(file_); }
    /// The loop's thread: the program's pools and budget, as they are now.
    void take(program& running, std::uint64_t loop_ns);
    /// No span is recorded any more. Throws export_error when the trace could not be written.
    stage_totals finish();

private:
    struct thread_buffer
    {
        std::uint32_t number = 0;
        std::array<std::array<stage_total, activity_count>, stage_count> totals{};
        std::string text;
    };

    thread_buffer& mine();
    void append(thread_buffer& buffer, stage which, activity how, std::string_view label,
                std::int64_t begin_ns, std::int64_t end_ns);
    static void append_head(thread_buffer& buffer, std::string_view name, std::string_view wait, activity how,
                            char phase);
    void pass_on(thread_buffer& buffer);
    double microseconds(std::int64_t ns) const noexcept
    {
        return static_cast<double>(ns - begin_ns_) / 1000.0;
    }

    recording_options options_;
    std::uint64_t generation_;
    std::int64_t begin_ns_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<thread_buffer>> buffers_;
    unique_fd file_;
    std::string failure_; ///< why the trace has an end
    std::atomic<std::uint64_t> next_wait_{0};
    stage_totals totals_;
};

} // namespace pryv_export::runtime
