#pragma once

#include "pryv_export/cli/message_options.hpp"
#include "pryv_export/config/job_file.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace pryv_export::cli {

/// What `pryv-export run` asks for beside what a core may: those options are understood again for each core,
/// on top of the job file (`arguments`).
struct run_options : message_options
{
    std::filesystem::path job_file;
    std::vector<std::string> cores; ///< names; empty: all
    std::optional<std::filesystem::path> output;
    std::optional<config::job_layout> layout;
    bool overwrite = false;
    bool keep_going = false;
    bool no_register = false;
    std::vector<std::filesystem::path> report_files;
    std::vector<std::string> arguments; ///< the words after `run`
};

/// Exports the cores of a job and prints the summary to stdout, everything else to stderr. Returns the exit
/// status. Throws export_error.
int run_job(run_options options);

} // namespace pryv_export::cli
