#pragma once

#include "pryv_export/runtime/memory_budget.hpp"
#include "pryv_export/runtime/task.hpp"
#include "pryv_export/runtime/worker_pool.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

namespace pryv_export::runtime {

/// Why the program was asked to stop.
enum class stop_reason : std::uint8_t
{
    none,
    interrupt,
    terminate
};

struct program_limits
{
    std::size_t jobs = 1;             ///< threads for CPU work
    std::size_t blocking_threads = 8; ///< threads for reads, writes, SQLite
    std::uint64_t memory_bytes = 256ULL << 20;
};

/// The loop, the pools and the budget of one process. Create it on the thread that calls run(), which becomes
/// the loop's thread.
class program
{
public:
    explicit program(program_limits limits);
    ~program();
    program(const program&) = delete;
    program& operator=(const program&) = delete;

    /// Runs one root task to its end. SIGINT, SIGTERM and SIGHUP cancel it (once; the second signal ends the
    /// process at once with 128 + its number). Throws what the task throws.
    void run(task<void> root);

    /// Cancels the root task as a signal would; from any thread.
    void stop(stop_reason why);

    asio::any_io_executor loop() const;
    worker_pool& cpu() noexcept;
    worker_pool& blocking() noexcept;
    memory_budget& memory() noexcept;
    /// Set as soon as the program is asked to stop: long jobs poll it.
    const std::atomic<bool>& stopping() const noexcept;
    stop_reason why() const noexcept;
    std::size_t jobs() const noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace pryv_export::runtime
