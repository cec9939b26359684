#include "pryv_export/runtime/blocking.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace pryv_export::runtime {

namespace {

/// Carries the suspended coroutine to the pool and back.
template <class Handler>
class round_trip final : public job
{
public:
    round_trip(job& work, const asio::any_io_executor& loop, Handler&& handler)
        : work_{work}, loop_{loop}, handler_{std::move(handler)}
    {
    }

    void run() noexcept override
    {
        work_.run();
        std::unique_ptr<round_trip> const self{this};
        asio::post(loop_, std::move(handler_));
    }

private:
    job& work_;
    asio::any_io_executor loop_;
    asio::executor_work_guard<asio::any_io_executor> busy_{loop_};
    Handler handler_;
};

struct start_round_trip
{
    job_queue& pool;
    job& work;
    asio::any_io_executor loop;

    template <class Handler>
    void operator()(Handler&& handler) const
    {
        using trip = round_trip<std::decay_t<Handler>>;
        auto* const carrier = new trip{work, loop, std::forward<Handler>(handler)};
        pool.post(*carrier);
    }
};

} // namespace

task<void> run_job(job_queue& pool, job& work)
{
    asio::any_io_executor const loop = co_await asio::this_coro::executor;
    start_round_trip start{pool, work, loop};
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(start, asio::use_awaitable);
}

} // namespace pryv_export::runtime
