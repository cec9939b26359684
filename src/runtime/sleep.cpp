#include "sleep.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace pryv_export::runtime {

task<bool> sleep_for(std::chrono::milliseconds time)
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    asio::steady_timer timer{loop, time};
    asio::cancellation_state const before = co_await asio::this_coro::cancellation_state;
    if (before.cancelled() != asio::cancellation_type::none) co_return false;
    auto const [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return !error;
}

} // namespace pryv_export::runtime
