#include "pryv_export/runtime/memory_budget.hpp"

#include "pryv_export/runtime/signal.hpp"
#include "pryv_export/runtime/stage.hpp"

#include <algorithm>
#include <list>
#include <mutex>

namespace pryv_export::runtime {

struct memory_budget::state
{
    struct waiter
    {
        std::uint64_t bytes;
        wake_signal granted;
        bool done = false;
    };

    state(const asio::any_io_executor& executor, std::uint64_t bytes) : loop{executor}, limit{bytes} {}

    bool fits(std::uint64_t bytes) const noexcept
    {
        return used == 0 || (used <= limit && bytes <= limit - used);
    }

    void take(std::uint64_t bytes) noexcept
    {
        used += bytes;
        highest = std::max(highest, used);
    }

    /// Serves the line from its head. The lock is held.
    void serve()
    {
        while (!line.empty() && fits(line.front()->bytes)) {
            auto const first = line.front();
            line.pop_front();
            take(first->bytes);
            first->done = true;
            first->granted.notify_from_anywhere();
        }
    }

    void give_back(std::uint64_t bytes)
    {
        std::lock_guard const lock{mutex};
        used -= bytes;
        serve();
    }

    asio::any_io_executor loop;
    std::uint64_t const limit;
    std::mutex mutex;
    std::uint64_t used = 0;
    std::uint64_t highest = 0;
    std::list<std::shared_ptr<waiter>> line;
};

memory_budget::lease& memory_budget::lease::operator=(lease&& other) noexcept
{
    if (this != &other) {
        release();
        state_ = std::move(other.state_);
        bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
}

void memory_budget::lease::release() noexcept
{
    if (state_) std::exchange(state_, nullptr)->give_back(std::exchange(bytes_, 0));
}

void memory_budget::lease::cover(std::uint64_t bytes)
{
    if (!state_ || bytes <= bytes_) return;
    std::lock_guard const lock{state_->mutex};
    state_->take(bytes - bytes_);
    bytes_ = bytes;
}

memory_budget::memory_budget(const asio::any_io_executor& loop, std::uint64_t bytes)
    : state_{std::make_shared<state>(loop, bytes)}
{
}

task<memory_budget::lease> memory_budget::acquire(std::uint64_t bytes)
{
    co_await throw_if_cancelled();
    std::shared_ptr<state> const shared = state_;
    std::shared_ptr<state::waiter> mine;
    {
        std::lock_guard const lock{shared->mutex};
        if (shared->line.empty() && shared->fits(bytes)) {
            shared->take(bytes);
        } else {
            mine = std::make_shared<state::waiter>(state::waiter{bytes, wake_signal{shared->loop}});
            shared->line.push_back(mine);
        }
    }
    if (mine) {
        std::exception_ptr failure;
        try {
            span const waiting{stage::memory, {}, activity::blocked};
            co_await mine->granted.wait();
        } catch (...) {
            failure = std::current_exception();
        }
        if (failure) {
            std::lock_guard const lock{shared->mutex};
            if (mine->done) {
                shared->used -= bytes;
            } else {
                shared->line.remove(mine);
            }
            shared->serve();
            std::rethrow_exception(failure);
        }
    }
    co_return lease{shared, bytes};
}

std::uint64_t memory_budget::limit() const noexcept
{
    return state_->limit;
}

std::uint64_t memory_budget::in_use() const
{
    std::lock_guard const lock{state_->mutex};
    return state_->used;
}

std::uint64_t memory_budget::peak() const
{
    std::lock_guard const lock{state_->mutex};
    return state_->highest;
}

} // namespace pryv_export::runtime
