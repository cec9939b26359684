#pragma once

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/log.hpp"
#include "pryv_export/cli/message_options.hpp"
#include "pryv_export/runtime/program.hpp"
#include "pryv_export/runtime/progress.hpp"
#include "pryv_export/runtime/recording.hpp"

#include "terminal.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::cli {

/// One run of a command: where its text goes, and how it ends. Stays where it is while it runs.
class command_run
{
public:
    /// interrupted: said when Ctrl-C or SIGTERM ended the run: what is on disk, and what to do
    command_run(const message_options& messages, std::string interrupted);
    command_run(const command_run&) = delete;
    command_run& operator=(const command_run&) = delete;

    /// Calls `work`, which returns the exit status. Whatever it throws is said here, in the wanted format.
    int run(const std::function<int()>& work);

    /// Runs a task of the program with a display beside it.
    void run_program(runtime::program& program, runtime::task<void> task);

    /// Several cores at once: shown and logged beside progress(). They outlive run_program().
    void watch(std::string name, runtime::progress& part);

    /// Says why the run ends with `status`, and returns it.
    int fail(exit_status status, std::string_view event, std::string_view line);

    logger& log() noexcept { return log_; }
    runtime::progress& progress() noexcept { return progress_; }
    bool quiet() const noexcept { return messages_.quiet; }

private:
    runtime::task<void> show();
    runtime::task<void> with_display(runtime::program& program, runtime::task<void> task);
    void end_recording();
    bool stopped() const { return why_ != runtime::stop_reason::none; }
    int interrupted();

    message_options messages_;
    std::optional<runtime::recording> recording_; ///< outlives the program
    std::string interrupted_;
    runtime::progress_style style_;
    stderr_writer stderr_;
    logger log_;
    runtime::progress progress_;
    std::vector<runtime::named_progress> parts_;
    runtime::stop_reason why_ = runtime::stop_reason::none;
};

} // namespace pryv_export::cli
