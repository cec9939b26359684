#pragma once

#include <cstdint>
#include <string_view>

namespace sample {

/// Mixes any number of words into one well-spread word: the only source of
/// randomness here, so that a value depends on its key and never on the order
/// of work.
constexpr std::uint64_t mix(std::uint64_t x)
{
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31U);
}

template <class... Rest>
constexpr std::uint64_t mix(std::uint64_t first, std::uint64_t second, Rest... rest)
{
    return mix(mix(first) ^ second, static_cast<std::uint64_t>(rest)...);
}

/// splitmix64, cheap enough to be created for every event.
class rng
{
public:
    template <class... Keys>
    explicit rng(std::uint64_t seed, Keys... keys) : state_(mix(seed, static_cast<std::uint64_t>(keys)...))
    {
    }

    std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15ULL); }

    /// In [0, limit); limit > 0.
    std::uint64_t below(std::uint64_t limit)
    {
        return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * limit) >> 64U);
    }

    /// In [low, high].
    std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }

    /// In [0, 1).
    double unit() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

    bool chance(double probability) { return unit() < probability; }

    template <class Table>
    const auto& pick(const Table& table)
    {
        return table[below(std::size(table))];
    }

private:
    std::uint64_t state_;
};

/// Poisson-like count of the given mean: floor plus a chance of one more, spread
/// by a factor between 0 and 2.
inline std::uint64_t count_around(rng& random, double mean)
{
    const double value = mean * 2.0 * random.unit();
    const auto whole = static_cast<std::uint64_t>(value);
    return whole + (random.chance(value - static_cast<double>(whole)) ? 1 : 0);
}

} // namespace sample
