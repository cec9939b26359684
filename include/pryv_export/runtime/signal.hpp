#pragma once

#include "pryv_export/runtime/task.hpp"

#include <memory>

namespace pryv_export::runtime {

/// Wakes one waiting coroutine; a notification that finds nobody waiting is kept (once). The building stone
/// of queues, budgets and groups.
class wake_signal
{
public:
    explicit wake_signal(const asio::any_io_executor& loop);

    /// On the loop's thread.
    void notify();
    /// From any thread.
    void notify_from_anywhere() const;
    /// Returns when notified. One waiter at a time. Throws system_error{operation_aborted} when the coroutine
    /// is or gets cancelled.
    task<void> wait();
    /// The same with cancellation as a value: false when the coroutine is or gets cancelled.
    task<bool> wait_or_cancelled();
    /// Returns when notified, whatever happens to the coroutine: for ends that must be awaited.
    task<void> wait_for_end();

private:
    struct state;
    std::shared_ptr<state> state_;
};

/// Throws system_error{operation_aborted} when the coroutine is cancelled. Coroutines of this program notice
/// cancellation here and in the waits above, nowhere else.
task<void> throw_if_cancelled();

} // namespace pryv_export::runtime
