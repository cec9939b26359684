#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace pryv_export::runtime {

/// A unit of work with intrusive queue links; lives wherever its owner keeps it until run() has returned.
class job
{
public:
    virtual ~job() = default;
    /// Runs on a thread of the pool. Must not throw.
    virtual void run() noexcept = 0;

private:
    friend class worker_pool;
    job* next_ = nullptr;
};

/// A fixed number of threads that run jobs in the order of arrival. One for CPU work (`--jobs` threads), one
/// for blocking calls.
class worker_pool
{
public:
    /// name: at most 15 bytes, shown by ps and debuggers.
    worker_pool(std::size_t threads, std::string name);
    /// Runs what is queued, then joins.
    ~worker_pool();
    worker_pool(const worker_pool&) = delete;
    worker_pool& operator=(const worker_pool&) = delete;

    /// Queues a job; from any thread. `work` stays alive until it has run.
    void post(job& work);
    std::size_t size() const noexcept { return threads_.size(); }

private:
    void work_until_stopped();

    std::mutex mutex_;
    std::condition_variable wake_;
    job* first_ = nullptr;
    job* last_ = nullptr;
    bool stopping_ = false;
    std::string name_;
    std::vector<std::thread> threads_;
};

} // namespace pryv_export::runtime
