#pragma once

#include <cstdint>

namespace pryv_export {

/// Milliseconds since 1970; SOURCE_DATE_EPOCH (seconds,
/// https://reproducible-builds.org/specs/source-date-epoch/) fixes it.
std::int64_t wall_clock_ms();
/// True when SOURCE_DATE_EPOCH is set: nothing that is written may depend on the clock.
bool fixed_time();
/// Seconds of the steady clock, for durations.
double steady_seconds();

} // namespace pryv_export
