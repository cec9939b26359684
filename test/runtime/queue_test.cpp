#include "pryv_export/runtime/bounded_queue.hpp"
#include "pryv_export/runtime/run_all.hpp"

#include "co_test.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <numeric>
#include <vector>

namespace pryv_export::test {

using runtime::bounded_queue;
using runtime::run_all;

namespace {

/// What a pipeline leaves behind, shared so that it can be looked at after the loop is gone.
struct trace
{
    std::vector<int> popped;
    std::size_t pushed = 0;
    std::size_t most_ahead = 0;
    int items_alive = 0;
};

/// Knows how many of its kind exist.
class item
{
public:
    item(int number, trace& seen) : number_{number}, seen_{&seen} { ++seen_->items_alive; }
    item(item&& other) noexcept : number_{other.number_}, seen_{other.seen_} { ++seen_->items_alive; }
    item& operator=(item&&) = delete;
    ~item() { --seen_->items_alive; }
    int number() const { return number_; }

private:
    int number_;
    trace* seen_;
};

task<void> produce(bounded_queue<item>& queue, int count, trace& seen)
{
    for (int i = 0; i < count; ++i) {
        item next{i, seen};
        co_await queue.push(std::move(next));
        ++seen.pushed;
        seen.most_ahead = std::max(seen.most_ahead, seen.pushed - seen.popped.size());
    }
    queue.close();
}

task<void> consume(bounded_queue<item>& queue, trace& seen)
{
    for (;;) {
        std::optional<item> next = co_await queue.pop();
        if (!next) co_return;
        // A consumer that takes its time: the producer gets ahead as far as the queue lets it.
        for (int i = 0; i < 5; ++i) co_await asio::post(asio::use_awaitable);
        seen.popped.push_back(next->number());
    }
}

task<void> pipeline(int count, std::size_t limit, trace& seen)
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    bounded_queue<item> queue{loop, limit};
    std::vector<task<void>> stages;
    stages.push_back(produce(queue, count, seen));
    stages.push_back(consume(queue, seen));
    co_await run_all(std::move(stages));
}

std::vector<int> numbers(int count)
{
    std::vector<int> all(static_cast<std::size_t>(count));
    std::iota(all.begin(), all.end(), 0);
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(queue)

BOOST_AUTO_TEST_CASE(keeps_order_and_makes_the_pusher_wait)
{
    for (std::size_t const limit : {1U, 2U, 7U, 100U}) {
        BOOST_TEST_CONTEXT("limit " << limit)
        {
            trace seen;
            co_test([&] { return pipeline(20, limit, seen); });
            BOOST_TEST(seen.popped == numbers(20), boost::test_tools::per_element());
            // The item that the consumer works on has left the queue.
            BOOST_TEST(seen.most_ahead == std::min<std::size_t>(limit + 1, 20));
            BOOST_TEST(seen.items_alive == 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(gives_nothing_after_close)
{
    trace seen;
    co_test([&] { return pipeline(0, 3, seen); });
    BOOST_TEST(seen.popped.empty());
}

BOOST_AUTO_TEST_CASE(ends_when_cancelled_at_any_step)
{
    trace seen;
    std::size_t cancelled_runs = 0;
    auto check = [&](bool cancelled) {
        cancelled_runs += cancelled ? 1 : 0;
        BOOST_TEST(seen.items_alive == 0);
        BOOST_TEST((cancelled || seen.popped == numbers(6)));
        seen = {};
    };
    std::size_t const steps = cancel_at_every_step([&] { return pipeline(6, 2, seen); }, check);
    BOOST_TEST(steps > 30);
    // Once the producer is done, a cancelled pipeline may as well finish what is queued.
    BOOST_TEST(cancelled_runs > 10);
}

BOOST_AUTO_TEST_CASE(frees_everything_when_dropped_at_any_step)
{
    trace seen;
    auto check = [&] {
        BOOST_TEST(seen.items_alive == 0);
        seen = {};
    };
    drop_at_every_step([&] { return pipeline(6, 2, seen); }, check);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::test
