#pragma once

#include "pryv_export/runtime/task.hpp"

#include <cstdint>
#include <memory>
#include <utility>

namespace pryv_export::runtime {

/// The one number of bytes that all stages, users and cores of the process may hold in flight.
/// Requests are served in order, so that a large one is not starved by small ones.
class memory_budget
{
    struct state;

public:
    /// Bytes held; given back at destruction, on any thread.
    class lease
    {
    public:
        lease() noexcept = default;
        lease(lease&& other) noexcept
            : state_{std::move(other.state_)}, bytes_{std::exchange(other.bytes_, 0)}
        {
        }
        lease& operator=(lease&& other) noexcept;
        ~lease() { release(); }
        std::uint64_t bytes() const noexcept { return bytes_; }
        void release() noexcept;
        /// The work turned out to need more: counts it at once, beyond the limit if need be, so that others
        /// wait. Any thread.
        void cover(std::uint64_t bytes);

    private:
        friend class memory_budget;
        lease(std::shared_ptr<state> owner, std::uint64_t bytes) noexcept
            : state_{std::move(owner)}, bytes_{bytes}
        {
        }
        std::shared_ptr<state> state_;
        std::uint64_t bytes_ = 0;
    };

    memory_budget(const asio::any_io_executor& loop, std::uint64_t bytes);

    /// Waits until `bytes` are free. A request beyond the whole budget waits until it is alone. On the loop's
    /// thread. Throws system_error{operation_aborted} when cancelled.
    task<lease> acquire(std::uint64_t bytes);

    std::uint64_t limit() const noexcept;
    std::uint64_t in_use() const;
    std::uint64_t peak() const;

private:
    std::shared_ptr<state> state_;
};

} // namespace pryv_export::runtime
