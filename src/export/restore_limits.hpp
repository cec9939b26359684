#pragma once

#include <cstdint>

namespace pryv_export::exporting {

/// Value of Node's --max-old-space-size (MiB, whole GiB) with which v2 restores a user of so many events; 0
/// when Node's default is enough. v2 holds all events of one user, parsed, in its heap.
std::uint64_t restore_heap_megabytes(std::uint64_t events) noexcept;

} // namespace pryv_export::exporting
