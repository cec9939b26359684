#pragma once

#include "pryv_export/base/event_times.hpp"

#include "archive_files.hpp"

#include <filesystem>
#include <functional>
#include <string_view>

namespace pryv_export::verify {

/// The page that the export would have made of an archive: from its report.json, or, where there is none (the
/// Node tool, v2's own backup), from what is counted in it. times: counts the events; asked for in the second
/// case only. Throws export_error: io_error for a broken file, and what `write` throws.
void write_archive_page(const archive_files& files, const std::filesystem::path& root,
                        const std::function<event_times()>& times,
                        const std::function<void(std::string_view)>& write);

} // namespace pryv_export::verify
