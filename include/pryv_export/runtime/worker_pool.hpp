#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
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
    std::int64_t posted_ns_ = 0; ///< while somebody records (stage.hpp)
};

/// How much of its threads' time a pool worked, and how long jobs waited for a thread.
struct pool_total
{
    std::string name;
    std::size_t threads = 0;
    std::uint64_t jobs = 0;
    std::uint64_t busy_ns = 0;
    std::uint64_t queued_ns = 0;
};

/// Where jobs are handed in.
class job_queue
{
public:
    virtual ~job_queue() = default;
    /// Queues a job; from any thread. `work` stays alive until it has run.
    virtual void post(job& work) = 0;
};

/// A fixed number of threads that run jobs. One for CPU work (`--jobs` threads), one for blocking calls. Jobs
/// of one lane run in the order of arrival; lanes take turns, so that a core with a thousand jobs waiting
/// does not hold up one that has a single job.
class worker_pool final : public job_queue
{
    struct lane_state;

public:
    /// What a lane may take of the pool.
    enum class room : std::uint8_t
    {
        take_all,      ///< for short jobs: all threads, as long as nobody else has work
        leave_for_each ///< for jobs that last: a thread stays free for each other lane
    };

    /// A queue of its own within the pool. Jobs that are still queued when it goes run all the same.
    class lane final : public job_queue
    {
    public:
        ~lane() override;
        lane(const lane&) = delete;
        lane& operator=(const lane&) = delete;
        void post(job& work) override;

    private:
        friend class worker_pool;
        lane(worker_pool& pool, std::shared_ptr<lane_state> state);
        worker_pool& pool_;
        std::shared_ptr<lane_state> state_;
    };

    /// name: at most 15 bytes, shown by ps and debuggers.
    worker_pool(std::size_t threads, std::string name, room policy = room::take_all);
    /// Runs what is queued, then joins.
    ~worker_pool() override;
    worker_pool(const worker_pool&) = delete;
    worker_pool& operator=(const worker_pool&) = delete;

    /// Queues a job in the lane of those who have none.
    void post(job& work) override;
    /// The pool outlives it.
    std::unique_ptr<lane> open_lane();
    std::size_t size() const noexcept { return threads_.size(); }

    /// Of the jobs that ended while somebody recorded. Any thread.
    pool_total total() const;
    /// Jobs that wait for a thread now. Any thread.
    std::size_t queued() const;

private:
    void post_in(lane_state& which, job& work);
    void close(lane_state& which);
    void work_until_stopped();
    std::shared_ptr<lane_state> next_lane();
    std::size_t most_running() const noexcept;
    bool has_queued() const noexcept;
    void drop_if_over(const lane_state& which);

    void book(std::int64_t posted_ns, std::int64_t begin_ns);

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<std::shared_ptr<lane_state>> lanes_; ///< the first is that of post()
    std::size_t turn_ = 0;                           ///< place in lanes_ of who is asked first
    std::size_t open_lanes_ = 0;
    room policy_;
    std::size_t thread_count_; ///< what threads_ will have
    bool stopping_ = false;
    std::size_t queued_ = 0;
    pool_total total_;
    std::string name_;
    std::vector<std::thread> threads_;
};

} // namespace pryv_export::runtime
