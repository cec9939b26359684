#pragma once

#include "pryv_export/runtime/signal.hpp"
#include "pryv_export/runtime/stage.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

namespace pryv_export::runtime {

/// A queue between two coroutines of the loop's thread, one pushing what it fetches, one popping what it
/// writes. Full, it makes the pusher wait: this is the backpressure.
template <class T>
class bounded_queue
{
public:
    bounded_queue(const asio::any_io_executor& loop, std::size_t limit)
        : limit_{limit}, filled_{loop}, freed_{loop}
    {
    }

    /// Waits for room. Throws system_error{operation_aborted} when cancelled.
    task<void> push(T item)
    {
        if (items_.size() >= limit_) {
            span const waiting{stage::fetch, {}, activity::blocked};
            while (items_.size() >= limit_) co_await freed_.wait();
        }
        items_.push_back(std::move(item));
        filled_.notify();
    }

    /// Says that nothing more comes.
    void close()
    {
        closed_ = true;
        filled_.notify();
    }

    /// The next item; nothing once closed and empty. Throws system_error{operation_aborted} when cancelled.
    task<std::optional<T>> pop()
    {
        if (items_.empty() && !closed_) {
            span const waiting{stage::write, {}, activity::starved};
            while (items_.empty() && !closed_) co_await filled_.wait();
        }
        std::optional<T> item;
        if (!items_.empty()) {
            item.emplace(std::move(items_.front()));
            items_.pop_front();
            freed_.notify();
        }
        co_return item;
    }

private:
    std::size_t limit_;
    bool closed_ = false;
    std::deque<T> items_;
    wake_signal filled_;
    wake_signal freed_;
};

} // namespace pryv_export::runtime
