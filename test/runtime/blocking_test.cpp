#include "pryv_export/runtime/blocking.hpp"
#include "pryv_export/runtime/run_all.hpp"

#include "co_test.hpp"

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

namespace pryv_export::test {

using runtime::pending;
using runtime::run_all;
using runtime::run_on;
using runtime::worker_pool;

namespace {

/// A value that must be destroyed exactly once for each construction.
class tracked
{
public:
    explicit tracked(std::atomic<int>& alive) : alive_{&alive} { ++*alive_; }
    tracked(tracked&& other) noexcept : alive_{other.alive_} { ++*alive_; }
    tracked(const tracked&) = delete;
    tracked& operator=(tracked&&) = delete;
    ~tracked() { --*alive_; }

private:
    std::atomic<int>* alive_;
};

task<void> compute(worker_pool& pool, std::vector<int>& results, int number)
{
    auto square = [number] { return number * number; };
    int const result = co_await run_on(pool, square);
    results[static_cast<std::size_t>(number)] = result;
}

task<void> compute_many(worker_pool& pool, std::vector<int>& results)
{
    std::vector<task<void>> all;
    for (int i = 0; i < static_cast<int>(results.size()); ++i) all.push_back(compute(pool, results, i));
    co_await run_all(std::move(all));
}

task<void> throw_on_pool(worker_pool& pool)
{
    auto fail = [] { throw std::runtime_error{"on the pool"}; };
    co_await run_on(pool, fail);
}

/// The job borrows from this frame: it must still be there when the job ends.
task<void> borrow(worker_pool& pool, std::latch& go, bool& done)
{
    std::vector<int> mine(1000, 1);
    auto sum = [&mine, &go] {
        go.wait();
        int total = 0;
        for (int const each : mine) total += each;
        return total;
    };
    int const total = co_await run_on(pool, sum);
    done = total == 1000;
}

task<void> prefetch(worker_pool& pool, std::atomic<int>& alive, int count)
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    for (int i = 0; i < count; ++i) {
        auto make = [kept = tracked{alive}, i]() mutable { return std::pair{i, std::move(kept)}; };
        auto next = pending<std::pair<int, tracked>>::start(pool, loop, std::move(make));
        co_await runtime::throw_if_cancelled();
        auto const value = co_await next.get();
        BOOST_TEST(value.first == i);
    }
}

task<void> pending_that_throws(worker_pool& pool)
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    auto fail = []() -> int { throw std::runtime_error{"later"}; };
    auto next = pending<int>::start(pool, loop, fail);
    co_await next.get();
}

task<void> never_fetched(worker_pool& pool, std::atomic<int>& alive)
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    auto work = [kept = tracked{alive}] { return 1; };
    auto const next = pending<int>::start(pool, loop, std::move(work));
}

} // namespace

BOOST_AUTO_TEST_SUITE(blocking)

BOOST_AUTO_TEST_CASE(values_come_home)
{
    std::vector<int> results(200);
    co_test([&](worker_pool& pool) { return compute_many(pool, results); });
    for (int i = 0; i < 200; ++i) BOOST_TEST(results[static_cast<std::size_t>(i)] == i * i);
}

BOOST_AUTO_TEST_CASE(values_come_home_to_the_thread_of_the_loop)
{
    std::thread::id on_pool;
    std::thread::id after;
    auto look = [&](worker_pool& pool) -> task<void> {
        auto note = [&] { on_pool = std::this_thread::get_id(); };
        co_await run_on(pool, note);
        after = std::this_thread::get_id();
    };
    co_test(look);
    BOOST_TEST((after == std::this_thread::get_id()));
    BOOST_TEST((on_pool != after));
}

BOOST_AUTO_TEST_CASE(exceptions_come_home)
{
    BOOST_CHECK_EXCEPTION(co_test(throw_on_pool), std::runtime_error,
                          [](const auto& error) { return std::string_view{error.what()} == "on the pool"; });
    BOOST_CHECK_EXCEPTION(co_test(pending_that_throws), std::runtime_error,
                          [](const auto& error) { return std::string_view{error.what()} == "later"; });
}

BOOST_AUTO_TEST_CASE(cancellation_waits_for_the_job)
{
    std::latch go{1};
    bool done = false;
    co_run run{[&](worker_pool& pool) { return borrow(pool, go, done); }, 1};
    run.poll(10);
    run.cancel();
    run.poll(10);
    BOOST_TEST(!run.ended());
    go.count_down();
    run.finish();
    BOOST_TEST(done);
}

BOOST_AUTO_TEST_CASE(a_loop_dropped_with_a_job_in_flight)
{
    std::latch go{1};
    bool done = false;
    co_run run{[&](worker_pool& pool) { return borrow(pool, go, done); }, 1};
    run.poll(10);
    go.count_down();
    run.drop();
    BOOST_TEST(!done);
}

BOOST_AUTO_TEST_CASE(prefetching_survives_cancel_and_drop_at_every_step)
{
    std::atomic<int> alive = 0;
    auto make = [&](worker_pool& pool) { return prefetch(pool, alive, 3); };
    cancel_at_every_step(make, [&](bool) { BOOST_TEST(alive == 0); });
    drop_at_every_step(make, [&] { BOOST_TEST(alive == 0); });
}

BOOST_AUTO_TEST_CASE(a_pending_job_may_be_forgotten)
{
    std::atomic<int> alive = 0;
    co_test([&](worker_pool& pool) { return never_fetched(pool, alive); });
    BOOST_TEST(alive == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::test
