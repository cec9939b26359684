#pragma once

#include <string_view>

namespace pryv_export {

/// "0.1.0"
std::string_view program_version() noexcept;

} // namespace pryv_export
