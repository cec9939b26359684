#pragma once

#include "pryv_export/export/register_report.hpp"

/// Whether what was read can be the whole register. Pure.
namespace pryv_export::exporting {

/// Holds the keys that were read against the server's own counts of all attempts: a database that was emptied
/// or came back without its data makes the report incomplete. Adds warnings.
void check_totals(register_report& report);

/// Throws export_error{source_missing} when there is neither a user nor a server.
void refuse_empty(const register_report& report);

} // namespace pryv_export::exporting
