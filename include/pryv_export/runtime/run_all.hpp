#pragma once

#include "pryv_export/runtime/task.hpp"

#include <vector>

namespace pryv_export::runtime {

/// Runs all tasks at the same time on the caller's executor and returns when all have ended. The first that
/// throws cancels the others; when all have ended its exception is thrown. Cancellation of the caller is
/// passed on to all, and their ends are still awaited: no child outlives this call.
task<void> run_all(std::vector<task<void>> children);

} // namespace pryv_export::runtime
