#include "pryv_export/runtime/worker_pool.hpp"

#include <algorithm>
#include <pthread.h>
#include <system_error>
#include <utility>

namespace pryv_export::runtime {

worker_pool::worker_pool(std::size_t threads, std::string name) : name_{std::move(name)}
{
    threads_.reserve(std::max<std::size_t>(threads, 1));
    while (threads_.size() < std::max<std::size_t>(threads, 1)) {
        try {
            threads_.emplace_back([this] { work_until_stopped(); });
        } catch (const std::system_error&) {
            // A limit on threads: fewer workers do the same work, but none cannot.
            if (threads_.empty()) throw;
            break;
        }
    }
}

worker_pool::~worker_pool()
{
    {
        std::lock_guard const lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
}

void worker_pool::post(job& work)
{
    {
        std::lock_guard const lock{mutex_};
        work.next_ = nullptr;
        (last_ == nullptr ? first_ : last_->next_) = &work;
        last_ = &work;
    }
    wake_.notify_one();
}

void worker_pool::work_until_stopped()
{
    pthread_setname_np(pthread_self(), name_.c_str());
    std::unique_lock lock{mutex_};
    for (;;) {
        wake_.wait(lock, [this] { return first_ != nullptr || stopping_; });
        if (first_ == nullptr) return;
        job* const work = first_;
        first_ = work->next_;
        if (first_ == nullptr) last_ = nullptr;
        lock.unlock();
        work->run();
        lock.lock();
    }
}

} // namespace pryv_export::runtime
