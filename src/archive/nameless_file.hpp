#pragma once

#include "pryv_export/base/file.hpp"

#include <filesystem>

namespace pryv_export::archive {

/// A temporary file for reading and writing that goes when its descriptor goes. Throws export_error naming
/// the folder.
unique_fd open_nameless_file(const std::filesystem::path& folder);

} // namespace pryv_export::archive
