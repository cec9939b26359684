#pragma once

#include "pryv_export/runtime/task.hpp"
#include "pryv_export/source/redis_options.hpp"

#include "redis_error.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace pryv_export::source {

/// Decides after a failure whether to try again, and waits. On the loop's thread.
class redis_retry
{
public:
    explicit redis_retry(const redis_options& options);

    /// Returns when it is time to try again. `progress`: how far the attempt came; one that came further than
    /// all before it starts the clock anew, as the server does work. Throws export_error when there is no
    /// point in going on, system_error{operation_aborted} when cancelled.
    runtime::task<void> wait(runtime::asio::any_io_executor loop, const redis_failure& failure, bool reached,
                             std::uint64_t progress);

    unsigned attempts() const noexcept { return failures_ + 1; }

private:
    std::chrono::milliseconds next_pause();

    std::string thing_;
    std::chrono::milliseconds give_up_after_;
    std::chrono::milliseconds first_pause_;
    std::optional<double> failing_since_; ///< seconds of the steady clock
    bool reached_ = false;
    std::uint64_t furthest_ = 0;
    unsigned failures_ = 0;
    unsigned doublings_ = 0;
};

} // namespace pryv_export::source
