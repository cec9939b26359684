#pragma once

#include <cstddef>
#include <filesystem>

namespace pryv_export::cli {

/// Cores that this process may use: its affinity mask, and the cgroup's share of CPU time when that is less.
/// At least 1.
std::size_t usable_cores();

/// Cores that a cgroup's `cpu.max` allows, rounded up; `otherwise` when the file is absent or sets no limit.
std::size_t cores_of_cgroup(const std::filesystem::path& cpu_max, std::size_t otherwise);

} // namespace pryv_export::cli
