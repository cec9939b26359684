#pragma once

#include "event_checks.hpp"
#include "folder_listing.hpp"

namespace pryv_export::verify {

/// One file of an attachments folder, against SHA256SUMS and against the row that v2 will give it to.
/// Throws export_error{interrupted}.
void check_attachment(check_context& context, findings& out, const folder_entry& file,
                      const file_ledger& ledger);

} // namespace pryv_export::verify
