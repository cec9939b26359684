#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pryv_export {

/// How many events happened in each month (UTC) from 1970 to 2099. Times outside of that are counted apart:
/// they are typing errors, milliseconds, or placeholders. Not thread-safe: one per job, added up by its
/// owner.
class event_times
{
public:
    /// seconds: since 1970, as v1 and v2 have them; not a number counts as undated.
    void add(double seconds);
    void add_undated() noexcept { ++undated_; }
    event_times& operator+=(const event_times& other);
    void clear() noexcept;

    /// Months that have events, in order: "2021-03" and how many.
    std::vector<std::pair<std::string, std::uint64_t>> months() const;
    std::uint64_t earlier() const noexcept { return earlier_; } ///< before 1970
    std::uint64_t later() const noexcept { return later_; }     ///< after 2099
    std::uint64_t undated() const noexcept { return undated_; }
    bool empty() const noexcept { return counts_.empty() && earlier_ + later_ + undated_ == 0; }
    /// Seconds since 1970 of the first and the last event in one of the months.
    std::optional<std::pair<double, double>> range() const;

private:
    void cover(std::size_t first, std::size_t last);

    std::vector<std::uint64_t> counts_; ///< of the months from the first that has events to the last
    std::size_t first_month_ = 0;       ///< since 1970
    double first_ = 0;
    double last_ = 0;
    std::uint64_t earlier_ = 0;
    std::uint64_t later_ = 0;
    std::uint64_t undated_ = 0;
};

} // namespace pryv_export
