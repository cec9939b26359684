#pragma once

#include "matcher.hpp"

namespace wire {

/// The conditions of a filter, all of which must hold. Throws command_error.
std::vector<predicate> parse_filter(bson_bytes filter);

} // namespace wire
