#pragma once

#include <span>
#include <string_view>

namespace pryv_export::config {

/// The known key that somebody who wrote `key` may have meant; empty when none is near.
std::string_view nearest_key(std::string_view key, std::span<const std::string_view> known);

} // namespace pryv_export::config
