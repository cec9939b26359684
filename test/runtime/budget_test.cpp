#include "pryv_export/runtime/memory_budget.hpp"
#include "pryv_export/runtime/run_all.hpp"

#include "co_test.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <string>
#include <thread>
#include <vector>

namespace pryv_export::test {

using runtime::memory_budget;
using runtime::run_all;

namespace {

task<void> steps(int count)
{
    for (int i = 0; i < count; ++i) co_await asio::post(asio::use_awaitable);
}

/// Holds `bytes` for some steps and writes down when it got them.
task<void> hold(memory_budget& budget, std::uint64_t bytes, int length, char name, std::string& order)
{
    memory_budget::lease const mine = co_await budget.acquire(bytes);
    order += name;
    co_await steps(length);
}

struct request
{
    std::uint64_t bytes;
    int length;
};

task<void> hold_all(std::vector<request> requests, std::string& order, std::uint64_t& peak,
                    std::uint64_t& left)
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    memory_budget budget{loop, 100};
    std::vector<task<void>> holders;
    char name = 'a';
    for (request const each : requests)
        holders.push_back(hold(budget, each.bytes, each.length, name++, order));
    std::exception_ptr failure;
    try {
        co_await run_all(std::move(holders));
    } catch (...) {
        failure = std::current_exception();
    }
    peak = budget.peak();
    left = budget.in_use();
    if (failure) std::rethrow_exception(failure);
}

task<void> release_from_a_thread()
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    memory_budget budget{loop, 10};
    memory_budget::lease first = co_await budget.acquire(10);
    std::thread other{[held = std::move(first)]() mutable { held.release(); }};
    memory_budget::lease const second = co_await budget.acquire(4);
    other.join();
    BOOST_TEST(second.bytes() == 4U);
    BOOST_TEST(budget.in_use() == 4U);
}

/// What a block needs beyond its lease keeps others waiting until it is done.
task<void> cover_more(std::string& order)
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    memory_budget budget{loop, 100};
    memory_budget::lease large = co_await budget.acquire(10);
    large.cover(120);
    large.cover(5);
    BOOST_TEST(large.bytes() == 120U);
    BOOST_TEST(budget.in_use() == 120U);
    std::vector<task<void>> both;
    both.push_back(hold(budget, 1, 1, 'b', order));
    auto const release = [](memory_budget::lease held, std::string& said) -> task<void> {
        co_await steps(5);
        said += 'a';
        held.release();
    };
    both.push_back(release(std::move(large), order));
    co_await run_all(std::move(both));
    BOOST_TEST(budget.in_use() == 0U);
}

} // namespace

BOOST_AUTO_TEST_SUITE(budget)

BOOST_AUTO_TEST_CASE(a_lease_that_grew_holds_others_back)
{
    std::string order;
    co_test([&] { return cover_more(order); });
    BOOST_TEST(order == "ab");
}

BOOST_AUTO_TEST_CASE(serves_in_order_and_never_above_the_limit)
{
    struct row
    {
        const char* name;
        std::vector<request> requests;
        const char* order;
        std::uint64_t peak;
    };
    std::vector<row> const rows{
        {"all fit", {{30, 3}, {30, 3}, {40, 3}}, "abc", 100},
        {"the third waits", {{60, 3}, {40, 9}, {60, 3}}, "abc", 100},
        {"a small one does not overtake a large one", {{60, 3}, {90, 3}, {10, 3}}, "abc", 100},
        {"too large: alone, then the others", {{10, 3}, {250, 3}, {10, 3}}, "abc", 250},
        {"nothing asked", {{0, 1}, {0, 1}}, "ab", 0},
    };
    for (const row& each : rows) {
        BOOST_TEST_CONTEXT(each.name)
        {
            std::string order;
            std::uint64_t peak = 0;
            std::uint64_t left = 1;
            co_test([&] { return hold_all(each.requests, order, peak, left); });
            BOOST_TEST(order == each.order);
            BOOST_TEST(peak == each.peak);
            BOOST_TEST(left == 0U);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_lease_is_given_back_once)
{
    co_test([]() -> task<void> {
        asio::any_io_executor const loop = co_await asio::this_coro::executor;
        memory_budget budget{loop, 10};
        memory_budget::lease first = co_await budget.acquire(3);
        memory_budget::lease second = std::move(first);
        BOOST_TEST(budget.in_use() == 3U);
        memory_budget::lease third = co_await budget.acquire(5);
        third = std::move(second);
        BOOST_TEST(budget.in_use() == 3U);
        third.release();
        third.release();
        BOOST_TEST(budget.in_use() == 0U);
        BOOST_TEST(budget.limit() == 10U);
    });
}

BOOST_AUTO_TEST_CASE(a_lease_ends_on_another_thread)
{
    co_run run{release_from_a_thread};
    auto const busy = asio::make_work_guard(run.context());
    while (!run.ended()) run.context().run_one();
    if (run.failure()) std::rethrow_exception(run.failure());
}

BOOST_AUTO_TEST_CASE(cancelled_at_any_step_gives_nothing_away)
{
    std::string order;
    std::uint64_t peak = 0;
    std::uint64_t left = 0;
    auto make = [&] {
        left = 0;
        return hold_all({{60, 4}, {60, 2}, {250, 2}, {10, 1}}, order, peak, left);
    };
    std::size_t const ran = cancel_at_every_step(make, [&](bool) { BOOST_TEST(left == 0U); });
    BOOST_TEST(ran > 10U);
    drop_at_every_step(make);
}

BOOST_AUTO_TEST_CASE(one_cancelled_waiter_lets_the_next_one_through)
{
    // b waits for 90 bytes, c for 10 behind it; b's group is cancelled and c must get its bytes.
    co_test([]() -> task<void> {
        asio::any_io_executor const loop = co_await asio::this_coro::executor;
        memory_budget budget{loop, 100};
        std::string order;
        memory_budget::lease const held = co_await budget.acquire(60);
        auto failing = [](memory_budget& from, std::string& seen) -> task<void> {
            std::vector<task<void>> group;
            group.push_back(hold(from, 90, 1, 'b', seen));
            group.push_back([]() -> task<void> {
                co_await steps(4);
                throw std::runtime_error{"stop b"};
            }());
            try {
                co_await run_all(std::move(group));
            } catch (const std::runtime_error&) {
                seen += '!';
            }
        };
        std::vector<task<void>> both;
        both.push_back(failing(budget, order));
        both.push_back(hold(budget, 10, 1, 'c', order));
        co_await run_all(std::move(both));
        BOOST_TEST((order == "!c" || order == "c!"));
        BOOST_TEST(budget.in_use() == 60U);
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::test
