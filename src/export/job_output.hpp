#pragma once

#include "pryv_export/export/job_export.hpp"

#include <boost/json/object.hpp>

#include <filesystem>
#include <map>
#include <string>

namespace pryv_export::exporting {

/// Where a core's archive goes.
std::filesystem::path archive_folder(const job_options& job, const core_job& core);

/// Where archives of the job, its register and its report are or will be.
std::vector<std::filesystem::path> places_of_archives(const job_options& job);

/// Blocking: throws job_refused when the output holds finished archives that nobody said to replace.
void check_output(const job_options& job);

/// What an earlier OUTPUT/report.json says; empty when there is none that can be read.
struct earlier_report
{
    std::map<std::string, boost::json::object> cores; ///< of those whose archive is still there
    boost::json::object from_register;
    std::vector<std::string> warnings;
};
/// Blocking.
earlier_report read_earlier_report(const job_options& job);
/// Blocking: from here on it would not be true.
void forget_job_report(const job_options& job);

/// Where the register is exported to before anything of the output may change: `register` in it.
std::filesystem::path staged_register(const job_options& job);
/// Blocking: it becomes OUTPUT/register.
void publish_register(const job_options& job);
void drop_staged_register(const job_options& job) noexcept;

/// Blocking: OUTPUT/report.json, replaced at once, and its copy.
void write_job_report(const job_options& job, const job_report& report);

/// Blocking: which server the register has for each username, as far as it is one of these cores, by the
/// core's place. folder: of a register export.
std::map<std::string, std::size_t, std::less<>> read_placements(const std::filesystem::path& folder,
                                                                const std::vector<core_job>& cores);

} // namespace pryv_export::exporting
