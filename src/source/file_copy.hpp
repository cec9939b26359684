#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace pryv_export::source {

/// 256 KiB for reading and writing, one per thread and kept: touching new pages costs more than the copy.
std::span<std::uint8_t> copy_buffer();

/// Makes the new file `to` share the blocks of `from` (reflink); false where the file system cannot.
bool clone_file(int from, int to) noexcept;

/// Appends the bytes [0, end of file) of `from` to `to`. Throws export_error naming the path that failed.
void copy_bytes(int from, const std::filesystem::path& from_path, int to,
                const std::filesystem::path& to_path);

} // namespace pryv_export::source
