#pragma once

#include "pryv_export/runtime/task.hpp"

#include <chrono>

namespace pryv_export::runtime {

/// False when the coroutine is or gets cancelled.
task<bool> sleep_for(std::chrono::milliseconds time);

} // namespace pryv_export::runtime
