#pragma once

#include "pryv_export/source/document_store.hpp"

#include "mongodump_file.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>

namespace pryv_export::source {

/// Called with the number of bytes read since the last call; throws to stop.
using read_hook = std::function<void(std::uint64_t bytes)>;

/// Unpacks a .bson.gz into a nameless file in `spool_folder`, some hundred KiB at a time. A truncated or
/// corrupt gzip is reported to `on_damage` with the offset in the packed file; what could be unpacked before
/// is used. Throws export_error when the file cannot be read or the copy not be written.
dump_file unpack(const std::filesystem::path& path, const std::filesystem::path& spool_folder,
                 const std::function<void(damage)>& on_damage, const read_hook& on_read);

} // namespace pryv_export::source
