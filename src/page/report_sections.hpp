#pragma once

#include "pryv_export/page/report_data.hpp"

#include <boost/json/object.hpp>

/// The parts of report.json, one function each.
namespace pryv_export::page {

report_data archive_report(const boost::json::object& json);
report_data job_report(const boost::json::object& json);
register_data register_report(const boost::json::object& json);

/// Adds what one core of a job has to the sums; texts get the core's name.
void add_part(report_data& all, const core_row& core, report_data part);
core_row core_of(const boost::json::object& json);
concern concern_named(std::string_view name) noexcept;

} // namespace pryv_export::page
