#pragma once

#include "pryv_export/config/v1_config.hpp"
#include "pryv_export/convert/outcome.hpp"
#include "pryv_export/source/document_store.hpp"
#include "pryv_export/source/sqlite_files.hpp"

#include <string>
#include <vector>

namespace pryv_export::exporting {

/// Blocking: the rows of platform-wide.db or the `<name>-platform` database, as configured; the other one is
/// read as well when it exists, and differences become warnings. Lines, counts and extra lines go to `out`.
void read_platform(const config::v1_config& config, const source::sqlite_opener& sqlite,
                   source::document_store& documents, convert::output& out,
                   std::vector<std::string>& warnings);

} // namespace pryv_export::exporting
