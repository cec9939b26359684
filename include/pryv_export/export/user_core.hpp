#pragma once

#include "pryv_export/archive/compress.hpp"
#include "pryv_export/archive/file_series.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace pryv_export::exporting {

/// Core host name of v1's register → core id of v2.
using core_id_map = std::map<std::string, std::string, std::less<>>;

struct user_core_rows
{
    std::vector<archive::file_record> files; ///< relative to the folder
    std::uint64_t rows = 0;
    std::map<std::string, std::uint64_t, std::less<>> unmapped; ///< server → users; at most 1,000 servers
    std::uint64_t unwritable = 0; ///< names with control characters, which SQL text cannot carry safely
};

/// Blocking. From `folder/servers.jsonl[.gz]` writes which core each user is on, in the form of v2's platform
/// (table keyValue of rqlite, key `user-core/<username>`): `user-core.jsonl[.gz]` with {key, value}, and
/// `user-core.sql` to load. v2's restore writes these rows itself only when there is one core. Throws
/// export_error.
user_core_rows write_user_core(const std::filesystem::path& folder, const core_id_map& ids,
                               archive::encoding how);

} // namespace pryv_export::exporting
