#pragma once

#include "pryv_export/base/file.hpp"

#include <filesystem>

namespace pryv_export::archive {

/// Creates the folder of an output (0700; its parent must exist) unless it is there, and takes a lock that a
/// second run on the same folder meets; held as long as the descriptor. Throws export_error{cannot_create}.
unique_fd open_output_root(const std::filesystem::path& root);

/// The lock alone, of a folder that exists.
unique_fd lock_output_root(const std::filesystem::path& root);

/// Removes a file or a folder with all it holds. Throws export_error{cannot_create}.
void remove_tree(const std::filesystem::path& path);

} // namespace pryv_export::archive
