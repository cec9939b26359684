#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pryv_export::exporting {

/// How large things become, learnt from some of them. Small ones shrink less than large ones (a file of its
/// own, a cold compressor), so sizes are learnt by their order of magnitude.
class size_model
{
public:
    /// in: bytes of the source; out: bytes that it became.
    void learn(std::uint64_t in, std::uint64_t out);
    /// 0 when nothing was learnt.
    std::uint64_t estimate(std::uint64_t in) const;

private:
    struct magnitude
    {
        std::uint64_t count = 0;
        double in = 0;
        double out = 0;
    };
    static std::size_t place_of(std::uint64_t in);
    const magnitude* nearest(std::size_t place) const;

    std::array<magnitude, 65> magnitudes_; ///< [0]: of nothing; then a power of 2 each
};

/// Which of some things to look at so that a size_model learns from all magnitudes: places, ascending. From
/// each magnitude a few that are spread evenly, no more than `most_bytes` of it (and one at least), where
/// everything counts as `most_of_one` at most. Pure.
std::vector<std::size_t> choose_sample(const std::vector<std::uint64_t>& sizes, std::uint64_t most_of_one,
                                       std::uint64_t most_bytes);

} // namespace pryv_export::exporting
