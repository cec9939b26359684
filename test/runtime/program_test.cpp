#include "pryv_export/runtime/blocking.hpp"
#include "pryv_export/runtime/program.hpp"
#include "pryv_export/runtime/run_all.hpp"
#include "pryv_export/runtime/signal.hpp"

#include "co_test.hpp"

#include <csignal>
#include <stdexcept>
#include <vector>

namespace pryv_export::test {

using runtime::program;
using runtime::run_on;
using runtime::stop_reason;
using runtime::wake_signal;

namespace {

task<void> wait_for_ever()
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    wake_signal never{loop};
    co_await never.wait();
}

task<void> raise_and_wait(int number)
{
    std::raise(number);
    co_await wait_for_ever();
}

/// Half of the children wait, half have jobs on the pools.
task<void> work_and_wait(program& process, std::atomic<int>& ended, int number)
{
    auto busy = [&process, &ended] {
        while (!process.stopping()) std::this_thread::yield();
        ++ended;
    };
    std::vector<task<void>> children;
    for (int i = 0; i < 2; ++i) children.push_back(run_on(process.cpu(), busy));
    for (int i = 0; i < 2; ++i) children.push_back(run_on(process.blocking(), busy));
    children.push_back(wait_for_ever());
    children.push_back(raise_and_wait(number));
    co_await runtime::run_all(std::move(children));
}

bool is_aborted(const boost::system::system_error& error)
{
    return error.code() == asio::error::operation_aborted;
}

} // namespace

BOOST_AUTO_TEST_SUITE(program_suite)

BOOST_AUTO_TEST_CASE(runs_the_root_task)
{
    program process{{.jobs = 2, .blocking_threads = 1, .memory_bytes = 1000}};
    BOOST_TEST(process.jobs() == 2U);
    BOOST_TEST(process.cpu().size() == 2U);
    BOOST_TEST(process.blocking().size() == 1U);
    BOOST_TEST(process.memory().limit() == 1000U);
    int value = 0;
    auto root = [&]() -> task<void> {
        auto compute = [] { return 42; };
        value = co_await run_on(process.cpu(), compute);
    };
    process.run(root());
    BOOST_TEST(value == 42);
    BOOST_TEST(!process.stopping());
    BOOST_TEST((process.why() == stop_reason::none));
}

BOOST_AUTO_TEST_CASE(throws_what_the_root_task_throws)
{
    program process{{}};
    auto root = []() -> task<void> {
        throw std::runtime_error{"root"};
        co_return;
    };
    BOOST_CHECK_EXCEPTION(process.run(root()), std::runtime_error,
                          [](const auto& error) { return std::string_view{error.what()} == "root"; });
}

BOOST_AUTO_TEST_CASE(signals_cancel_everything_and_all_ends_are_awaited)
{
    struct row
    {
        int number;
        stop_reason why;
    };
    for (row const each : {row{SIGINT, stop_reason::interrupt}, row{SIGTERM, stop_reason::terminate},
                           row{SIGHUP, stop_reason::terminate}}) {
        BOOST_TEST_CONTEXT("signal " << each.number)
        {
            std::atomic<int> ended = 0;
            program process{{.jobs = 2, .blocking_threads = 2}};
            BOOST_CHECK_EXCEPTION(process.run(work_and_wait(process, ended, each.number)),
                                  boost::system::system_error, is_aborted);
            BOOST_TEST(ended == 4);
            BOOST_TEST(process.stopping());
            BOOST_TEST((process.why() == each.why));
        }
    }
}

BOOST_AUTO_TEST_CASE(stops_when_asked_from_another_thread)
{
    program process{{}};
    auto root = [&]() -> task<void> {
        auto ask = [&] { process.stop(stop_reason::interrupt); };
        co_await run_on(process.blocking(), ask);
        co_await wait_for_ever();
    };
    BOOST_CHECK_EXCEPTION(process.run(root()), boost::system::system_error, is_aborted);
    BOOST_TEST((process.why() == stop_reason::interrupt));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::test
