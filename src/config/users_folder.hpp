#pragma once

#include "pryv_export/config/v1_config.hpp"

#include <filesystem>

namespace pryv_export::config {

/// Sets `user_files_path` and `attachments_path` of `config`, read from `file`: the operator's word, else the
/// config's (with the container's folders mapped to this host's), else what v1's usual layouts have near the
/// file. Throws export_error{bad_config} with what was tried, denied when a folder on the way may not be
/// read.
void find_folders(const std::filesystem::path& file, const config_options& options, v1_config& config);

} // namespace pryv_export::config
