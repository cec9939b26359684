#pragma once

#include "pryv_export/config/v1_config.hpp"
#include "pryv_export/export/options.hpp"
#include "pryv_export/export/report.hpp"
#include "pryv_export/runtime/program.hpp"
#include "pryv_export/runtime/progress.hpp"

namespace pryv_export::exporting {

/// Exports one core into `options.output`. Returns what became of it; the archive is finished then
/// (manifest.json is the last file written). Throws export_error when there can be no archive (source
/// missing, output refused, disk full, …), system_error{operation_aborted} when cancelled: what is on disk
/// then has no manifest. On the loop's thread of `program`.
runtime::task<run_report> export_core(runtime::program& program, const config::v1_config& config,
                                      const export_options& options, runtime::progress& progress);

} // namespace pryv_export::exporting
