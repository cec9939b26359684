#include "pryv_export/runtime/run_all.hpp"
#include "pryv_export/runtime/run_beside.hpp"
#include "pryv_export/runtime/signal.hpp"

#include "co_test.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <stdexcept>
#include <vector>

namespace pryv_export::test {

using runtime::run_all;
using runtime::run_beside;
using runtime::wake_signal;

namespace {

struct ends
{
    int begun = 0;
    int ended = 0;
    int cancelled = 0;
};

/// Counts itself out, whatever the way.
class counted
{
public:
    explicit counted(ends& all) : all_{all} { ++all_.begun; }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
    ~counted() { ++all_.ended; }

private:
    ends& all_;
};

task<void> steps_then_end(int count, ends& all)
{
    counted const here{all};
    for (int i = 0; i < count; ++i) co_await asio::post(asio::use_awaitable);
}

task<void> steps_then_throw(int count, ends& all, const char* what)
{
    co_await steps_then_end(count, all);
    throw std::runtime_error{what};
}

/// Waits for cancellation, then cleans up with awaits of its own.
task<void> wait_for_ever(ends& all)
{
    counted const here{all};
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    wake_signal never{loop};
    bool const woken = co_await never.wait_or_cancelled();
    BOOST_TEST(!woken);
    ++all.cancelled;
    for (int i = 0; i < 3; ++i) co_await asio::post(asio::use_awaitable);
    co_await runtime::throw_if_cancelled();
}

task<void> nested(ends& all)
{
    std::vector<task<void>> inner;
    inner.push_back(wait_for_ever(all));
    inner.push_back(wait_for_ever(all));
    co_await run_all(std::move(inner));
}

task<void> family(ends& all, bool with_error)
{
    std::vector<task<void>> children;
    children.push_back(steps_then_end(2, all));
    children.push_back(nested(all));
    children.push_back(steps_then_end(9, all));
    if (with_error) {
        children.push_back(steps_then_throw(4, all, "first"));
        children.push_back(steps_then_throw(6, all, "second"));
    }
    co_await run_all(std::move(children));
}

task<void> many(int count, ends& all)
{
    std::vector<task<void>> children;
    for (int i = 0; i < count; ++i) children.push_back(steps_then_end(i % 4, all));
    co_await run_all(std::move(children));
}

std::string message_of(const std::exception_ptr& failure)
{
    try {
        if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        return error.what();
    }
    return "nothing";
}

} // namespace

BOOST_AUTO_TEST_SUITE(run_all_suite)

BOOST_AUTO_TEST_CASE(returns_when_all_have_ended)
{
    for (int const count : {0, 1, 2, 300}) {
        BOOST_TEST_CONTEXT(count << " children")
        {
            ends all;
            co_test([&] { return many(count, all); });
            BOOST_TEST(all.begun == count);
            BOOST_TEST(all.ended == count);
        }
    }
}

BOOST_AUTO_TEST_CASE(first_error_cancels_the_others_and_is_thrown_when_they_have_ended)
{
    ends all;
    co_run run{[&] { return family(all, true); }};
    run.finish();
    BOOST_TEST(message_of(run.failure()) == "first");
    BOOST_TEST(all.cancelled == 2);
    BOOST_TEST(all.begun == 6);
    BOOST_TEST(all.ended == 6);
}

BOOST_AUTO_TEST_CASE(cancellation_of_the_caller_reaches_all_and_waits_for_them)
{
    ends all;
    auto check = [&](bool cancelled) {
        BOOST_TEST(cancelled);
        BOOST_TEST(all.ended == all.begun);
        BOOST_TEST(all.cancelled == 2);
        all = {};
    };
    // The family never ends by itself: a fixed number of steps will do.
    for (std::size_t step = 0; step < 40; ++step) {
        BOOST_TEST_CONTEXT("cancelled after step " << step)
        {
            co_run run{[&] { return family(all, false); }};
            run.poll(step);
            run.cancel();
            run.finish();
            check(run.was_cancelled());
        }
    }
}

BOOST_AUTO_TEST_CASE(frees_everything_when_dropped_at_any_step)
{
    ends all;
    for (std::size_t step = 0; step < 40; ++step) {
        co_run run{[&] { return family(all, false); }};
        run.poll(step);
        run.drop();
        BOOST_TEST(all.ended == all.begun);
    }
    drop_at_every_step([&] { return many(5, all); });
    BOOST_TEST(all.ended == all.begun);
}

BOOST_AUTO_TEST_CASE(a_companion_ends_with_the_main_task)
{
    ends all;
    co_test([&] { return run_beside(steps_then_end(5, all), wait_for_ever(all)); });
    BOOST_TEST(all.ended == 2);
    BOOST_TEST(all.cancelled == 1);
}

BOOST_AUTO_TEST_CASE(a_companion_that_ends_early_is_fine)
{
    ends all;
    co_test([&] { return run_beside(steps_then_end(5, all), steps_then_end(0, all)); });
    BOOST_TEST(all.ended == 2);
}

BOOST_AUTO_TEST_CASE(the_error_of_the_main_task_is_thrown)
{
    ends all;
    co_run run{[&] { return run_beside(steps_then_throw(3, all, "main"), wait_for_ever(all)); }};
    run.finish();
    BOOST_TEST(message_of(run.failure()) == "main");
    BOOST_TEST(all.cancelled == 1);
    cancel_at_every_step([&] { return run_beside(steps_then_end(5, all), wait_for_ever(all)); });
    BOOST_TEST(all.ended == all.begun);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::test
