#include "pryv_export/cli/core_command.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/replacing_file.hpp"
#include "pryv_export/export/core_export.hpp"
#include "pryv_export/export/dry_run.hpp"

#include "command_run.hpp"
#include "core_inputs.hpp"
#include "terminal.hpp"

#include <fmt/format.h>

#include <unistd.h>

namespace pryv_export::cli {

namespace {

std::string interrupted_line(const core_options& options)
{
    if (options.dry_run) return "interrupted; nothing was written: run again";
    return fmt::format("interrupted; nothing in {} counts as an archive yet: run again with --overwrite",
                       options.exporting.output.string());
}

/// One export of one core.
class core_run
{
public:
    explicit core_run(core_options options)
        : options_{std::move(options)}, run_{options_, interrupted_line(options_)}
    {
    }

    int run()
    {
        return run_.run([this] { return work(); });
    }

private:
    int work()
    {
        read_inputs(options_);
        config::v1_config const config =
            config::load_v1_config(options_.config_file, config_options_of(options_));
        if (options_.dry_run) return forecast(config);
        exporting::run_report const report = export_core(config);
        bool const complete = report.complete();
        run_.log().say(
            log_level::debug, "finished", complete ? "finished, complete" : "finished, partial",
            {{"users", report.users_written}, {"usersFailed", std::uint64_t{report.failed_users.size()}}});
        if (!options_.quiet) print_summary(report);
        if (!complete && options_.quiet) {
            return run_.fail(
                exit_status::partial, "partial",
                fmt::format("{}: finished, but not complete; see report.json in it", report.output));
        }
        return static_cast<int>(complete ? exit_status::complete : exit_status::partial);
    }

    void print_summary(exporting::run_report report) const
    {
        // The restore that it speaks of runs in another folder.
        report.output = std::filesystem::weakly_canonical(report.output).string();
        try {
            write_stdout(summary_text(report, wants_colour(STDOUT_FILENO)));
        } catch (const export_error& error) {
            throw export_error{
                error.status(), error.thing(), "the summary cannot be written",
                fmt::format("the archive in {} is finished all the same, and report.json has all",
                            report.output)};
        }
    }

    exporting::run_report export_core(const config::v1_config& config)
    {
        std::string const output = options_.exporting.output.string();
        run_.log().say(log_level::debug, "started", fmt::format("exporting into {}", output),
                       {{"output", std::string_view{output}}});
        runtime::program program{limits()};
        exporting::run_report report;
        run_.run_program(program, keep_report(program, config, report));
        return report;
    }

    int forecast(const config::v1_config& config)
    {
        runtime::program program{limits()};
        exporting::forecast expected;
        run_.run_program(program, keep_forecast(program, config, expected));
        for (const auto& path : options_.exporting.report_files) write_forecast(path, expected);
        if (!options_.quiet) write_stdout(summary_text(expected, wants_colour(STDOUT_FILENO)));
        if (expected.ready()) return static_cast<int>(exit_status::complete);
        if (!options_.quiet) return static_cast<int>(exit_status::problems_found);
        return run_.fail(
            exit_status::problems_found, "problems",
            fmt::format("{} problems; without --quiet they are shown", expected.problems.size()));
    }

    static void write_forecast(const std::filesystem::path& path, const exporting::forecast& expected)
    {
        replacing_file file{path};
        write_json(expected, [&file](std::string_view text) { file.write(text); });
        file.commit();
    }

    runtime::task<void> keep_forecast(runtime::program& program, const config::v1_config& config,
                                      exporting::forecast& expected)
    {
        expected = co_await exporting::forecast_core(program, config, options_.exporting, options_.scan,
                                                     run_.progress());
    }

    runtime::program_limits limits() const
    {
        runtime::program_limits limits;
        limits.jobs = options_.exporting.jobs;
        limits.memory_bytes = options_.exporting.memory_bytes;
        return limits;
    }

    runtime::task<void> keep_report(runtime::program& program, const config::v1_config& config,
                                    exporting::run_report& report)
    {
        report = co_await exporting::export_core(program, config, options_.exporting, run_.progress());
    }

    core_options options_;
    command_run run_;
};

} // namespace

int run_core(core_options options)
{
    return core_run{std::move(options)}.run();
}

} // namespace pryv_export::cli
