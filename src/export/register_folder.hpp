#pragma once

#include "pryv_export/archive/compress.hpp"
#include "pryv_export/archive/file_series.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// `register/` and the archive around it are made by two commands, in any order; here they are made to agree.
/// Blocking.
namespace pryv_export::exporting {

/// Whether the finished archive in `root` is compressed; nothing when there is none.
std::optional<bool> archive_is_compressed(const std::filesystem::path& root);

/// Replaces the lines of `register/` in the SHA256SUMS of the archive in `root`, if it has one. files: named
/// relative to `register/`; scratch: a folder that does not exist, on the same file system.
void refresh_checksums(const std::filesystem::path& root, const std::filesystem::path& scratch,
                       const std::vector<archive::file_record>& files);

/// The files of `root/register`, named relative to `root`, in the order of names. v2 looks for
/// servers.jsonl.gz or servers.jsonl as the archive is compressed or not: when only the other one is there,
/// its counterpart is added. warnings: gains a line about that, and about what cannot be read. scratch: an
/// existing folder on the same file system.
std::vector<archive::file_record> adopt_register(const std::filesystem::path& root,
                                                 const std::filesystem::path& scratch, archive::encoding how,
                                                 std::vector<std::string>& warnings);

} // namespace pryv_export::exporting
