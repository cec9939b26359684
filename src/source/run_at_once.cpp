#include "run_at_once.hpp"

#include "pryv_export/runtime/start_beside.hpp"

#include <algorithm>
#include <exception>
#include <future>
#include <mutex>
#include <optional>
#include <vector>

namespace pryv_export::source {

namespace {

/// Hands out the numbers and keeps the failure that counts.
class shared_list
{
public:
    explicit shared_list(std::span<const std::size_t> order) : order_{order}, failed_{order.size()} {}

    std::optional<std::size_t> take()
    {
        std::lock_guard const lock{mutex_};
        while (next_ < order_.size()) {
            std::size_t const number = order_[next_++];
            if (number < failed_) return number;
        }
        return std::nullopt;
    }

    void fail(std::size_t number, std::exception_ptr failure)
    {
        std::lock_guard const lock{mutex_};
        if (number >= failed_) return;
        failed_ = number;
        failure_ = std::move(failure);
    }

    /// When all threads have ended.
    void rethrow() const
    {
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    std::mutex mutex_;
    std::span<const std::size_t> order_;
    std::size_t next_ = 0;
    std::size_t failed_; ///< the smallest number that failed
    std::exception_ptr failure_;
};

} // namespace

void run_at_once(unsigned threads, std::span<const std::size_t> order,
                 const std::function<void(std::size_t)>& work)
{
    shared_list list{order};
    auto const run = [&] {
        while (auto const number = list.take()) {
            try {
                work(*number);
            } catch (...) {
                list.fail(*number, std::current_exception());
            }
        }
    };
    {
        std::vector<std::future<void>> others;
        // Where the system gives no thread, a deferred one does nothing: this thread takes all.
        for (std::size_t i = 1; i < std::min<std::size_t>(threads, order.size()); ++i)
            others.push_back(runtime::start_beside(threads, run));
        run();
    } // they have ended
    list.rethrow();
}

} // namespace pryv_export::source
