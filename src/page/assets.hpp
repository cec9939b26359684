#pragma once

#include <string_view>

/// Files of this folder, put in by the build (cmake/embed.cmake).
namespace pryv_export::page {

std::string_view report_html() noexcept;
std::string_view report_css() noexcept;
std::string_view report_js() noexcept;

} // namespace pryv_export::page
