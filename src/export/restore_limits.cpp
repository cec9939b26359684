#include "restore_limits.hpp"

#include <algorithm>

namespace pryv_export::exporting {

namespace {

constexpr std::uint64_t events_in_default_heap = 200'000;
constexpr std::uint64_t heap_bytes_per_event = 6 << 10;

} // namespace

std::uint64_t restore_heap_megabytes(std::uint64_t events) noexcept
{
    if (events <= events_in_default_heap) return 0;
    std::uint64_t const gigabytes = (events * heap_bytes_per_event >> 30) + 1;
    return std::max<std::uint64_t>(gigabytes, 4) * 1024;
}

} // namespace pryv_export::exporting
