#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace sample {

/// Runs produce(i) for i in [0, count) on `jobs` threads and consume(value) on
/// the calling thread in the order of i. At most 2 × jobs values exist at once,
/// so memory stays bounded. The first exception stops everything and is rethrown.
template <class Produce, class Consume>
void ordered_parallel(std::uint64_t count, unsigned jobs, Produce produce, Consume consume)
{
    using value_type = decltype(produce(std::uint64_t{0}));
    std::mutex mutex;
    std::condition_variable changed;
    std::map<std::uint64_t, value_type> ready;
    std::exception_ptr failure;
    std::uint64_t next = 0;
    std::uint64_t consumed = 0;
    const std::uint64_t window = 2ULL * jobs;

    const auto work = [&] {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [&] { return failure || next >= count || next < consumed + window; });
            if (failure || next >= count) return;
            const std::uint64_t mine = next++;
            lock.unlock();
            try {
                value_type value = produce(mine);
                lock.lock();
                ready.emplace(mine, std::move(value));
            } catch (...) {
                if (!lock.owns_lock()) lock.lock();
                failure = std::current_exception();
            }
            changed.notify_all();
        }
    };

    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < std::max(jobs, 1U); ++i) threads.emplace_back(work);
    std::unique_lock lock(mutex);
    while (consumed < count) {
        changed.wait(lock, [&] { return failure || ready.contains(consumed); });
        if (failure) break;
        auto node = ready.extract(consumed);
        lock.unlock();
        try {
            consume(std::move(node.mapped()));
        } catch (...) {
            lock.lock();
            failure = std::current_exception();
            break;
        }
        lock.lock();
        ++consumed;
        changed.notify_all();
    }
    changed.notify_all();
    lock.unlock();
    threads.clear();
    if (failure) std::rethrow_exception(failure);
}

} // namespace sample
