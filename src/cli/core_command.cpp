#include "pryv_export/cli/core_command.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/export/core_export.hpp"
#include "pryv_export/runtime/run_beside.hpp"

#include "terminal.hpp"
#include "values.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <new>
#include <unistd.h>

namespace pryv_export::cli {

namespace {

constexpr std::uint64_t users_file_limit = 64U << 20;
constexpr std::uint64_t password_file_limit = 64U << 10;

config::v1_config load_config(const core_options& options)
{
    config::config_options how;
    how.path_mappings = options.path_mappings;
    how.override_files = options.override_configs;
    how.users_path = options.users_path;
    return config::load_v1_config(options.config_file, how);
}

std::string trimmed(std::string_view line)
{
    std::size_t const first = line.find_first_not_of(" \t\r");
    if (first == line.npos) return {};
    return std::string{line.substr(first, line.find_last_not_of(" \t\r") - first + 1)};
}

runtime::progress_style style_of(const core_options& options)
{
    if (options.quiet) return runtime::progress_style::none;
    if (options.progress != runtime::progress_style::automatic) return options.progress;
    return options.format == log_format::json ? runtime::progress_style::json : resolve(options.progress);
}

/// One run of the command: where its text goes, and how it ends.
class core_run
{
public:
    explicit core_run(core_options options)
        : options_{std::move(options)}, style_{style_of(options_)},
          log_{options_.format, options_.quiet ? log_level::error : options_.most,
               wants_colour(STDERR_FILENO), [this](std::string_view line) { stderr_.line(line); }}
    {
    }

    /// Everything that can be said is said here, in the wanted format.
    int run()
    {
        try {
            return work();
        } catch (const export_error& error) {
            if (error.status() == exit_status::interrupted && stopped()) return interrupted();
            return fail(error.status(), "error", error.what());
        } catch (const std::bad_alloc&) {
            return fail(exit_status::unexpected, "error",
                        "out of memory; lower --memory and --users-in-flight");
        } catch (const boost::system::system_error& error) {
            if (error.code() == boost::asio::error::operation_aborted && stopped()) return interrupted();
            return fail(exit_status::unexpected, "error", fmt::format("unexpected: {}", error.what()));
        } catch (const std::exception& error) {
            return fail(exit_status::unexpected, "error", fmt::format("unexpected: {}", error.what()));
        }
    }

private:
    int work()
    {
        add_users_of_file();
        read_mongo_password();
        config::v1_config const config = load_config(options_);
        exporting::run_report const report = export_core(config);
        bool const complete = report.complete();
        log_.say(
            log_level::debug, "finished", complete ? "finished, complete" : "finished, partial",
            {{"users", report.users_written}, {"usersFailed", std::uint64_t{report.failed_users.size()}}});
        if (!options_.quiet) print_summary(report);
        if (!complete && options_.quiet) {
            return fail(exit_status::partial, "partial",
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

    void add_users_of_file()
    {
        if (!options_.users_file) return;
        std::vector<std::string>& users = options_.exporting.users;
        for (std::string& user : read_users_file(*options_.users_file)) users.push_back(std::move(user));
    }

    void read_mongo_password()
    {
        if (!options_.mongo_password_file) return;
        std::string text = read_small_file(*options_.mongo_password_file, password_file_limit);
        text.erase(text.find_last_not_of("\r\n") + 1);
        options_.exporting.mongo.password = config::secret{std::move(text)};
    }

    exporting::run_report export_core(const config::v1_config& config)
    {
        std::string const output = options_.exporting.output.string();
        log_.say(log_level::debug, "started", fmt::format("exporting into {}", output),
                 {{"output", std::string_view{output}}});
        progress_.on_phase = [this](std::string_view phase) {
            // A display says it already when text is wanted.
            log_.say(options_.format == log_format::json ? log_level::info : log_level::debug, "phase",
                     phase);
        };
        runtime::program_limits limits;
        limits.jobs = options_.exporting.jobs;
        limits.memory_bytes = options_.exporting.memory_bytes;
        runtime::program program{limits};
        exporting::run_report report;
        try {
            program.run(runtime::run_beside(keep_report(program, config, report), show()));
        } catch (...) {
            why_ = program.why();
            throw;
        }
        return report;
    }

    runtime::task<void> keep_report(runtime::program& program, const config::v1_config& config,
                                    exporting::run_report& report)
    {
        report = co_await exporting::export_core(program, config, options_.exporting, progress_);
    }

    runtime::task<void> show()
    {
        auto write = [this](std::string_view text) {
            if (options_.format == log_format::json && style_ == runtime::progress_style::json)
                log_.pass_on(log_level::info, text);
            else
                stderr_.progress(text);
        };
        return show_progress(progress_, style_, wants_colour(STDERR_FILENO), write);
    }

    int fail(exit_status status, std::string_view event, std::string_view line)
    {
        log_.say(log_level::error, event, line, {{"status", static_cast<std::uint64_t>(status)}});
        return static_cast<int>(status);
    }

    bool stopped() const { return why_ != runtime::stop_reason::none; }

    int interrupted()
    {
        exit_status const status =
            why_ == runtime::stop_reason::interrupt ? exit_status::interrupted : exit_status::terminated;
        return fail(
            status, "interrupted",
            fmt::format("interrupted; nothing in {} counts as an archive yet: run again with --overwrite",
                        options_.exporting.output.string()));
    }

    core_options options_;
    runtime::progress_style style_;
    stderr_writer stderr_;
    logger log_;
    runtime::progress progress_;
    runtime::stop_reason why_ = runtime::stop_reason::none;
};

} // namespace

std::vector<std::string> read_users_file(const std::filesystem::path& file)
{
    std::string const text = read_small_file(file, users_file_limit);
    std::vector<std::string> users;
    for (const std::string& line : split(text, '\n')) {
        if (std::string user = trimmed(line); !user.empty()) users.push_back(std::move(user));
    }
    // "Nobody" would mean "everybody" further on.
    if (users.empty())
        throw export_error{exit_status::usage, file.string(), "names no user", "write one id or name a line"};
    return users;
}

int run_core(core_options options)
{
    return core_run{std::move(options)}.run();
}

} // namespace pryv_export::cli
