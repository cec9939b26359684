#pragma once

#include "pryv_export/base/log.hpp"
#include "pryv_export/runtime/progress.hpp"

#include <filesystem>
#include <optional>

namespace pryv_export::cli {

/// What a command says while it works, and how; the same for all commands.
struct message_options
{
    runtime::progress_style progress = runtime::progress_style::automatic;
    bool quiet = false;
    log_level most = log_level::info;
    log_format format = log_format::text;
    /// Where the time goes (runtime/recording.hpp): a trace, a table at the end.
    std::optional<std::filesystem::path> trace_file;
    bool stats = false;
};

} // namespace pryv_export::cli
