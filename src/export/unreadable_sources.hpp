#pragma once

#include "pryv_export/base/error.hpp"
#include "pryv_export/config/v1_config.hpp"
#include "pryv_export/export/options.hpp"

namespace pryv_export::exporting {

/// Blocking: an error that ended the opening of the sources, and with it the other files that may not be read
/// either (the dump, the index, the platform), so that all can be mended at once.
export_error with_other_unreadable_files(const export_error& first, const config::v1_config& config,
                                         const export_options& options);

} // namespace pryv_export::exporting
