#pragma once

#include "pryv_export/archive/compress.hpp"
#include "pryv_export/archive/output_folder.hpp"
#include "pryv_export/config/secret.hpp"
#include "pryv_export/export/register_report.hpp"
#include "pryv_export/export/user_core.hpp"
#include "pryv_export/runtime/program.hpp"
#include "pryv_export/runtime/progress.hpp"
#include "pryv_export/source/redis_options.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace pryv_export::exporting {

/// What the operator asked for. Defaults are the program's.
struct register_options
{
    source::redis_options redis; ///< without its password
    config::secret password;
    std::filesystem::path output; ///< gets the folder `register`
    archive::output_folder::existing if_exists = archive::output_folder::existing::refuse;
    /// An archive that the output holds decides about gzip: v2 reads both in the same way.
    archive::encoding encoding;
    bool allow_empty = false;                        ///< zero users and zero servers are an error without
    core_id_map core_ids;                            ///< not empty: user-core.* are written as well
    std::optional<std::filesystem::path> spool_dir;  ///< for keys that do not fit into memory; else in output
    std::size_t spool_bytes = 16U << 20;             ///< of keys and rows that are sorted in memory
    std::vector<std::filesystem::path> report_files; ///< *.html: as a page; others: copies of report.json
};

/// Exports the register into `OUTPUT/register`, which appears complete or not at all; what was there before
/// stays until then. An archive that the output holds gets its SHA256SUMS brought up to date. Returns what
/// became of the keys. Throws export_error (source::read_register, output refused, disk full, …),
/// system_error{operation_aborted} when cancelled. On the loop's thread of `program`.
runtime::task<register_report> export_register(runtime::program& program, const register_options& options,
                                               runtime::progress& progress);

} // namespace pryv_export::exporting
