#include "pryv_export/runtime/recording.hpp"

#include "recorder.hpp"
#include "sleep.hpp"

#include <ctime>
#include <exception>

namespace pryv_export::runtime {

namespace {

constexpr std::chrono::milliseconds step{10};

/// CPU time of the calling thread.
std::uint64_t thread_ns()
{
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(time.tv_nsec);
}

} // namespace

recording::recording(recording_options options) : recorder_{std::make_unique<recorder>(std::move(options))}
{
    detail::current_recorder.store(recorder_.get(), std::memory_order_release);
}

recording::~recording()
{
    if (!recorder_) return;
    try {
        finish();
    } catch (const std::exception&) {
        // Whatever ended the run is said already.
    }
}

void recording::count_all(program& running)
{
    recorder_->count("memory", "bytes", running.memory().in_use());
    recorder_->count("queued for a CPU thread", "jobs", running.cpu().queued());
    recorder_->count("queued for an I/O thread", "jobs", running.blocking().queued());
}

task<void> recording::watch(program& running)
{
    std::uint64_t const began = thread_ns();
    // (g++ 12 takes `continue` past a co_await in the condition of do … while.)
    for (bool more = true; more;) {
        if (recorder_->traces()) count_all(running);
        more = co_await sleep_for(step);
    }
    recorder_->take(running, thread_ns() - began);
}

stage_totals recording::finish()
{
    std::unique_ptr<recorder> const mine = std::move(recorder_);
    detail::current_recorder.store(nullptr, std::memory_order_release);
    return mine->finish();
}

} // namespace pryv_export::runtime
