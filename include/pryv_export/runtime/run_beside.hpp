#pragma once

#include "pryv_export/runtime/task.hpp"

namespace pryv_export::runtime {

/// Runs `companion` (a display, a watcher) as long as `main` runs: when main has ended the companion is
/// cancelled, and its end awaited. Throws what main throws; an error of the companion cancels main.
task<void> run_beside(task<void> main, task<void> companion);

} // namespace pryv_export::runtime
