#pragma once

#include "pryv_export/config/job_file.hpp"

namespace pryv_export::config {

/// Replaces `${NAME}` in all scalars of the tree; `$${` stays as `${`. Throws export_error{bad_config} at the
/// value's place for a variable that is not set, or a name that none can have.
void replace_variables(yaml_node& node, const variable_lookup& variables);

} // namespace pryv_export::config
