#include "pryv_export/cli/verify_command.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/export/source_count.hpp"

#include "command_run.hpp"
#include "core_inputs.hpp"
#include "terminal.hpp"

#include <fmt/format.h>

#include <array>
#include <unistd.h>
#include <utility>

namespace pryv_export::cli {

namespace {

/// What the verification knows of the source.
verify::source_census census_of(const exporting::source_count& counted)
{
    using convert::kind;
    constexpr std::pair<verify::counted_kind, kind> kinds[] = {
        {verify::count_streams, kind::streams},         {verify::count_accesses, kind::accesses},
        {verify::count_profile, kind::profile},         {verify::count_webhooks, kind::webhooks},
        {verify::count_events, kind::events},           {verify::count_audit, kind::audit},
        {verify::count_attachments, kind::attachments},
    };
    constexpr std::array others{kind::passwords, kind::key_values, kind::followed_slices};
    verify::source_census census;
    census.source = counted.source;
    census.problems = counted.problems;
    for (const exporting::user_count& user : counted.users) {
        verify::source_user& into = census.users[user.user_id];
        for (const auto& [to, from] : kinds) into.records[to] = user.of(from);
        for (std::size_t i = 0; i < others.size(); ++i) into.others[i] = user.of(others[i]);
        into.attachment_bytes = user.attachment_bytes;
        into.problems = user.problems;
    }
    return census;
}

runtime::task<void> keep_report(runtime::program& program, verify::verify_options options,
                                const core_options* source, runtime::progress& progress,
                                verify::verify_report& report)
{
    if (source != nullptr) {
        config::v1_config const config =
            config::load_v1_config(source->config_file, config_options_of(*source));
        exporting::source_count const counted =
            co_await exporting::count_core(program, config, source->exporting, progress);
        options.against = census_of(counted);
    }
    report = co_await verify::verify_archive(program, std::move(options), progress);
}

int work(verify_command_options& options, command_run& run)
{
    if (options.against) {
        options.against->exporting.output = options.verifying.archive;
        options.against->exporting.users = options.verifying.users;
        options.against->exporting.jobs = options.jobs;
        read_inputs(*options.against);
    }
    using verify::severity;
    runtime::program_limits limits;
    limits.jobs = options.jobs;
    limits.memory_bytes = options.memory_bytes;
    runtime::program program{limits};
    verify::verify_report report;
    run.run_program(program,
                    keep_report(program, options.verifying, options.against ? &*options.against : nullptr,
                                run.progress(), report));
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
