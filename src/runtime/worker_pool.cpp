#include "pryv_export/runtime/worker_pool.hpp"

#include "pryv_export/runtime/stage.hpp"

#include <algorithm>
#include <pthread.h>
#include <system_error>
#include <utility>

namespace pryv_export::runtime {

struct worker_pool::lane_state
{
    void push(job& work) noexcept
    {
        work.next_ = nullptr;
        (last == nullptr ? first : last->next_) = &work;
        last = &work;
    }

    job& pop() noexcept
    {
        job& work = *first;
        first = work.next_;
        if (first == nullptr) last = nullptr;
        return work;
    }

    job* first = nullptr;
    job* last = nullptr;
    std::size_t running = 0;
    bool closed = false;
};

worker_pool::lane::lane(worker_pool& pool, std::shared_ptr<lane_state> state)
    : pool_{pool}, state_{std::move(state)}
{
}

worker_pool::lane::~lane()
{
    pool_.close(*state_);
}

void worker_pool::lane::post(job& work)
{
    pool_.post_in(*state_, work);
}

worker_pool::worker_pool(std::size_t threads, std::string name, room policy)
    : policy_{policy}, thread_count_{std::max<std::size_t>(threads, 1)}, name_{std::move(name)}
{
    lanes_.push_back(std::make_shared<lane_state>());
    std::size_t const wanted = thread_count_;
    threads_.reserve(wanted);
    while (threads_.size() < wanted) {
        try {
            threads_.emplace_back([this] { work_until_stopped(); });
        } catch (const std::system_error&) {
            // A limit on threads: fewer workers do the same work, but none cannot.
            if (threads_.empty()) throw;
            break;
        }
    }
    std::lock_guard const lock{mutex_};
    thread_count_ = threads_.size();
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
    post_in(*lanes_.front(), work);
}

std::unique_ptr<worker_pool::lane> worker_pool::open_lane()
{
    auto state = std::make_shared<lane_state>();
    std::lock_guard const lock{mutex_};
    lanes_.push_back(state);
    ++open_lanes_;
    return std::unique_ptr<lane>{new lane{*this, std::move(state)}};
}

void worker_pool::post_in(lane_state& which, job& work)
{
    work.posted_ns_ = active_recorder() == nullptr ? 0 : detail::now_ns();
    {
        std::lock_guard const lock{mutex_};
        which.push(work);
        ++queued_;
    }
    wake_.notify_one();
}

pool_total worker_pool::total() const
{
    std::lock_guard const lock{mutex_};
    pool_total total = total_;
    total.name = name_;
    total.threads = thread_count_;
    return total;
}

std::size_t worker_pool::queued() const
{
    std::lock_guard const lock{mutex_};
    return queued_;
}

void worker_pool::close(lane_state& which)
{
    {
        std::lock_guard const lock{mutex_};
        which.closed = true;
        --open_lanes_;
        drop_if_over(which);
    }
    wake_.notify_all(); // the others may have more threads now
}

void worker_pool::drop_if_over(const lane_state& which)
{
    if (!which.closed || which.first != nullptr || which.running > 0) return;
    std::erase_if(lanes_, [&](const auto& each) { return each.get() == &which; });
}

std::size_t worker_pool::most_running() const noexcept
{
    if (policy_ == room::take_all || open_lanes_ <= 1) return thread_count_;
    std::size_t const others = open_lanes_ - 1;
    return thread_count_ > others ? thread_count_ - others : 1;
}

/// The lane whose turn it is, of those that have a job and may run it; null when there is none.
std::shared_ptr<worker_pool::lane_state> worker_pool::next_lane()
{
    std::size_t const most = most_running();
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        std::size_t const place = (turn_ + i) % lanes_.size();
        const auto& candidate = lanes_[place];
        bool const limited = place != 0;
        if (candidate->first == nullptr || (limited && candidate->running >= most)) continue;
        turn_ = place + 1;
        return candidate;
    }
    return nullptr;
}

bool worker_pool::has_queued() const noexcept
{
    return std::any_of(lanes_.begin(), lanes_.end(), [](const auto& each) { return each->first != nullptr; });
}

void worker_pool::book(std::int64_t posted_ns, std::int64_t begin_ns)
{
    ++total_.jobs;
    total_.queued_ns += static_cast<std::uint64_t>(begin_ns - posted_ns);
    total_.busy_ns += static_cast<std::uint64_t>(detail::now_ns() - begin_ns);
}

void worker_pool::work_until_stopped()
{
    pthread_setname_np(pthread_self(), name_.c_str());
    std::unique_lock lock{mutex_};
    for (;;) {
        std::shared_ptr<lane_state> mine;
        wake_.wait(lock, [&] { return (mine = next_lane()) != nullptr || (stopping_ && !has_queued()); });
        if (!mine) return;
        job& work = mine->pop();
        ++mine->running;
        --queued_;
        lock.unlock();
        std::int64_t const posted_ns = work.posted_ns_; // the job may be gone when it has run
        std::int64_t const begin_ns = posted_ns == 0 ? 0 : detail::now_ns();
        work.run();
        lock.lock();
        if (posted_ns != 0) book(posted_ns, begin_ns);
        --mine->running;
        drop_if_over(*mine);
        // This thread takes one job; where lanes have limits, its end may have freed another one as well.
        if (most_running() < thread_count_ && has_queued()) wake_.notify_one();
        if (stopping_) wake_.notify_all();
    }
}

} // namespace pryv_export::runtime
