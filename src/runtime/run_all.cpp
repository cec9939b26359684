#include "pryv_export/runtime/run_all.hpp"

#include "pryv_export/runtime/signal.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <deque>
#include <exception>

namespace pryv_export::runtime {

namespace {

struct group
{
    explicit group(const asio::any_io_executor& loop) : ended{loop} {}

    void cancel()
    {
        if (cancelled) return;
        cancelled = true;
        for (auto& signal : signals) signal.emit(asio::cancellation_type::terminal);
    }

    void child_ended(std::exception_ptr failure)
    {
        --running;
        if (failure && !first_failure) {
            first_failure = failure;
            cancel();
        }
        ended.notify();
    }

    wake_signal ended;
    std::deque<asio::cancellation_signal> signals;
    std::size_t running = 0;
    std::exception_ptr first_failure;
    bool cancelled = false;
};

/// Cancellation is noticed where this program looks for it (signal.hpp), not at every co_await: clean-up may
/// await.
task<void> run_child(task<void> child)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await std::move(child);
}

} // namespace

task<void> run_all(std::vector<task<void>> children)
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    auto const shared = std::make_shared<group>(loop);
    for (auto& child : children) {
        ++shared->running;
        asio::cancellation_signal& signal = shared->signals.emplace_back();
        auto on_end = [shared](std::exception_ptr failure) { shared->child_ended(failure); };
        asio::co_spawn(loop, run_child(std::move(child)),
                       asio::bind_cancellation_slot(signal.slot(), std::move(on_end)));
    }
    children.clear();
    while (shared->running > 0 && !shared->cancelled) {
        bool const woken = co_await shared->ended.wait_or_cancelled();
        if (!woken) shared->cancel();
    }
    while (shared->running > 0) co_await shared->ended.wait_for_end();
    if (shared->first_failure) std::rethrow_exception(shared->first_failure);
}

} // namespace pryv_export::runtime
