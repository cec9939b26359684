#include "run_options.hpp"

#include "pryv_export/base/error.hpp"

#include "command_options.hpp"
#include "core_option_groups.hpp"
#include "default_jobs.hpp"
#include "option_table.hpp"
#include "password_file.hpp"
#include "values.hpp"

#include <fmt/format.h>

#include <utility>

namespace pryv_export::cli {

namespace {

/// All that the command line of `run` takes.
void add_run_options(option_table& table, run_options& options, core_options& core, bool& plain)
{
    using config::job_layout;
    table.value("--output", [&](auto text, auto option) { options.output = parse_text(text, option); });
    table.value("--layout", [&](auto text, auto option) {
        options.layout = parse_choice<job_layout>(
            text, option, {{"per-core", job_layout::per_core}, {"merged", job_layout::merged}});
    });
    table.flag("--overwrite", options.overwrite);
    table.flag("--keep-going", options.keep_going);
    table.flag("--no-register", options.no_register);
    table.repeatable("--report", [&](auto text, auto option) {
        options.report_files.emplace_back(parse_text(text, option));
    });
    add_reading_options(table, core);
    add_archive_options(table, core, plain);
    add_machine_options(table, core);
    add_recording_options(table, options);
    add_message_options(table, options);
}

void set_all(const std::vector<config::job_setting>& settings, const option_table& first,
             const option_table& second)
{
    for (const config::job_setting& each : settings)
        (first.has(each.option) ? first : second).set(each.option, each.text.reveal(), each.place);
}

} // namespace

request parse_run(std::span<const std::string> arguments)
{
    run_options options;
    core_options core;
    bool plain = false;
    option_table table{try_run};
    add_run_options(table, options, core, plain);
    auto const words = table.parse(arguments);
    if (!words) return print_text{std::string{run_help()}};
    if (words->empty()) throw usage_error("JOB.yml is needed", try_run);
    options.job_file = parse_text(words->front(), "JOB.yml");
    for (auto word = words->begin() + 1; word != words->end(); ++word)
        options.cores.push_back(parse_text(*word, "CORE"));
    options.arguments.assign(arguments.begin(), arguments.end());
    return options;
}

core_options core_options_of(const run_options& run, const config::job_file& job,
                             const config::job_core& core, run_options& whole)
{
    whole = run_options{};
    core_options options;
    options.exporting.jobs = usable_cores();
    bool plain = false;
    option_table places{try_run};
    add_place_options(places, options);
    add_user_options(places, options);
    option_table table{try_run};
    add_run_options(table, whole, options, plain);
    set_all(job.settings, table, places);
    set_all(core.settings, table, places);
    std::vector<std::filesystem::path> const of_the_job = std::exchange(whole.report_files, {});
    table.parse(run.arguments);
    if (whole.report_files.empty()) whole.report_files = of_the_job;
    options.config_file = core.config_file;
    options.exporting.encoding.gzip = !plain;
    if (core.mongo_password) options.exporting.mongo.password = *core.mongo_password;
    return options;
}

exporting::register_options redis_options_of(const config::job_register& from, const core_options& core)
{
    register_options options;
    option_table table{try_run};
    add_redis_options(table, options);
    set_all(from.settings, table, table);
    if (from.password) options.exporting.password = *from.password;
    try {
        check_redis_options(options);
    } catch (const export_error& error) {
        std::string_view const line = error.what();
        throw export_error{exit_status::bad_config, "register:redis", line.substr(error.thing().size() + 2)};
    }
    if (options.password_file) options.exporting.password = read_password_file(*options.password_file);
    options.exporting.encoding = core.exporting.encoding;
    options.exporting.allow_empty = core.exporting.allow_empty;
    return options.exporting;
}

} // namespace pryv_export::cli
