#pragma once

#include "pryv_export/runtime/task.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace pryv_export::runtime {

/// Splits `limit` places among parties that want so many: the same number for each, and what one does not
/// want goes to the others. Who wants anything gets one place at least, even beyond the limit. Pure.
std::vector<std::size_t> fair_shares(std::size_t limit, std::span<const std::size_t> wanted);

/// A number of places (users in flight) that several parties (cores) share fairly, whoever asks first or
/// holds its places longer. On the loop's thread.
class fair_slots
{
    struct state;
    struct party_state;

public:
    /// A place that is held; given back at destruction.
    class slot
    {
    public:
        slot(slot&& other) noexcept = default;
        slot& operator=(slot&&) = delete;
        ~slot();

    private:
        friend class fair_slots;
        slot(std::shared_ptr<state> all, std::shared_ptr<party_state> party) noexcept
            : state_{std::move(all)}, party_{std::move(party)}
        {
        }
        std::shared_ptr<state> state_;
        std::shared_ptr<party_state> party_;
    };

    /// One who takes part, from join() to its destruction.
    class party
    {
    public:
        party(party&&) noexcept = default;
        party& operator=(party&&) = delete;
        ~party();
        /// Waits for a place. Throws system_error{operation_aborted} when cancelled. The party outlives the
        /// call.
        task<slot> acquire();
        /// How many places it could still use, those it holds included.
        void want(std::size_t places);
        /// Of all parties together.
        std::size_t limit() const noexcept;

    private:
        friend class fair_slots;
        party(std::shared_ptr<state> all, std::shared_ptr<party_state> mine) noexcept
            : state_{std::move(all)}, mine_{std::move(mine)}
        {
        }
        std::shared_ptr<state> state_;
        std::shared_ptr<party_state> mine_;
    };

    fair_slots(const asio::any_io_executor& loop, std::size_t limit);
    /// All join before the first one acquires.
    party join(std::size_t wanted);

private:
    std::shared_ptr<state> state_;
};

} // namespace pryv_export::runtime
