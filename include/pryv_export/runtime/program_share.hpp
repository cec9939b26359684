#pragma once

#include "pryv_export/runtime/program.hpp"

#include <memory>

namespace pryv_export::runtime {

/// What one core sees of the program that several cores run in: the one loop and the one memory budget, and
/// queues of its own in the pools, so that cores take turns there. The program outlives it.
class program_share
{
public:
    explicit program_share(program& whole)
        : program_{whole}, cpu_{whole.cpu().open_lane()}, blocking_{whole.blocking().open_lane()}
    {
    }

    asio::any_io_executor loop() const { return program_.loop(); }
    job_queue& cpu() noexcept { return *cpu_; }
    job_queue& blocking() noexcept { return *blocking_; }
    /// Serves requests in the order of arrival, so that no core overtakes another.
    memory_budget& memory() noexcept { return program_.memory(); }
    const std::atomic<bool>& stopping() const noexcept { return program_.stopping(); }
    std::size_t jobs() const noexcept { return program_.jobs(); }

private:
    program& program_;
    std::unique_ptr<worker_pool::lane> cpu_;
    std::unique_ptr<worker_pool::lane> blocking_;
};

} // namespace pryv_export::runtime
