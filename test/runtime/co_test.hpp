#pragma once

#include "pryv_export/runtime/task.hpp"
#include "pryv_export/runtime/worker_pool.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>

/// Coroutines under test, one step of the loop at a time. No clock: a body that waits for nothing that will
/// come is a hang as soon as the loop has nothing left to do.
namespace pryv_export::test {

using runtime::task;
namespace asio = boost::asio;

/// Makes a fresh body; what it borrows must outlive the run.
using body = std::function<task<void>()>;
/// The same with a pool that lives as long as the loop.
using pool_body = std::function<task<void>(runtime::worker_pool&)>;

/// One root coroutine, spawned as program::run() does it.
class co_run
{
public:
    static constexpr std::size_t step_limit = 1'000'000;

    explicit co_run(const body& make) { start(make); }

    co_run(const pool_body& make, std::size_t threads) : pool_{std::in_place, threads, "test"}
    {
        start([make, this] { return make(*pool_); });
    }

    /// Runs at most `steps` handlers; true when the body has ended.
    bool poll(std::size_t steps)
    {
        while (!ended() && steps-- > 0) {
            if (context_->poll_one() == 0) break;
        }
        return ended();
    }

    /// Runs exactly `steps` handlers, waiting for jobs of the pool, unless the body ends before; true when it
    /// has.
    bool step(std::size_t steps)
    {
        while (!ended() && steps-- > 0) pool_ ? context_->run_one() : context_->poll_one();
        return ended();
    }

    /// Runs until the body ends. Fails on a hang; with a pool it waits for the jobs.
    void finish()
    {
        for (std::size_t steps = 0; !ended(); ++steps) {
            std::size_t const ran = pool_ ? context_->run_one() : context_->poll_one();
            BOOST_REQUIRE_MESSAGE(ran > 0, "the coroutine hangs: nothing will wake it");
            BOOST_REQUIRE_MESSAGE(steps < step_limit, "the coroutine does not end");
        }
        pool_.reset();
        while (context_->poll_one() > 0) {
        }
        BOOST_CHECK_MESSAGE(context_->stopped(), "the coroutine has ended, but work is left behind");
    }

    void cancel() { signal_.emit(asio::cancellation_type::terminal); }

    /// As program does it: the pool runs what is queued, then the loop goes, with the coroutines that it
    /// still holds.
    void drop()
    {
        pool_.reset();
        context_.reset();
    }

    bool ended() const { return end_.has_value(); }
    /// What the body threw; null when nothing.
    std::exception_ptr failure() const { return end_.value_or(nullptr); }
    bool was_cancelled() const { return is_cancelled(failure()); }

    asio::io_context& context() { return *context_; }

    static bool is_cancelled(const std::exception_ptr& failure)
    {
        if (!failure) return false;
        try {
            std::rethrow_exception(failure);
        } catch (const boost::system::system_error& error) {
            return error.code() == asio::error::operation_aborted;
        } catch (...) {
            return false;
        }
    }

private:
    static task<void> root(body make)
    {
        co_await asio::this_coro::throw_if_cancelled(false);
        task<void> inner = make();
        co_await std::move(inner);
    }

    void start(const body& make)
    {
        auto on_end = [this](std::exception_ptr failure) { end_ = failure; };
        asio::co_spawn(*context_, root(make),
                       asio::bind_cancellation_slot(signal_.slot(), std::move(on_end)));
    }

    asio::cancellation_signal signal_;
    std::optional<std::exception_ptr> end_;
    std::unique_ptr<asio::io_context> context_ = std::make_unique<asio::io_context>(1);
    std::optional<runtime::worker_pool> pool_;
};

/// How many threads a body wants, if it takes a pool.
constexpr std::size_t pool_threads = 2;

inline std::unique_ptr<co_run> begin(const body& make)
{
    return std::make_unique<co_run>(make);
}

inline std::unique_ptr<co_run> begin(const pool_body& make)
{
    return std::make_unique<co_run>(make, pool_threads);
}

template <class Body>
concept takes_pool = std::is_invocable_v<const Body&, runtime::worker_pool&>;

template <class Body>
std::unique_ptr<co_run> begin_any(const Body& make)
{
    if constexpr (takes_pool<Body>)
        return begin(pool_body{make});
    else
        return begin(body{make});
}

/// Runs the body to its end; rethrows what it throws. Fails when it hangs or leaves work behind. The body
/// takes nothing or a pool.
template <class Body>
void co_test(const Body& make)
{
    auto const run = begin_any(make);
    run->finish();
    if (run->failure()) std::rethrow_exception(run->failure());
}

/// Cancels the body after step k, for each k until it ends by itself. It must end then, either cancelled or
/// complete; `check` is told which, and looks at what is left. Returns the number of steps.
template <class Body>
std::size_t cancel_at_every_step(const Body& make, const std::function<void(bool cancelled)>& check = {})
{
    for (std::size_t step = 0;; ++step) {
        BOOST_TEST_CONTEXT("cancelled after step " << step)
        {
            auto const run = begin_any(make);
            bool const ended = run->step(step);
            run->cancel();
            run->finish();
            if (run->failure() && !run->was_cancelled()) std::rethrow_exception(run->failure());
            if (check) check(run->was_cancelled());
            if (ended) return step;
        }
    }
}

/// Destroys the loop after step k, for each k, with the coroutines where they are: sanitizers say whether
/// that is sound. `check` looks at what is left.
template <class Body>
std::size_t drop_at_every_step(const Body& make, const std::function<void()>& check = {})
{
    for (std::size_t step = 0;; ++step) {
        BOOST_TEST_CONTEXT("dropped after step " << step)
        {
            auto const run = begin_any(make);
            bool const ended = run->step(step);
            run->drop();
            if (check) check();
            if (ended) return step;
        }
    }
}

} // namespace pryv_export::test
