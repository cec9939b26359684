#pragma once

#include "pryv_export/config/secret.hpp"

#include <filesystem>

namespace pryv_export::cli {

/// The only line of a small file. Throws export_error naming it.
config::secret read_password_file(const std::filesystem::path& file);

} // namespace pryv_export::cli
