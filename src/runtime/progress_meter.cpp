#include "pryv_export/runtime/progress_text.hpp"

#include <algorithm>
#include <cmath>

namespace pryv_export::runtime {

namespace {

constexpr double smoothing_seconds = 8;
constexpr double known_after_seconds = 30;
constexpr double known_after_fraction = 0.05;

} // namespace

progress_snapshot snapshot(const progress& source)
{
    progress_snapshot now;
    now.phase = source.phase();
    now.phase_number = source.phase_number;
    now.bytes_done = source.bytes_done;
    now.bytes_total = source.bytes_total;
    now.users_done = source.users_done;
    now.users_total = source.users_total;
    now.users_failed = source.users_failed;
    now.records_done = source.records_done;
    now.files_done = source.files_done;
    now.file_bytes_done = source.file_bytes_done;
    return now;
}

void progress_meter::begin_phase(const progress_snapshot& now, double at_seconds, std::uint64_t bytes)
{
    phase_number_ = now.phase_number;
    phase_begin_ = last_ = at_seconds;
    last_bytes_ = bytes;
    rate_ = weight_ = fraction_ = 0;
}

// An exponential mean whose weight is kept beside it, so that it is right from the first second on.
void progress_meter::smooth(const progress_snapshot& now, double at_seconds)
{
    double const passed = at_seconds - last_;
    if (passed <= 0) return;
    std::uint64_t const bytes = now.bytes_done - std::min(now.bytes_done, last_bytes_);
    double const share = 1 - std::exp(-passed / smoothing_seconds);
    rate_ += share * (static_cast<double>(bytes) / passed - rate_);
    weight_ += share * (1 - weight_);
    last_ = at_seconds;
    last_bytes_ = std::max(last_bytes_, now.bytes_done);
}

std::optional<double> progress_meter::advance(progress_snapshot& now)
{
    if (now.bytes_total > 0) now.bytes_total = std::max(now.bytes_total, now.bytes_done);
    std::uint64_t const users_ended = now.users_done + now.users_failed;
    if (now.users_total > 0) now.users_total = std::max(now.users_total, users_ended);
    bool const by_bytes = now.bytes_total > 0;
    std::uint64_t const total = by_bytes ? now.bytes_total : now.users_total;
    std::uint64_t const done = by_bytes ? now.bytes_done : users_ended;
    if (total == 0) return {};
    fraction_ = std::max(fraction_, static_cast<double>(done) / static_cast<double>(total));
    return fraction_;
}

std::optional<double> progress_meter::remaining(const progress_state& state, double at_seconds) const
{
    if (!state.fraction || state.now.bytes_total == 0 || state.bytes_per_second < 1) return {};
    bool const known =
        *state.fraction >= known_after_fraction || at_seconds - phase_begin_ >= known_after_seconds;
    if (!known) return {};
    auto const left = static_cast<double>(state.now.bytes_total - state.now.bytes_done);
    return left / state.bytes_per_second;
}

progress_state progress_meter::update(progress_snapshot now, double at_seconds)
{
    if (!started_) {
        started_ = true;
        first_ = at_seconds;
        begin_phase(now, at_seconds, now.bytes_done);
    } else if (now.phase_number != phase_number_) {
        // It began at some time after the last look, with no bytes.
        begin_phase(now, last_, 0);
    }
    smooth(now, at_seconds);
    progress_state state;
    state.fraction = advance(now);
    state.seconds = std::max(0.0, at_seconds - first_);
    state.bytes_per_second = weight_ > 0 ? rate_ / weight_ : 0;
    state.now = std::move(now);
    state.remaining_seconds = remaining(state, at_seconds);
    return state;
}

} // namespace pryv_export::runtime
