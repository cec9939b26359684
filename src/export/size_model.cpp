#include "size_model.hpp"

#include <algorithm>
#include <bit>
#include <map>

namespace pryv_export::exporting {

namespace {

constexpr std::size_t most_of_a_magnitude = 96;

std::size_t magnitude_of(std::uint64_t size)
{
    return (static_cast<std::size_t>(std::bit_width(size)) + 1) / 2;
}

} // namespace

std::size_t size_model::place_of(std::uint64_t in)
{
    return static_cast<std::size_t>(std::bit_width(in));
}

void size_model::learn(std::uint64_t in, std::uint64_t out)
{
    magnitude& of = magnitudes_[place_of(in)];
    ++of.count;
    of.in += static_cast<double>(in);
    of.out += static_cast<double>(out);
}

/// Of things that are there, the nearest; a larger one before a smaller one.
const size_model::magnitude* size_model::nearest(std::size_t place) const
{
    for (std::size_t distance = 0; distance < magnitudes_.size(); ++distance) {
        if (place + distance < magnitudes_.size() && magnitudes_[place + distance].count > 0)
            return &magnitudes_[place + distance];
        if (place > distance && magnitudes_[place - distance].count > 0)
            return &magnitudes_[place - distance];
    }
    return nullptr;
}

std::uint64_t size_model::estimate(std::uint64_t in) const
{
    if (in == 0) {
        const magnitude& nothing = magnitudes_.front();
        return nothing.count == 0
                   ? 0
                   : static_cast<std::uint64_t>(nothing.out / static_cast<double>(nothing.count));
    }
    const magnitude* const like = nearest(place_of(in));
    if (like == nullptr) return 0;
    return static_cast<std::uint64_t>(static_cast<double>(in) * like->out / like->in);
}

std::vector<std::size_t> choose_sample(const std::vector<std::uint64_t>& sizes, std::uint64_t most_of_one,
                                       std::uint64_t most_bytes)
{
    std::map<std::size_t, std::vector<std::size_t>> by_magnitude;
    for (std::size_t i = 0; i < sizes.size(); ++i) by_magnitude[magnitude_of(sizes[i])].push_back(i);
    std::vector<std::size_t> chosen;
    for (const auto& [_, places] : by_magnitude) {
        std::uint64_t sum = 0;
        for (std::size_t const place : places) sum += std::min(sizes[place], most_of_one);
        std::uint64_t const mean = sum / places.size() + 1;
        auto const affordable = static_cast<std::size_t>(std::max<std::uint64_t>(most_bytes / mean, 1));
        std::size_t const count = std::min({places.size(), most_of_a_magnitude, affordable});
        for (std::size_t i = 0; i < count; ++i)
            chosen.push_back(places[(2 * i + 1) * places.size() / (2 * count)]);
    }
    std::sort(chosen.begin(), chosen.end());
    return chosen;
}

} // namespace pryv_export::exporting
