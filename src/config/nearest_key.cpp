#include "nearest_key.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace pryv_export::config {

namespace {

/// Letters to insert, remove or replace (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0U);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            std::size_t const replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row.back();
}

} // namespace

std::string_view nearest_key(std::string_view key, std::span<const std::string_view> known)
{
    constexpr std::size_t longest = 64; // beyond it nobody meant one of ours
    if (key.size() > longest) return {};
    std::string_view nearest;
    std::size_t least = std::max<std::size_t>(key.size() / 2, 2) + 1;
    for (std::string_view const each : known) {
        std::size_t const here = distance(key, each);
        if (here < least) {
            least = here;
            nearest = each;
        }
    }
    return nearest;
}

} // namespace pryv_export::config
