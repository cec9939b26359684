#pragma once

#include "pryv_export/archive/file_series.hpp"
#include "pryv_export/archive/output_folder.hpp"
#include "pryv_export/export/options.hpp"
#include "pryv_export/export/report.hpp"
#include "pryv_export/export/user_list.hpp"

#include <vector>

namespace pryv_export::exporting {

/// Blocking, once per archive, before its report is written. The register in the same folder becomes part of
/// it: returns its files.
std::vector<archive::file_record> take_register(const archive::output_folder& output, archive::encoding how,
                                                run_report& report);

/// Blocking, for each core: the register in the archive's folder, or the one of --register-dir, is held
/// against its users: `report` gains warnings.
void compare_with_register(const archive::output_folder& output, const export_options& options,
                           const std::vector<user_entry>& users, run_report& report);

} // namespace pryv_export::exporting
