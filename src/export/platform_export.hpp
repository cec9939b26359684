#pragma once

#include "pryv_export/archive/compress.hpp"
#include "pryv_export/config/v1_config.hpp"
#include "pryv_export/convert/outcome.hpp"
#include "pryv_export/source/document_store.hpp"
#include "pryv_export/source/sqlite_files.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace pryv_export::exporting {

/// Blocking: `platform/platform.jsonl[.gz]` from platform-wide.db or the `<name>-platform` database, as
/// configured; the other one is read as well when it exists, and differences become warnings. Files are
/// written below `folder`; counts and extra lines go to `out`.
std::vector<archive::file_record> export_platform(const config::v1_config& config,
                                                  const source::sqlite_opener& sqlite,
                                                  source::document_store& documents,
                                                  const std::filesystem::path& folder, archive::encoding how,
                                                  convert::output& out, std::vector<std::string>& warnings);

} // namespace pryv_export::exporting
