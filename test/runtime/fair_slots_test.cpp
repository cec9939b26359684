#include "pryv_export/runtime/fair_slots.hpp"
#include "pryv_export/runtime/run_all.hpp"

#include "co_test.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pryv_export::test {

using runtime::fair_shares;
using runtime::fair_slots;
using sizes = std::vector<std::size_t>;

namespace {

/// Who holds places, and the most that they ever held.
struct holders
{
    std::map<char, int> now;
    std::map<char, int> most;
    std::string order;
};

task<void> steps(int count)
{
    for (int i = 0; i < count; ++i) co_await asio::post(asio::use_awaitable);
}

/// What is left to begin, and to end.
struct users
{
    int left;
    int running = 0;
};

task<void> work(fair_slots::party& party, char name, int length, holders& all, users& mine)
{
    for (;;) {
        fair_slots::slot const place = co_await party.acquire();
        if (mine.left == 0) co_return;
        --mine.left;
        ++mine.running;
        all.most[name] = std::max(all.most[name], ++all.now[name]);
        all.order += name;
        co_await steps(length);
        --all.now[name];
        --mine.running;
        party.want(static_cast<std::size_t>(mine.left + mine.running));
    }
}

task<void> core(fair_slots::party party, char name, int count, int length, holders& all)
{
    users mine{count};
    std::vector<task<void>> workers;
    for (std::size_t i = 0; i < party.limit(); ++i) workers.push_back(work(party, name, length, all, mine));
    co_await runtime::run_all(std::move(workers));
}

/// Core a has users that take long, and begins first; core b has many short ones.
task<void> two_cores(holders& all)
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    fair_slots slots{loop, 4};
    auto a = slots.join(100);
    auto b = slots.join(100);
    std::vector<task<void>> cores;
    cores.push_back(core(std::move(a), 'a', 8, 1000, all));
    cores.push_back(core(std::move(b), 'b', 20, 1, all));
    co_await runtime::run_all(std::move(cores));
}

task<void> wait_in_vain(holders& all)
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    fair_slots slots{loop, 1};
    auto a = slots.join(10);
    std::exception_ptr failure;
    try {
        co_await core(std::move(a), 'a', 4, 3, all);
    } catch (...) {
        failure = std::current_exception();
    }
    auto b = slots.join(10);
    // Whatever happened to those of a: no place is lost.
    if (!failure) {
        fair_slots::slot const free = co_await b.acquire();
        all.order += '!';
    }
    if (failure) std::rethrow_exception(failure);
}

} // namespace

BOOST_AUTO_TEST_SUITE(fair_slot_sharing)

BOOST_AUTO_TEST_CASE(shares_are_even_and_what_one_does_not_want_goes_to_the_others)
{
    struct row
    {
        std::size_t limit;
        sizes wanted;
        sizes shares;
    };
    const std::vector<row> rows{
        {8, {100}, {8}},
        {8, {100, 100}, {4, 4}},
        {8, {1, 100}, {1, 7}},
        {8, {100, 0, 100}, {4, 0, 4}},
        {8, {100, 100, 100}, {2, 3, 3}},
        {8, {2, 3, 1}, {2, 3, 1}},
        {2, {5, 5, 5}, {1, 1, 1}},
        {1, {}, {}},
    };
    for (const row& each : rows) {
        sizes const shares = fair_shares(each.limit, each.wanted);
        BOOST_TEST(shares == each.shares, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(a_core_with_huge_users_does_not_starve_another)
{
    holders all;
    co_test([&] { return two_cores(all); });
    BOOST_TEST(all.order.size() == 28u);
    // All short users of b came and went before the second pair of a's could begin.
    std::size_t const third = all.order.find('a', all.order.find('a', all.order.find('a') + 1) + 1);
    BOOST_TEST(all.order.rfind('b') < third);
    BOOST_TEST(all.most['b'] == 2);
    // When b is done, a has all places.
    BOOST_TEST(all.most['a'] == 4);
}

BOOST_AUTO_TEST_CASE(a_cancelled_wait_ends_and_no_place_is_lost_otherwise)
{
    holders all;
    cancel_at_every_step([&] { return wait_in_vain(all); },
                         [&](bool cancelled) {
                             BOOST_TEST((cancelled || all.order.ends_with('!')));
                             all = {};
                         });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::test
