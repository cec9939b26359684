#pragma once

#include <cstdint>
#include <filesystem>

namespace pryv_export::source {

/// Bytes that can still be used before the machine or a memory cgroup (v1 or v2, this process's and those
/// above it) runs out; memory that holds file pages counts as free. `root` is "/" except in tests: proc/ and
/// sys/fs/cgroup/ below it are read (formats: proc(5), Documentation/admin-guide/cgroup-v2.rst and
/// cgroup-v1/memory.rst of Linux). Limits that cannot be read do not count.
std::uint64_t available_memory(const std::filesystem::path& root = "/");

} // namespace pryv_export::source
