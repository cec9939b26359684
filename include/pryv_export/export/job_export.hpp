#pragma once

#include "pryv_export/base/error.hpp"
#include "pryv_export/config/v1_config.hpp"
#include "pryv_export/export/job_report.hpp"
#include "pryv_export/export/options.hpp"
#include "pryv_export/export/register_export.hpp"
#include "pryv_export/runtime/program.hpp"
#include "pryv_export/runtime/progress.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace pryv_export::exporting {

/// One core of a job, as far as it is known before its sources are opened.
struct core_job
{
    std::string name;
    std::string register_name;               ///< how the register calls this core; empty: not said
    std::optional<config::v1_config> config; ///< none: `failure` says why
    std::optional<export_error> failure;
    export_options exporting;              ///< `output`, `register_dir` and `if_exists` are set by the job
    runtime::progress* progress = nullptr; ///< borrowed
};

/// A register and several cores.
struct job_options
{
    std::string job_file; ///< for the report
    std::filesystem::path output;
    bool merged = false;
    bool overwrite = false;
    bool keep_going = false;                           ///< go on without cores that cannot be opened
    bool selected = false;                             ///< only some of the job's cores were asked for
    std::vector<std::string> all_names;                ///< of all cores of the job, in its order
    std::vector<core_job> cores;                       ///< those to run, in the job's order
    std::optional<register_options> redis;             ///< where the register is
    std::optional<std::filesystem::path> register_dir; ///< or an export of it
    std::size_t users_in_flight = 0;                   ///< of all cores together; 0: chosen from the pools
    std::vector<std::filesystem::path> report_files;   ///< *.html: as a page; others: copies of report.json
    std::vector<std::string> warnings;                 ///< of the job file, for the report
};

/// Why nothing was started: several lines, one for each thing that is in the way. what() is the last one.
class job_refused : public export_error
{
public:
    job_refused(exit_status status, std::string_view thing, std::string_view cause, std::string_view hint,
                std::vector<std::string> lines)
        : export_error{status, thing, cause, hint}, lines_{std::move(lines)}
    {
    }
    const std::vector<std::string>& lines() const noexcept { return lines_; }

private:
    std::vector<std::string> lines_;
};

/// Exports the register, then all cores at the same time. Nothing is begun before all sources are open. A
/// core that fails later does not stop the others. Throws job_refused and export_error when nothing was begun
/// or the one archive of a merged job cannot be finished, system_error{operation_aborted} when cancelled.
/// progress: of the job as a whole. On the loop's thread of `program`.
runtime::task<job_report> export_job(runtime::program& program, const job_options& options,
                                     runtime::progress& progress);

} // namespace pryv_export::exporting
