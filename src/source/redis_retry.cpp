#include "redis_retry.hpp"

#include "pryv_export/base/clock.hpp"
#include "pryv_export/runtime/signal.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <random>

namespace pryv_export::source {

namespace {

constexpr unsigned most_doublings = 7;

} // namespace

redis_retry::redis_retry(const redis_options& options)
    : thing_{name_of(options)}, give_up_after_{options.give_up_after}, first_pause_{options.first_pause}
{
}

runtime::task<void> redis_retry::wait(runtime::asio::any_io_executor loop, const redis_failure& failure,
                                      bool reached, std::uint64_t progress)
{
    ++failures_;
    reached_ = reached_ || reached;
    using passes = redis_failure::passes;
    bool const again =
        failure.when() == passes::by_itself || (failure.when() == passes::if_reached_before && reached_);
    if (!again) throw failure.explained(thing_);
    if (!failing_since_ || progress > furthest_) {
        failing_since_ = steady_seconds();
        doublings_ = 0;
    }
    furthest_ = std::max(furthest_, progress);
    std::chrono::duration<double> const failing{steady_seconds() - *failing_since_};
    if (failing >= give_up_after_) throw failure.given_up(thing_, failures_);
    runtime::asio::steady_timer timer{loop, next_pause()};
    co_await timer.async_wait(runtime::asio::as_tuple(runtime::asio::use_awaitable));
    co_await runtime::throw_if_cancelled();
}

/// Half of it is left to chance, so that several programs do not come back together.
std::chrono::milliseconds redis_retry::next_pause()
{
    thread_local std::minstd_rand random{std::random_device{}()};
    auto const longest = first_pause_ * (1U << std::min(doublings_++, most_doublings));
    return longest / 2 + longest * static_cast<int>(random() % 512) / 1024;
}

} // namespace pryv_export::source
