#include "pryv_export/base/text.hpp"
#include "pryv_export/base/text_page.hpp"
#include "pryv_export/export/job_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace pryv_export::exporting {

namespace {

constexpr std::size_t longest_name = 18;

std::uint64_t events_of(const run_report& run)
{
    return run.totals[static_cast<std::size_t>(convert::kind::events)].source;
}

class job_summary : text_page
{
public:
    job_summary(const job_report& job, bool colour) : text_page{colour}, job_{job}
    {
        for (const core_result& core : job.cores) name_columns_ = std::max(name_columns_, core.name.size());
        name_columns_ = std::min(name_columns_, longest_name);
    }

    std::string text()
    {
        headline();
        table();
        failures();
        from_register();
        left_out();
        warnings();
        next_steps();
        return std::move(*this).take();
    }

private:
    void headline()
    {
        if (!job_.complete())
            line(paint("1;31", "Job finished, but not complete") + ": what is missing is said below.");
        else if (!job_.whole())
            line(paint("1;33", "The chosen cores are complete") + "; the job is not: see below.");
        else
            line(paint("1;32", "Job complete") + ": nothing failed, nothing is missing.");
        line("  " + printable(job_.output));
        if (job_.seconds > 0) line("  " + human_duration(job_.seconds));
    }

    void row(std::string_view name, std::string_view state, std::string_view code, std::uint64_t users,
             std::uint64_t failed, std::uint64_t events, std::uint64_t bytes)
    {
        std::string const shown_state = fmt::format("{:<11}", state);
        line(fmt::format("  {:<{}}  {} {:>10} {:>7} {:>14} {:>11}", name.substr(0, name_columns_),
                         name_columns_, code.empty() ? shown_state : paint(code, shown_state),
                         human_count(users), human_count(failed), human_count(events), human_bytes(bytes)));
    }

    void table()
    {
        line("");
        line(paint("1", fmt::format("  {:<{}}  {:<11} {:>10} {:>7} {:>14} {:>11}", "core", name_columns_, "",
                                    "users", "failed", "events", "archive")));
        std::uint64_t users = 0;
        std::uint64_t failed = 0;
        std::uint64_t events = 0;
        std::uint64_t bytes = 0;
        for (const core_result& core : job_.cores) {
            bool const fine = core.state == core_state::complete;
            bool const quiet = core.state == core_state::not_run;
            if (!core.report) {
                line(fmt::format("  {:<{}}  {}", core.name.substr(0, name_columns_), name_columns_,
                                 quiet ? not_now(core) : paint("31", name_of(core.state))));
                continue;
            }
            const run_report& run = *core.report;
            row(core.name, name_of(core.state), fine ? "32" : "31", run.users_written,
                run.failed_users.size(), events_of(run), run.archive_bytes);
            users += run.users_written;
            failed += run.failed_users.size();
            events += events_of(run);
            bytes += run.archive_bytes;
        }
        if (job_.archive) bytes = job_.archive->archive_bytes;
        row("total", "", "", users, failed, events, bytes);
    }

    /// "not-run", and what an earlier run made of it.
    static std::string not_now(const core_result& core)
    {
        auto const* const state = core.earlier.if_contains("state");
        if (state == nullptr || !state->is_string()) return "not-run: no archive yet";
        return fmt::format("not-run (before: {})", printable(std::string_view{state->get_string()}));
    }

    void failures()
    {
        if (job_.unwritten) {
            title("The report");
            wrapped("  ", printable(job_.unwritten->what()));
        }
        bool first = true;
        for (const core_result& core : job_.cores) {
            if (core.error.empty()) continue;
            if (std::exchange(first, false)) title("Cores that failed");
            line("  " + paint("31", core.name));
            wrapped("      ", printable(core.error));
        }
    }

    void from_register()
    {
        if (!job_.from_register) return;
        const register_report& found = *job_.from_register;
        title("Register");
        wrapped("  ", fmt::format("{} users, {} servers, {} emails, {} invitations{}",
                                  human_count(found.rows_of(register_file::users)),
                                  human_count(found.rows_of(register_file::servers)),
                                  human_count(found.rows_of(register_file::emails)),
                                  human_count(found.rows_of(register_file::invitations)),
                                  found.complete() ? "" : "; not complete: see register/report.json"));
    }

    void left_out()
    {
        constexpr std::size_t shown = 5;
        std::uint64_t count = 0;
        std::string names;
        for (const core_result& core : job_.cores) {
            if (!core.report) continue;
            for (const left_out_user& user : core.report->left_out) {
                if (++count > shown) continue;
                names += fmt::format("{}{} of {} (belongs to {})", names.empty() ? "" : ", ", user.username,
                                     core.name, user.kept_core);
            }
        }
        if (count == 0) return;
        if (count > shown) names += fmt::format(", and {} more", human_count(count - shown));
        title("Left out");
        wrapped("  ", fmt::format("{} copies of users are left out, as the register places these users on "
                                  "other cores: {}",
                                  human_count(count), printable(names)));
    }

    void warnings()
    {
        std::uint64_t count = 0;
        for (const core_result& core : job_.cores) count += core.report ? core.report->warnings.size() : 0;
        if (count == 0 && job_.warnings.empty()) return;
        title("Warnings");
        for (const std::string& each : job_.warnings) wrapped("  ", printable(each));
        if (count > 0)
            wrapped("  ",
                    fmt::format("{} of the cores, in the reports of their archives", human_count(count)));
    }

    /// Names of the cores that have no whole archive.
    std::string failed_names() const
    {
        std::string names;
        for (const core_result& core : job_.cores) {
            if (core.state == core_state::failed || core.state == core_state::not_started)
                names += " " + core.name;
        }
        return names;
    }

    void next_steps()
    {
        title("Next");
        int number = 0;
        auto step = [&](std::string_view text) { wrapped(fmt::format("  {}. ", ++number), text); };
        std::string const again = failed_names();
        if (!again.empty() && !job_.merged) {
            step(fmt::format("Mend the cause, then run the others again; finished archives stay as they are: "
                             "pryv-export run {}{}",
                             printable(job_.job), again));
        }
        if (!again.empty() && job_.merged) {
            step("Mend the cause, then run the whole job again with --overwrite: a core cannot be put into a "
                 "finished "
                 "archive afterwards. Or export what failed alone, and restore both archives:");
            line(fmt::format("       pryv-export run {} --layout per-core --output OTHER{}",
                             printable(job_.job), again));
        }
        if (job_.merged)
            step("Restore the archive into v2 as its RESTORE.md says.");
        else
            step("Restore the archives into v2 one after the other, as RESTORE.md in each of them says.");
        step("All of this for people and programs: report.json.");
        line("");
        wrapped("  ", "The archives hold password hashes, access tokens and health data: keep them private.");
    }

    const job_report& job_;
    std::size_t name_columns_ = 5;
};

} // namespace

std::string summary_text(const job_report& job, bool colour)
{
    return job_summary{job, colour}.text();
}

} // namespace pryv_export::exporting
