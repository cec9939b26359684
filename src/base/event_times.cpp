#include "pryv_export/base/event_times.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace pryv_export {

namespace {

constexpr std::size_t month_count = 130 * 12;
/// Of this range, where every fourth year is a leap year.
constexpr std::uint32_t average_month_seconds = 36525 * 864 / 12;

/// Seconds at which each month begins, and the end of the last one.
constexpr std::array<std::uint32_t, month_count + 1> month_starts = [] {
    std::array<std::uint32_t, month_count + 1> starts{};
    for (std::size_t i = 0; i <= month_count; ++i) {
        auto const day =
            std::chrono::year{1970} / std::chrono::January / 1 + std::chrono::months{static_cast<int>(i)};
        auto const days = std::chrono::sys_days{day}.time_since_epoch().count();
        starts[i] = static_cast<std::uint32_t>(days) * 86'400U;
    }
    return starts;
}();

/// No month begins so far from where average months would have it that this could be wrong by two.
std::size_t month_of(std::uint32_t seconds) noexcept
{
    std::size_t const guess = std::min<std::size_t>(seconds / average_month_seconds, month_count - 1);
    if (seconds < month_starts[guess]) return guess - 1;
    return seconds >= month_starts[guess + 1] ? guess + 1 : guess;
}

} // namespace

void event_times::add(double seconds)
{
    // False for what is not a number.
    if (seconds >= 0 && seconds < month_starts.back()) {
        std::size_t const month = month_of(static_cast<std::uint32_t>(seconds));
        if (counts_.empty()) first_ = last_ = seconds;
        first_ = std::min(first_, seconds);
        last_ = std::max(last_, seconds);
        // The difference is too large as well when it lies before the first.
        if (month - first_month_ >= counts_.size()) cover(month, month);
        ++counts_[month - first_month_];
    } else if (seconds < 0) {
        ++earlier_;
    } else if (seconds > 0) {
        ++later_;
    } else {
        ++undated_;
    }
}

/// Makes room for these months too.
void event_times::cover(std::size_t first, std::size_t last)
{
    if (counts_.empty()) first_month_ = first;
    if (first < first_month_) {
        counts_.insert(counts_.begin(), first_month_ - first, 0);
        first_month_ = first;
    }
    if (last >= first_month_ + counts_.size()) counts_.resize(last + 1 - first_month_);
}

event_times& event_times::operator+=(const event_times& other)
{
    earlier_ += other.earlier_;
    later_ += other.later_;
    undated_ += other.undated_;
    if (other.counts_.empty()) return *this;
    if (counts_.empty()) {
        first_ = other.first_;
        last_ = other.last_;
    }
    first_ = std::min(first_, other.first_);
    last_ = std::max(last_, other.last_);
    cover(other.first_month_, other.first_month_ + other.counts_.size() - 1);
    std::size_t const ahead = other.first_month_ - first_month_;
    for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[ahead + i] += other.counts_[i];
    return *this;
}

void event_times::clear() noexcept
{
    counts_.clear(); // keeps its memory
    earlier_ = later_ = undated_ = 0;
}

std::vector<std::pair<std::string, std::uint64_t>> event_times::months() const
{
    std::vector<std::pair<std::string, std::uint64_t>> months;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        std::size_t const month = first_month_ + i;
        if (counts_[i] > 0)
            months.emplace_back(fmt::format("{}-{:02}", 1970 + month / 12, month % 12 + 1), counts_[i]);
    }
    return months;
}

std::optional<std::pair<double, double>> event_times::range() const
{
    if (counts_.empty()) return std::nullopt;
    return std::pair{first_, last_};
}

} // namespace pryv_export
