#pragma once

namespace pryv_export::cli {

/// Overwrites passwords in the arguments of the process, so that ps shows them no longer than it takes to
/// start. Call it when they have been copied.
void wipe_secrets(int argc, char** argv) noexcept;

} // namespace pryv_export::cli
