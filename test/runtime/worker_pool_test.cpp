#include "pryv_export/runtime/worker_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace pryv_export::test {

using runtime::worker_pool;

namespace {

class function_job final : public runtime::job
{
public:
    explicit function_job(std::function<void()> work) : work_{std::move(work)} {}
    void run() noexcept override { work_(); }

private:
    std::function<void()> work_;
};

/// Jobs that say who they are when they run.
class jobs
{
public:
    void post(runtime::job_queue& queue, char name)
    {
        add(queue, [this, name] {
            std::lock_guard const lock{mutex_};
            order_ += name;
        });
    }
    void add(runtime::job_queue& queue, std::function<void()> work)
    {
        all_.push_back(std::make_unique<function_job>(std::move(work)));
        queue.post(*all_.back());
    }
    const std::string& order() const { return order_; }

private:
    std::mutex mutex_;
    std::string order_;
    std::vector<std::unique_ptr<function_job>> all_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(worker_pools)

BOOST_AUTO_TEST_CASE(lanes_take_turns_whatever_waits_in_one_of_them)
{
    jobs all;
    {
        worker_pool pool{1, "test"};
        auto const a = pool.open_lane();
        auto const b = pool.open_lane();
        std::latch begin{1};
        all.add(pool, [&] { begin.wait(); });
        for (int i = 0; i < 6; ++i) all.post(*a, 'a');
        for (int i = 0; i < 3; ++i) all.post(*b, 'b');
        begin.count_down();
    }
    BOOST_TEST(all.order() == "abababaaa");
}

BOOST_AUTO_TEST_CASE(a_lane_of_long_jobs_leaves_a_thread_for_each_other_lane)
{
    jobs all;
    std::latch end{1};
    std::atomic<int> long_ones{0};
    {
        worker_pool pool{3, "test", worker_pool::room::leave_for_each};
        auto const a = pool.open_lane();
        auto const b = pool.open_lane();
        auto const c = pool.open_lane();
        for (int i = 0; i < 5; ++i) {
            all.add(*a, [&] {
                ++long_ones;
                end.wait();
            });
        }
        // Those of b and c run although none of the long ones ends.
        std::latch others{2};
        for (auto* lane : {b.get(), c.get()}) all.add(*lane, [&] { others.count_down(); });
        others.wait();
        BOOST_TEST(long_ones <= 1);
        end.count_down();
    }
    BOOST_TEST(long_ones == 5);
}

BOOST_AUTO_TEST_CASE(the_last_lane_has_all_threads)
{
    jobs all;
    worker_pool pool{3, "test", worker_pool::room::leave_for_each};
    auto const a = pool.open_lane();
    auto b = pool.open_lane();
    std::latch together{3};
    for (int i = 0; i < 3; ++i) all.add(*a, [&] { together.arrive_and_wait(); });
    b.reset();
    together.wait();
}

BOOST_AUTO_TEST_CASE(jobs_of_a_lane_that_went_run_all_the_same)
{
    jobs all;
    {
        worker_pool pool{1, "test"};
        auto a = pool.open_lane();
        std::latch begin{1};
        all.add(pool, [&] { begin.wait(); });
        all.post(*a, 'a');
        all.post(*a, 'a');
        a.reset();
        begin.count_down();
    }
    BOOST_TEST(all.order() == "aa");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::test
