#include "pryv_export/runtime/program.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <csignal>
#include <exception>
#include <optional>
#include <unistd.h>

namespace pryv_export::runtime {

struct program::state
{
    explicit state(const program_limits& limits)
        : job_count{std::max<std::size_t>(limits.jobs, 1)}, context{1},
          memory{context.get_executor(), limits.memory_bytes}, cpu{job_count, "px-cpu"},
          blocking{std::max<std::size_t>(limits.blocking_threads, 1), "px-io",
                   worker_pool::room::leave_for_each}
    {
    }

    void request_stop(stop_reason reason)
    {
        if (stopping.exchange(true)) return;
        why = reason;
        cancel.emit(asio::cancellation_type::terminal);
    }

    void wait_for_signal(asio::signal_set& signals)
    {
        signals.async_wait([this, &signals](const boost::system::error_code& error, int number) {
            if (error) return;
            if (stopping) ::_exit(128 + number);
            request_stop(number == SIGINT ? stop_reason::interrupt : stop_reason::terminate);
            wait_for_signal(signals);
        });
    }

    std::size_t job_count;
    std::atomic<bool> stopping{false};
    std::atomic<stop_reason> why{stop_reason::none};
    // The order matters: the pools end (running what is queued) before the loop and the handlers that it
    // still holds.
    asio::io_context context;
    asio::cancellation_signal cancel;
    memory_budget memory;
    worker_pool cpu;
    worker_pool blocking;
};

namespace {

task<void> run_root(task<void> root)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await std::move(root);
}

} // namespace

program::program(program_limits limits) : state_{std::make_unique<state>(limits)} {}
program::~program() = default;

void program::run(task<void> root)
{
    std::signal(SIGPIPE, SIG_IGN);
    std::optional<std::exception_ptr> end;
    asio::signal_set signals{state_->context, SIGINT, SIGTERM, SIGHUP};
    state_->wait_for_signal(signals);
    auto on_end = [&](std::exception_ptr failure) {
        end = failure;
        signals.cancel();
    };
    asio::co_spawn(state_->context, run_root(std::move(root)),
                   asio::bind_cancellation_slot(state_->cancel.slot(), on_end));
    state_->context.restart();
    state_->context.run();
    if (end && *end) std::rethrow_exception(*end);
}

void program::stop(stop_reason why)
{
    asio::post(state_->context, [this, why] { state_->request_stop(why); });
}

asio::any_io_executor program::loop() const
{
    return state_->context.get_executor();
}
worker_pool& program::cpu() noexcept
{
    return state_->cpu;
}
worker_pool& program::blocking() noexcept
{
    return state_->blocking;
}
memory_budget& program::memory() noexcept
{
    return state_->memory;
}
const std::atomic<bool>& program::stopping() const noexcept
{
    return state_->stopping;
}
stop_reason program::why() const noexcept
{
    return state_->why;
}
std::size_t program::jobs() const noexcept
{
    return state_->job_count;
}

} // namespace pryv_export::runtime
