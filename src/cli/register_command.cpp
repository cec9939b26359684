#include "pryv_export/cli/register_command.hpp"

#include "pryv_export/base/error.hpp"

#include "command_run.hpp"
#include "password_file.hpp"
#include "terminal.hpp"

#include <fmt/format.h>

#include <unistd.h>
#include <utility>

namespace pryv_export::cli {

namespace {

std::string interrupted_line(const register_options& options)
{
    return fmt::format("interrupted; {} is as it was: run again",
                       (options.exporting.output / "register").string());
}

/// One export of the register.
class register_run
{
public:
    explicit register_run(register_options options)
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
        if (options_.password_file) options_.exporting.password = read_password_file(*options_.password_file);
        warn();
        exporting::register_report const report = export_register();
        bool const complete = report.complete();
        run_.log().say(log_level::debug, "finished", complete ? "finished, complete" : "finished, partial",
                       {{"keys", report.keys()}});
        if (!run_.quiet()) print_summary(report);
        if (!complete && run_.quiet()) {
            return run_.fail(
                exit_status::partial, "partial",
                fmt::format("{}: finished, but not complete; see report.json in it", report.output));
        }
        return static_cast<int>(complete ? exit_status::complete : exit_status::partial);
    }

    void warn()
    {
        if (options_.password_was_visible) {
            run_.log().say(log_level::warning, "password",
                           "--redis-password: a password on the command line can be seen by others; better: "
                           "--redis-password-file, or PRYV_EXPORT_REDIS_PASSWORD");
        }
        if (options_.exporting.redis.tls_insecure) {
            run_.log().say(log_level::warning, "tls",
                           "--redis-tls-insecure: the server's certificate is not checked");
        }
    }

    exporting::register_report export_register()
    {
        std::string const output = options_.exporting.output.string();
        run_.log().say(log_level::debug, "started", fmt::format("exporting the register into {}", output),
                       {{"output", std::string_view{output}}});
        runtime::program program{runtime::program_limits{}};
        exporting::register_report report;
        run_.run_program(program, keep_report(program, report));
        return report;
    }

    runtime::task<void> keep_report(runtime::program& program, exporting::register_report& report)
    {
        report = co_await exporting::export_register(program, options_.exporting, run_.progress());
    }

    static void print_summary(const exporting::register_report& report)
    {
        try {
            write_stdout(summary_text(report, wants_colour(STDOUT_FILENO)));
        } catch (const export_error& error) {
            throw export_error{
                error.status(), error.thing(), "the summary cannot be written",
                fmt::format("{} is finished all the same, and its report.json has all", report.output)};
        }
    }

    register_options options_;
    command_run run_;
};

} // namespace

int run_register(register_options options)
{
    return register_run{std::move(options)}.run();
}

} // namespace pryv_export::cli
