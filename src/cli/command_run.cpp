#include "command_run.hpp"

#include "pryv_export/runtime/run_beside.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <new>
#include <unistd.h>
#include <utility>

namespace pryv_export::cli {

namespace {

runtime::progress_style style_of(const message_options& options)
{
    if (options.quiet) return runtime::progress_style::none;
    if (options.progress != runtime::progress_style::automatic) return options.progress;
    return options.format == log_format::json ? runtime::progress_style::json : resolve(options.progress);
}

} // namespace

command_run::command_run(const message_options& messages, std::string interrupted)
    : messages_{messages}, interrupted_{std::move(interrupted)}, style_{style_of(messages)},
      log_{messages.format, messages.quiet ? log_level::error : messages.most, wants_colour(STDERR_FILENO),
           [this](std::string_view line) { stderr_.line(line); }}
{
    progress_.on_phase = [this](std::string_view phase) {
        // A display says it already when text is wanted.
        log_.say(messages_.format == log_format::json ? log_level::info : log_level::debug, "phase", phase);
    };
}

int command_run::run(const std::function<int()>& work)
{
    try {
        int const status = work();
        end_recording();
        return status;
    } catch (const export_error& error) {
        if (error.status() == exit_status::interrupted && stopped()) return interrupted();
        return fail(error.status(), "error", error.what());
    } catch (const std::bad_alloc&) {
        return fail(exit_status::unexpected, "error", "out of memory; lower --memory and --users-in-flight");
    } catch (const boost::system::system_error& error) {
        if (error.code() == boost::asio::error::operation_aborted && stopped()) return interrupted();
        return fail(exit_status::unexpected, "error", fmt::format("unexpected: {}", error.what()));
    } catch (const std::exception& error) {
        return fail(exit_status::unexpected, "error", fmt::format("unexpected: {}", error.what()));
    }
}

void command_run::run_program(runtime::program& program, runtime::task<void> task)
{
    runtime::recording_options const wanted{messages_.trace_file, messages_.stats};
    if (wanted.wanted()) recording_.emplace(wanted);
    try {
        program.run(with_display(program, std::move(task)));
    } catch (...) {
        why_ = program.why();
        throw;
    }
}

runtime::task<void> command_run::with_display(runtime::program& program, runtime::task<void> task)
{
    if (recording_) task = runtime::run_beside(std::move(task), recording_->watch(program));
    return runtime::run_beside(std::move(task), show());
}

/// The program is gone. What becomes of the trace does not change what became of the run.
void command_run::end_recording()
{
    if (!recording_) return;
    try {
        runtime::stage_totals const totals = recording_->finish();
        if (messages_.stats && !messages_.quiet) write_stdout("\n" + stage_table(totals));
    } catch (const export_error& error) {
        log_.say(log_level::warning, "trace", error.what());
    }
    recording_.reset();
}

void command_run::watch(std::string name, runtime::progress& part)
{
    part.on_phase = [this, name](std::string_view phase) {
        log_.say(messages_.format == log_format::json ? log_level::info : log_level::debug, "phase",
                 fmt::format("{}: {}", name, phase), {{"core", std::string_view{name}}});
    };
    parts_.push_back({std::move(name), &part});
}

runtime::task<void> command_run::show()
{
    auto write = [this](std::string_view text) {
        if (messages_.format == log_format::json && style_ == runtime::progress_style::json)
            log_.pass_on(log_level::info, text);
        else
            stderr_.progress(text);
    };
    return show_progress(progress_, parts_, style_, wants_colour(STDERR_FILENO), write);
}

int command_run::fail(exit_status status, std::string_view event, std::string_view line)
{
    log_.say(log_level::error, event, line, {{"status", static_cast<std::uint64_t>(status)}});
    return static_cast<int>(status);
}

int command_run::interrupted()
{
    exit_status const status =
        why_ == runtime::stop_reason::interrupt ? exit_status::interrupted : exit_status::terminated;
    return fail(status, "interrupted", interrupted_);
}

} // namespace pryv_export::cli
