#include "../../src/source/run_at_once.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <barrier>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using pryv_export::source::run_at_once;

BOOST_AUTO_TEST_SUITE(run_at_once_on_threads)

BOOST_AUTO_TEST_CASE(one_thread_is_this_one_and_keeps_the_order)
{
    std::vector<std::size_t> const order{2, 0, 3, 1};
    std::vector<std::size_t> done;
    bool elsewhere = false;
    run_at_once(1, order, [&, here = std::this_thread::get_id()](std::size_t number) {
        done.push_back(number);
        elsewhere = elsewhere || std::this_thread::get_id() != here;
    });
    BOOST_TEST(done == order, boost::test_tools::per_element());
    BOOST_TEST(!elsewhere);
}

BOOST_AUTO_TEST_CASE(all_are_done_once_on_several_threads)
{
    std::vector<std::size_t> order(1000);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::vector<int> done(order.size());
    run_at_once(4, order, [&](std::size_t number) { ++done[number]; });
    BOOST_TEST(std::count(done.begin(), done.end(), 1) == 1000);
}

BOOST_AUTO_TEST_CASE(as_many_run_at_the_same_time_as_were_asked_for)
{
    std::vector<std::size_t> const order{0, 1, 2};
    std::barrier all{3}; // nobody gets past it alone
    run_at_once(3, order, [&](std::size_t) { all.arrive_and_wait(); });
    run_at_once(7, {}, [&](std::size_t) { BOOST_FAIL("there was nothing to do"); });
}

BOOST_AUTO_TEST_CASE(the_failure_of_the_smallest_number_counts)
{
    std::vector<std::size_t> const order{2, 1, 0};
    std::barrier all{3};
    auto const fail = [&](std::size_t number) {
        all.arrive_and_wait();
        throw std::runtime_error{std::to_string(number)};
    };
    BOOST_CHECK_EXCEPTION(run_at_once(3, order, fail), std::runtime_error,
                          [](const auto& error) { return error.what() == std::string_view{"0"}; });
}

BOOST_AUTO_TEST_CASE(a_failure_ends_what_stands_behind_it_only)
{
    std::vector<std::size_t> const order{1, 3, 2, 0};
    std::vector<std::size_t> begun;
    auto const work = [&](std::size_t number) {
        begun.push_back(number);
        if (number < 2) throw std::runtime_error{std::to_string(number)};
    };
    BOOST_CHECK_EXCEPTION(run_at_once(1, order, work), std::runtime_error,
                          [](const auto& error) { return error.what() == std::string_view{"0"}; });
    BOOST_TEST(begun == (std::vector<std::size_t>{1, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
