#pragma once

#include "pryv_export/runtime/signal.hpp"
#include "pryv_export/runtime/stage.hpp"
#include "pryv_export/runtime/task.hpp"
#include "pryv_export/runtime/worker_pool.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

/// The border between the loop's thread and the pools: work goes out, a value comes home.
namespace pryv_export::runtime {

/// Runs `work` on the pool and returns on the loop's thread when it has ended. Cancellation waits for the
/// end: what the job borrows stays alive. Throws nothing of its own.
task<void> run_job(job_queue& pool, job& work);

namespace detail {

template <class F>
class function_job final : public job
{
public:
    using result = std::invoke_result_t<F&>;
    explicit function_job(F&& function) : function_{std::move(function)} {}

    void run() noexcept override
    {
        try {
            if constexpr (std::is_void_v<result>)
                function_();
            else
                value_.emplace(function_());
        } catch (...) {
            failure_ = std::current_exception();
        }
    }

    result take()
    {
        if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
        if constexpr (!std::is_void_v<result>) return std::move(*value_);
    }

private:
    F function_;
    std::conditional_t<std::is_void_v<result>, std::optional<char>,
                       std::optional<std::conditional_t<std::is_void_v<result>, char, result>>>
        value_;
    std::exception_ptr failure_;
};

} // namespace detail

/// Calls `function` on a thread of the pool and hands its value (or exception) home to the loop's thread.
/// `function` may borrow what lives in the awaiting coroutine. Name it before the co_await (g++ 12
/// miscompiles some temporaries there).
template <class F>
task<std::invoke_result_t<F&>> run_on(job_queue& pool, F function)
{
    detail::function_job<F> work{std::move(function)};
    co_await run_job(pool, work);
    co_return work.take();
}

/// A job that runs already and whose value is fetched later, by one coroutine. Dropped before that, the job
/// ends on its own, so it must own all it uses (or use what outlives the pools).
template <class T>
class pending
{
public:
    template <class F>
    static pending start(job_queue& pool, const asio::any_io_executor& loop, F function)
    {
        auto work = std::make_shared<started<F>>(std::move(function), loop);
        work->self = work;
        pool.post(*work);
        pending handle;
        handle.job_ = std::move(work);
        return handle;
    }

    /// On the loop's thread, once.
    task<T> get()
    {
        std::shared_ptr<base> const work = job_;
        span const waiting{stage::write, {}, activity::starved};
        // A cancelled coroutine still waits: the job ends soon, and what it borrows must stay.
        co_await work->done.wait_for_end();
        co_return work->take();
    }

private:
    struct base : job
    {
        explicit base(const asio::any_io_executor& loop) : done{loop} {}
        virtual T take() = 0;
        wake_signal done;
        std::shared_ptr<base> self; ///< alive until it has run
    };
    template <class F>
    struct started final : base
    {
        started(F&& function, const asio::any_io_executor& loop) : base{loop}, work{std::move(function)} {}
        void run() noexcept override
        {
            work.run();
            std::shared_ptr<base> const keep = std::move(this->self);
            this->done.notify_from_anywhere();
        }
        T take() override { return work.take(); }
        detail::function_job<F> work;
    };
    std::shared_ptr<base> job_;
};

} // namespace pryv_export::runtime
