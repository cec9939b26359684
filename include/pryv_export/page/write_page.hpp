#pragma once

#include "pryv_export/page/report_data.hpp"

#include <functional>
#include <string_view>

namespace pryv_export::page {

/// Gives the users one by one to the function, in any order.
using user_source = std::function<void(const std::function<void(const user_row&)>&)>;

/// Whether a file of this name is to be a page: it ends in .html, in any case.
bool is_page(std::string_view file_name) noexcept;

/// Writes one HTML page that needs nothing else: no network, no other file. Users are asked for once and are
/// not kept, so memory stays small. `write` gets pieces of about 64 KiB; what it throws is passed on.
/// Same data, same bytes.
void write_page(const report_data& report, const user_source& users,
                const std::function<void(std::string_view)>& write);

} // namespace pryv_export::page
