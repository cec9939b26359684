#include "pryv_export/cli/run_command.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/export/job_export.hpp"

#include "command_run.hpp"
#include "core_inputs.hpp"
#include "run_options.hpp"
#include "terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <unistd.h>
#include <utility>

namespace pryv_export::cli {

namespace {

std::string interrupted_line(const run_options& options)
{
    return fmt::format(
        "interrupted; archives that were finished before are whole (those with manifest.json): run "
        "{} again for the others",
        options.job_file.string());
}

/// One run of a job.
class job_command
{
public:
    explicit job_command(run_options options)
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
        config::job_file const file = config::load_job(options_.job_file);
        for (const std::string& warning : file.warnings) run_.log().say(log_level::warning, "job", warning);
        exporting::job_options const job = job_of(file);
        exporting::job_report report;
        try {
            report = export_job(job);
        } catch (const exporting::job_refused& refused) {
            for (const std::string& line : refused.lines()) run_.log().say(log_level::error, "refused", line);
            throw;
        }
        exit_status const status = report.status();
        if (!run_.quiet()) print_summary(report);
        if (status != exit_status::complete && run_.quiet()) {
            return run_.fail(
                status, "partial",
                fmt::format("{}: finished, but not complete; see report.json in it", report.output));
        }
        return static_cast<int>(status);
    }

    exporting::job_options job_of(const config::job_file& file)
    {
        exporting::job_options job;
        job.job_file = options_.job_file.string();
        job.warnings = file.warnings;
        job.merged = options_.layout.value_or(file.layout) == config::job_layout::merged;
        job.output = options_.output.value_or(file.output);
        if (job.output.empty()) {
            throw export_error{exit_status::bad_config, fmt::format("{}, output", job.job_file), "is missing",
                               "say where to in the job file, or with --output"};
        }
        for (const auto& core : file.cores) job.all_names.push_back(core.name);
        add_cores(file, job);
        limits_of(job);
        job.overwrite = options_.overwrite;
        job.selected = job.cores.size() < file.cores.size();
        add_register(file, job);
        return job;
    }

    void add_cores(const config::job_file& file, exporting::job_options& job)
    {
        for (const std::string& name : options_.cores) {
            if (std::find(job.all_names.begin(), job.all_names.end(), name) != job.all_names.end()) continue;
            throw export_error{exit_status::usage, name,
                               fmt::format("the job {} has no core of this name", job.job_file),
                               fmt::format("its cores are {}", fmt::join(job.all_names, ", "))};
        }
        for (const config::job_core& core : file.cores) {
            bool const wanted =
                options_.cores.empty() ||
                std::find(options_.cores.begin(), options_.cores.end(), core.name) != options_.cores.end();
            if (wanted) job.cores.push_back(core_of(file, core));
        }
    }

    exporting::core_job core_of(const config::job_file& file, const config::job_core& core)
    {
        exporting::core_job one;
        one.name = core.name;
        one.register_name = core.register_name;
        core_options options = core_options_of(options_, file, core, whole_);
        one.progress = &progress_.emplace_back();
        run_.watch(core.name, *one.progress);
        try {
            read_inputs(options);
            one.config =
                core.config_file.empty()
                    ? config::load_v1_config(core.inside, options_.job_file, config_options_of(options))
                    : config::load_v1_config(core.config_file, config_options_of(options));
        } catch (const export_error& error) {
            one.failure = error;
        }
        one.exporting = std::move(options.exporting);
        one.exporting.register_name = one.register_name;
        return one;
    }

    /// Limits of the process are the same in the options of each core.
    void limits_of(exporting::job_options& job)
    {
        const exporting::export_options& any = job.cores.front().exporting;
        limits_.jobs = any.jobs;
        limits_.memory_bytes = any.memory_bytes;
        limits_.blocking_threads = std::max(limits_.blocking_threads, 2 * job.cores.size() + 2);
        job.users_in_flight = any.users_in_flight;
        job.keep_going = whole_.keep_going;
        job.report_files = whole_.report_files;
    }

    void add_register(const config::job_file& file, exporting::job_options& job)
    {
        if (!file.register_source || options_.no_register) return;
        if (!file.register_source->dir.empty()) {
            job.register_dir = file.register_source->dir;
            return;
        }
        core_options like;
        like.exporting = job.cores.front().exporting;
        // One core that may be empty says nothing of the register.
        like.exporting.allow_empty = std::all_of(job.cores.begin(), job.cores.end(),
                                                 [](const auto& core) { return core.exporting.allow_empty; });
        job.redis = redis_options_of(*file.register_source, like);
        for (const config::job_core& core : file.cores) {
            if (!core.core_id.empty()) job.redis->core_ids.emplace(core.register_name, core.core_id);
        }
        if (job.redis->redis.tls_insecure)
            run_.log().say(log_level::warning, "tls", "redis: the server's certificate is not checked");
    }

    exporting::job_report export_job(const exporting::job_options& job)
    {
        std::string const output = job.output.string();
        run_.log().say(log_level::debug, "started",
                       fmt::format("exporting {} cores into {}", job.cores.size(), output),
                       {{"output", std::string_view{output}}});
        runtime::program program{limits_};
        exporting::job_report report;
        run_.run_program(program, keep_report(program, job, report));
        return report;
    }

    runtime::task<void> keep_report(runtime::program& program, const exporting::job_options& job,
                                    exporting::job_report& report)
    {
        report = co_await exporting::export_job(program, job, run_.progress());
    }

    static void print_summary(exporting::job_report& report)
    {
        // The restore that it speaks of runs in another folder.
        report.output = std::filesystem::weakly_canonical(report.output).string();
        try {
            write_stdout(summary_text(report, wants_colour(STDOUT_FILENO)));
        } catch (const export_error& error) {
            throw export_error{
                error.status(), error.thing(), "the summary cannot be written",
                fmt::format("{} is finished all the same, and its report.json has all", report.output)};
        }
    }

    run_options options_;
    run_options whole_; ///< with what the job file says
    command_run run_;
    runtime::program_limits limits_;
    std::deque<runtime::progress> progress_;
};

} // namespace

int run_job(run_options options)
{
    return job_command{std::move(options)}.run();
}

} // namespace pryv_export::cli
