#pragma once

#include <cstdint>

namespace pryv_export::archive {

/// Where the bytes of a file go.
enum class medium : std::uint8_t
{
    disk,
    none ///< nowhere: only its size is wanted, and no folder is made
};

} // namespace pryv_export::archive
