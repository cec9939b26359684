#include "pryv_export/runtime/run_all.hpp"
#include "pryv_export/runtime/signal.hpp"

#include "co_test.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <thread>

namespace pryv_export::test {

using runtime::run_all;
using runtime::wake_signal;

namespace {

task<void> notify_after(wake_signal& signal, int steps)
{
    for (int i = 0; i < steps; ++i) co_await asio::post(asio::use_awaitable);
    signal.notify();
}

task<void> wait_and_notify(int steps)
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    wake_signal signal{loop};
    std::vector<task<void>> both;
    both.push_back(signal.wait());
    both.push_back(notify_after(signal, steps));
    co_await run_all(std::move(both));
}

task<void> wait_for_a_kept_notification()
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    wake_signal signal{loop};
    signal.notify();
    signal.notify();
    co_await signal.wait();
}

task<void> wait_twice_for_one_notification()
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    wake_signal signal{loop};
    signal.notify();
    co_await signal.wait();
    co_await signal.wait();
}

task<void> wait_for_a_thread()
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    wake_signal signal{loop};
    std::thread other{[&signal] { signal.notify_from_anywhere(); }};
    co_await signal.wait();
    other.join();
}

task<void> wait_for_end_when_cancelled(bool& waited)
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    wake_signal signal{loop};
    // Not a child: it must go on when the waiter is cancelled.
    asio::post(loop, [&signal, loop] { asio::post(loop, [&signal] { signal.notify(); }); });
    co_await signal.wait_for_end();
    waited = true;
}

task<void> ask_whether_cancelled(bool& woken)
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    wake_signal signal{loop};
    woken = co_await signal.wait_or_cancelled();
}

} // namespace

BOOST_AUTO_TEST_SUITE(signal)

BOOST_AUTO_TEST_CASE(wakes_the_waiter)
{
    for (int const steps : {0, 1, 2, 5}) {
        BOOST_TEST_CONTEXT(steps << " steps")
        {
            co_test([&] { return wait_and_notify(steps); });
        }
    }
}

BOOST_AUTO_TEST_CASE(keeps_one_notification)
{
    co_test(wait_for_a_kept_notification);
    co_run run{wait_twice_for_one_notification};
    BOOST_TEST(!run.poll(1000));
    run.cancel();
    run.finish();
    BOOST_TEST(run.was_cancelled());
}

BOOST_AUTO_TEST_CASE(is_notified_from_a_thread)
{
    // The thread holds no work of the loop: something else must keep it going.
    co_run run{wait_for_a_thread};
    auto const busy = asio::make_work_guard(run.context());
    while (!run.ended()) run.context().run_one();
    BOOST_TEST(!run.failure());
}

BOOST_AUTO_TEST_CASE(ends_when_cancelled_or_dropped_at_any_step)
{
    cancel_at_every_step([] { return wait_and_notify(3); });
    drop_at_every_step([] { return wait_and_notify(3); });
}

BOOST_AUTO_TEST_CASE(waits_for_an_end_even_when_cancelled)
{
    bool waited = false;
    co_run run{[&] { return wait_for_end_when_cancelled(waited); }};
    run.poll(1);
    run.cancel();
    BOOST_TEST(!waited);
    run.finish();
    BOOST_TEST(waited);
    BOOST_TEST(!run.failure());
}

BOOST_AUTO_TEST_CASE(tells_cancellation_as_a_value)
{
    bool woken = true;
    co_run run{[&] { return ask_whether_cancelled(woken); }};
    run.poll(10);
    run.cancel();
    run.finish();
    BOOST_TEST(!woken);
    BOOST_TEST(!run.failure());
}

BOOST_AUTO_TEST_CASE(throws_in_a_cancelled_coroutine)
{
    auto look_later = []() -> task<void> {
        for (int i = 0; i < 5; ++i) co_await asio::post(asio::use_awaitable);
        co_await runtime::throw_if_cancelled();
    };
    co_run run{look_later};
    run.poll(1);
    run.cancel();
    run.finish();
    BOOST_TEST(run.was_cancelled());
    co_test(look_later);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::test
