#pragma once

#include "pryv_export/export/job_export.hpp"

#include <boost/json/object.hpp>

#include <filesystem>
#include <map>
#include <string>

namespace pryv_export::exporting {

/// Where a core's archive goes.
std::filesystem::path archive_folder(const job_options& job, const core_job& core);

/// Blocking: throws job_refused when the output holds finished archives that nobody said to replace.
void check_output(const job_options& job);

/// Blocking: the sections of an earlier OUTPUT/report.json by core; empty when there is none that can be
/// read.
std::map<std::string, boost::json::object> earlier_sections(const std::filesystem::path& output);

/// Blocking: OUTPUT/report.json, replaced at once, and its copy.
void write_job_report(const job_options& job, const job_report& report);

/// Blocking: which server the register has for each username, as far as it is one of these cores, by the
/// core's place. folder: of a register export.
std::map<std::string, std::size_t, std::less<>> read_placements(const std::filesystem::path& folder,
                                                                const std::vector<core_job>& cores);

} // namespace pryv_export::exporting
