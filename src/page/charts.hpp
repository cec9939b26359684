#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Charts as SVG, which show without any script and on paper.
namespace pryv_export::page {

/// Numbers by their number of digits: 0, 1 to 9, 10 to 99, …
class digit_buckets
{
public:
    void add(std::uint64_t number) noexcept;
    /// Index of the bucket (its least number has that many digits) and how many; from the first that is not
    /// empty to the last, with the empty ones between.
    std::vector<std::pair<std::size_t, std::uint64_t>> filled() const;

private:
    std::array<std::uint64_t, 21> counts_{};
};

using bars = std::vector<std::pair<std::string, std::uint64_t>>;

/// A table with a bar in each row. caption, labels: plain text; column: what is counted.
std::string bar_table(std::string_view caption, std::string_view head, std::string_view counted,
                      const bars& rows);

/// Columns over time, by month, or by year when there are more than ten years. months: "2021-03", in order.
std::string time_chart(const bars& months);

} // namespace pryv_export::page
