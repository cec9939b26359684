#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

namespace pryv_export::exporting {

/// Blocking. Calls `on_line` for every line, without its end, of a file of records; one whose name ends in
/// .gz is unpacked. Bounded memory: a line is cut at 16 MiB. Throws export_error naming the file.
void for_each_line(const std::filesystem::path& file, const std::function<void(std::string_view)>& on_line);

} // namespace pryv_export::exporting
