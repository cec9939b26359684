#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

/// Where the time of a run goes: spans of work and of waiting, for --stats and --trace (recording.hpp). Costs
/// a load and a branch when nobody records.
namespace pryv_export::runtime {

/// What threads and coroutines spend their time with.
enum class stage : std::uint8_t
{
    open,     ///< a user's databases and folders
    fetch,    ///< documents, rows
    convert,  ///< to lines, hashes included
    compress, ///< to gzip members
    write,    ///< files of records
    copy,     ///< attachments
    publish,  ///< syncfs and renames
    server,   ///< commands to a live database
    memory,   ///< of the budget
    user      ///< one user from the first step to the last
};
inline constexpr std::size_t stage_count = 10;
/// "open", "fetch", …
std::string_view name_of(stage which) noexcept;

enum class activity : std::uint8_t
{
    busy,    ///< works
    starved, ///< waits for what the stage before it makes
    blocked, ///< waits for room: in a queue, in the budget, for a thread
    lasts    ///< is under way, whatever it does
};
inline constexpr std::size_t activity_count = 4;
std::string_view name_of(activity which) noexcept;

class recorder;

namespace detail {

inline std::atomic<recorder*> current_recorder{nullptr};

/// Nanoseconds of the steady clock.
inline std::int64_t now_ns() noexcept
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

/// Of the busy spans that ended on this thread since the span around them began.
inline thread_local std::int64_t inner_ns = 0;

/// own_ns: without the spans inside of it. Any thread.
void record(recorder& into, stage which, activity how, std::string_view label, std::int64_t begin_ns,
            std::int64_t end_ns, std::int64_t own_ns) noexcept;

} // namespace detail

/// The recorder of this process, or null.
inline recorder* active_recorder() noexcept
{
    return detail::current_recorder.load(std::memory_order_acquire);
}

/// From its creation to its end: what a thread does, or (not busy) what a coroutine waits for. Busy spans
/// nest on their thread; what is inside of one is not counted again for it.
class span
{
public:
    /// label: of the trace, like a user's id; stays valid.
    explicit span(stage which, std::string_view label = {}, activity how = activity::busy) noexcept
        : recorder_{active_recorder()}, which_{which}, how_{how}, label_{label},
          begin_ns_{recorder_ == nullptr ? 0 : detail::now_ns()}
    {
        if (recorder_ != nullptr && how_ == activity::busy) outer_ns_ = std::exchange(detail::inner_ns, 0);
    }
    ~span()
    {
        if (recorder_ == nullptr) return;
        std::int64_t const end_ns = detail::now_ns();
        std::int64_t own_ns = end_ns - begin_ns_;
        if (how_ == activity::busy) {
            own_ns -= detail::inner_ns;
            detail::inner_ns = outer_ns_ + (end_ns - begin_ns_);
        }
        detail::record(*recorder_, which_, how_, label_, begin_ns_, end_ns, own_ns);
    }
    span(const span&) = delete;
    span& operator=(const span&) = delete;

private:
    recorder* recorder_;
    stage which_;
    activity how_;
    std::string_view label_;
    std::int64_t begin_ns_;
    std::int64_t outer_ns_ = 0;
};

} // namespace pryv_export::runtime
