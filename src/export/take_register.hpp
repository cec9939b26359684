#pragma once

#include "pryv_export/archive/file_series.hpp"
#include "pryv_export/archive/output_folder.hpp"
#include "pryv_export/export/options.hpp"
#include "pryv_export/export/report.hpp"
#include "pryv_export/export/user_list.hpp"

#include <vector>

namespace pryv_export::exporting {

/// Blocking, before the report is complete. The register in the same folder becomes part of the archive:
/// `files` gains its files. It, or the one of --register-dir, is held against the users: `report` gains
/// warnings.
void take_register(const archive::output_folder& output, const export_options& options,
                   const std::vector<user_entry>& users, std::vector<archive::file_record>& files,
                   run_report& report);

} // namespace pryv_export::exporting
