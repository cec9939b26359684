#pragma once

#include "pryv_export/page/report_data.hpp"

#include <string_view>

namespace pryv_export::page {

/// What a report.json says (docs/archive-format.md): of an archive, of a job with an archive per core, or of
/// a register. Its `users` are not looked at. Members that are absent or of another type are left out. Throws
/// export_error{io_error} naming report.json when it is no JSON object.
report_data read_report(std::string_view json);

/// The same for a register's report that belongs to `to`.
void add_register(report_data& to, std::string_view json);

/// One item of `users`; nothing in it when it is no JSON object. report: says which rules matter.
user_row read_user(std::string_view json, const report_data& report);

} // namespace pryv_export::page
