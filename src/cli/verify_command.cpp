#include "pryv_export/cli/verify_command.hpp"

#include "pryv_export/base/error.hpp"

#include "command_run.hpp"
#include "terminal.hpp"

#include <fmt/format.h>

#include <unistd.h>
#include <utility>

namespace pryv_export::cli {

namespace {

runtime::task<void> keep_report(runtime::program& program, verify::verify_options options,
                                runtime::progress& progress, verify::verify_report& report)
{
    report = co_await verify::verify_archive(program, std::move(options), progress);
}

int work(const verify_command_options& options, command_run& run)
{
    using verify::severity;
    runtime::program_limits limits;
    limits.jobs = options.jobs;
    limits.memory_bytes = options.memory_bytes;
    runtime::program program{limits};
    verify::verify_report report;
    run.run_program(program, keep_report(program, options.verifying, run.progress(), report));
    bool const problems = !report.sound() || (options.strict && report.found.count(severity::warning) > 0);
    run.log().say(log_level::debug, "finished", problems ? "finished, with problems" : "finished, sound",
                  {{"errors", report.found.count(severity::error)},
                   {"warnings", report.found.count(severity::warning)}});
    if (options.json)
        write_stdout(summary_json(report));
    else if (!run.quiet())
        write_stdout(summary_text(report, wants_colour(STDOUT_FILENO)));
    if (problems && run.quiet() && !options.json) {
        return run.fail(exit_status::problems_found, "problems",
                        fmt::format("{}: {} errors, {} warnings; without --quiet they are shown",
                                    report.archive, report.found.count(severity::error),
                                    report.found.count(severity::warning)));
    }
    return static_cast<int>(problems ? exit_status::problems_found : exit_status::complete);
}

} // namespace

int run_verify(verify_command_options options)
{
    command_run run{options, "interrupted; nothing was changed: run again"};
    return run.run([&] { return work(options, run); });
}

} // namespace pryv_export::cli
