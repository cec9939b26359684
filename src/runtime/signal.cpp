#include "pryv_export/runtime/signal.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace pryv_export::runtime {

struct wake_signal::state
{
    explicit state(const asio::any_io_executor& loop) : timer{loop, asio::steady_timer::time_point::max()} {}

    void notify()
    {
        notified = true;
        timer.cancel_one();
    }

    asio::steady_timer timer;
    bool notified = false;
};

wake_signal::wake_signal(const asio::any_io_executor& loop) : state_{std::make_shared<state>(loop)} {}

void wake_signal::notify()
{
    state_->notify();
}

void wake_signal::notify_from_anywhere() const
{
    asio::post(state_->timer.get_executor(), [shared = state_] { shared->notify(); });
}

namespace {

task<bool> is_cancelled()
{
    asio::cancellation_state const cancellation = co_await asio::this_coro::cancellation_state;
    co_return cancellation.cancelled() != asio::cancellation_type::none;
}

} // namespace

// Each wait keeps the state alive: it may outlive the signal's owner while coroutines are torn down.

task<bool> wake_signal::wait_or_cancelled()
{
    std::shared_ptr<state> const shared = state_;
    while (!shared->notified) {
        bool const cancelled = co_await is_cancelled();
        if (cancelled) co_return false;
        co_await shared->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    shared->notified = false;
    co_return true;
}

task<void> wake_signal::wait_for_end()
{
    std::shared_ptr<state> const shared = state_;
    while (!shared->notified) co_await shared->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    shared->notified = false;
}

task<void> wake_signal::wait()
{
    bool const woken = co_await wait_or_cancelled();
    if (!woken) throw boost::system::system_error{asio::error::operation_aborted};
}

task<void> throw_if_cancelled()
{
    bool const cancelled = co_await is_cancelled();
    if (cancelled) throw boost::system::system_error{asio::error::operation_aborted};
}

} // namespace pryv_export::runtime
