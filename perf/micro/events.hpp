#pragma once

#include "pryv_export/convert/rules.hpp"

#include <cstdint>
#include <vector>

namespace micro {

/// Events of a few users, one behind the other as in a dump, hashes right, ids ascending.
struct events
{
    std::vector<std::uint8_t> bytes;
    std::vector<pryv_export::convert::record> records; ///< into `bytes`
};

/// The same at every call. Five kinds of content; userId is one of `users`.
events make_events(std::size_t count, std::size_t users = 1);

} // namespace micro
