#pragma once

#include "pryv_export/export/report.hpp"

#include <string>
#include <vector>

namespace pryv_export::exporting {

/// The report of one archive that several cores wrote, each with its own: sums, lists in the order of the
/// cores with their names in front, and a section per core. Pure.
/// parts: name and report of each core, in the job's order
run_report merge_reports(const std::vector<std::pair<std::string, run_report>>& parts);

} // namespace pryv_export::exporting
