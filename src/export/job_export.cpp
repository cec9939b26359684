#include "pryv_export/export/job_export.hpp"

#include "pryv_export/base/clock.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/base/version.hpp"
#include "pryv_export/export/register_check.hpp"
#include "pryv_export/runtime/blocking.hpp"
#include "pryv_export/runtime/run_all.hpp"

#include "archive/output_root.hpp"
#include "job_merge.hpp"
#include "job_output.hpp"
#include "job_parts.hpp"
#include "merged_report.hpp"
#include "report_files.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace pryv_export::exporting {

namespace {

/// One job, step by step. What is shared by layouts is here; the parts of a core are in job_part.
class job_run
{
public:
    job_run(runtime::program& program, const job_options& options, runtime::progress& progress)
        : program_{program}, options_{options}, progress_{progress}, own_{program},
          places_{program.loop(),
                  std::max(users_in_flight(options.users_in_flight, program.jobs()), options.cores.size())}
    {
    }

    ~job_run()
    {
        if (is_ours_) drop_staged_register(options_);
    }

    runtime::task<job_report> run()
    {
        begin_report();
        auto prepare = [this] { prepare_output(); };
        co_await runtime::run_on(own_.blocking(), std::move(prepare));
        co_await export_the_register();
        progress_.begin("opening");
        co_await open_all();
        co_await runtime::throw_if_cancelled();
        if (options_.merged) co_await plan();
        co_await join_all();
        co_await runtime::throw_if_cancelled();
        auto begin = [this] { begin_archives(); };
        co_await runtime::run_on(own_.blocking(), std::move(begin));
        progress_.begin("exporting");
        if (options_.merged)
            co_await export_merged();
        else
            co_await export_per_core();
        progress_.begin("finishing");
        auto end = [this] { complete_report(); };
        co_await runtime::run_on(own_.blocking(), std::move(end));
        co_return std::move(report_);
    }

private:
    void begin_report()
    {
        started_ = steady_seconds();
        report_.tool_version = std::string{program_version()};
        report_.job = options_.job_file;
        report_.output = options_.output.native();
        report_.merged = options_.merged;
        report_.started_ms = wall_clock_ms();
        report_.warnings = options_.warnings;
    }

    /// Blocking.
    void prepare_output()
    {
        check_output(options_);
        check_report_files(options_.report_files, places_of_archives(options_), options_.output);
        if (!options_.merged) earlier_ = read_earlier_report(options_);
        lock_ = archive::open_output_root(options_.output);
        is_ours_ = true;
        drop_staged_register(options_);
    }

    runtime::task<void> export_the_register()
    {
        if (options_.register_dir) {
            register_folder_ = *options_.register_dir;
            co_return;
        }
        if (!options_.redis) co_return;
        register_folder_ = options_.output / "register";
        bool const is_there = kind_of(*register_folder_ / "manifest.json") == path_kind::file;
        if (options_.selected && is_there && !options_.overwrite) {
            report_.earlier_register = earlier_.from_register;
            co_return;
        }
        register_options redis = *options_.redis;
        redis.output = staged_register(options_);
        try {
            report_.from_register = co_await export_register(program_, redis, progress_);
            report_.from_register->output = register_folder_->native();
            register_folder_ = redis.output / "register";
        } catch (const export_error& error) {
            if (program_.stopping()) throw;
            throw job_refused{error.status(),
                              fmt::format("register: {}", error.thing()),
                              std::string_view{error.what()}.substr(error.thing().size() + 2),
                              "nothing was started; give --no-register to go on without it",
                              {}};
        }
    }

    // -- opening: nothing of the output is touched before all cores are open

    runtime::task<void> open_all()
    {
        for (const core_job& core : options_.cores) {
            parts_.push_back(
                std::make_unique<job_part>(program_, core, options_, register_folder_, report_.started_ms));
        }
        if (options_.merged) {
            auto make = [this] {
                // The archive locks the folder itself.
                is_ours_ = false;
                lock_.reset();
                archive_ = std::make_unique<archive_draft>(own_, options_.output,
                                                           archive::output_folder::existing::overwrite,
                                                           options_.cores.front().exporting.encoding);
                is_ours_ = true;
            };
            co_await runtime::run_on(own_.blocking(), std::move(make));
        }
        std::vector<runtime::task<void>> opening;
        for (auto& part : parts_) opening.push_back(part->open(archive_.get()));
        co_await runtime::run_all(std::move(opening));
        auto check = [this] { refuse_when_something_failed(); };
        co_await runtime::run_on(own_.blocking(), std::move(check));
    }

    /// Blocking.
    void refuse_when_something_failed()
    {
        std::vector<std::string> lines;
        const export_error* first = nullptr;
        for (const auto& part : parts_) {
            if (!part->failure()) continue;
            if (first == nullptr) first = &*part->failure();
            lines.push_back(fmt::format("core {}: {}", part->name(), part->failure()->what()));
        }
        if (first == nullptr) return;
        bool const some_are_open = lines.size() < parts_.size();
        if (options_.keep_going && some_are_open) {
            for (auto& part : parts_) {
                if (part->failure()) part->abandon();
            }
            return;
        }
        abandon();
        throw job_refused{first->status(), "the job",
                          fmt::format("nothing was started, as {} of {} cores cannot be opened", lines.size(),
                                      parts_.size()),
                          some_are_open ? "mend that, or give --keep-going to export the others"
                                        : "mend that",
                          std::move(lines)};
    }

    /// Blocking: every output is as it was.
    void abandon()
    {
        for (auto& part : parts_) part->abandon();
        if (archive_) archive_->abandon();
    }

    std::vector<job_part*> open_parts() const
    {
        std::vector<job_part*> open;
        for (const auto& part : parts_) {
            if (!part->failure()) open.push_back(part.get());
        }
        return open;
    }

    // -- merging

    runtime::task<void> plan()
    {
        auto work = [this] { plan_or_refuse(); };
        co_await runtime::run_on(own_.blocking(), std::move(work));
    }

    /// Blocking.
    void plan_or_refuse()
    {
        try {
            merge_.emplace(options_, open_parts(), register_folder_);
        } catch (...) {
            abandon();
            throw;
        }
    }

    /// Users of a merged archive are numbered in the order of the cores.
    runtime::task<void> join_all()
    {
        std::vector<runtime::task<void>> joining;
        std::size_t first = 0;
        for (job_part* const part : open_parts()) {
            joining.push_back(part->join(archive_.get(), first));
            if (options_.merged) first += part->core().users_total();
        }
        co_await runtime::run_all(std::move(joining));
        auto check = [this] { refuse_when_something_failed(); };
        co_await runtime::run_on(own_.blocking(), std::move(check));
    }

    /// Blocking. Only all cores together can tell.
    void look_for_users_on_no_core()
    {
        auto const open = open_parts();
        bool const all = register_folder_ && open.size() == options_.all_names.size();
        if (!all) return;
        std::vector<const std::vector<user_entry>*> users;
        for (const job_part* const part : open) {
            if (part->is_choice()) return;
            users.push_back(&part->core().users());
        }
        try {
            auto const found = users_on_no_core(*register_folder_, users, options_.output);
            if (auto text = sentence_about_users_on_no_core(found))
                report_.warnings.push_back(std::move(*text));
        } catch (const export_error& error) {
            if (error.status() == exit_status::io_error) throw;
            report_.warnings.push_back(
                fmt::format("The register was not held against the users: {}", error.what()));
        }
    }

    /// Blocking.
    void begin_archives()
    {
        look_for_users_on_no_core();
        if (archive_) {
            archive_->begin();
            if (register_folder_) archive_->place_register(*register_folder_);
            return;
        }
        forget_job_report(options_);
        for (auto& line : warnings_about_shared_users(open_parts()))
            report_.warnings.push_back(std::move(line));
        for (job_part* const part : open_parts()) part->begin(register_folder_);
    }

    // -- exporting

    /// All take part before the first one begins, so that nobody takes more than its share.
    std::vector<runtime::fair_slots::party> take_part(const std::vector<job_part*>& parts)
    {
        std::vector<runtime::fair_slots::party> parties;
        for (job_part* const part : parts) parties.push_back(places_.join(part->core().users_total()));
        return parties;
    }

    runtime::task<void> export_per_core()
    {
        auto const parts = open_parts();
        auto parties = take_part(parts);
        std::vector<runtime::task<void>> running;
        for (std::size_t i = 0; i < parts.size(); ++i)
            running.push_back(parts[i]->export_archive(std::move(parties[i])));
        co_await runtime::run_all(std::move(running));
    }

    runtime::task<void> export_merged()
    {
        std::vector<runtime::task<void>> stages;
        stages.push_back(archive_->publisher().run());
        stages.push_back(export_all_users());
        co_await runtime::run_all(std::move(stages));
        progress_.begin("finishing");
        auto end = [this] { finish_merged(); };
        co_await runtime::run_on(own_.blocking(), std::move(end));
    }

    runtime::task<void> export_all_users()
    {
        auto const parts = open_parts();
        auto parties = take_part(parts);
        std::vector<runtime::task<void>> running;
        for (std::size_t i = 0; i < parts.size(); ++i)
            running.push_back(parts[i]->export_users(std::move(parties[i])));
        co_await runtime::run_all(std::move(running));
        archive_->publisher().close();
    }

    /// Blocking.
    void finish_merged()
    {
        archive_facts facts;
        std::vector<std::pair<std::string, run_report>> reports;
        for (const auto& part : parts_) {
            if (!part->is_open()) continue;
            if (facts.engine.empty()) facts = part->core().facts();
            part->finish([this, &part](convert::output& rows) { merge_->filter_platform(*part, rows); });
            reports.emplace_back(part->name(), *part->result().report);
        }
        run_report all = merge_reports(reports);
        for (const auto& part : parts_) {
            if (!part->is_open()) all.failed_cores.emplace_back(part->name(), part->failure()->what());
        }
        all.warnings.insert(all.warnings.end(), report_.warnings.begin(), report_.warnings.end());
        archive_->finish(all, facts);
        report_.archive = std::move(all);
    }

    /// Blocking.
    void complete_report()
    {
        for (const std::string& name : options_.all_names) {
            auto const part = std::find_if(parts_.begin(), parts_.end(),
                                           [&](const auto& each) { return each->name() == name; });
            if (part != parts_.end()) {
                report_.cores.push_back((*part)->result());
                continue;
            }
            core_result other;
            other.name = name;
            if (auto const found = earlier_.cores.find(name); found != earlier_.cores.end())
                other.earlier = found->second;
            report_.cores.push_back(std::move(other));
        }
        report_.finished_ms = wall_clock_ms();
        report_.seconds = fixed_time() ? 0 : steady_seconds() - started_;
        if (options_.selected) add_earlier_warnings();
        // Not before: it is read where it was made.
        if (!options_.merged) publish_register(options_);
        try {
            if (!options_.merged) write_job_report(options_, report_);
            write_report_files(options_.report_files, source_of_reports());
        } catch (const export_error& error) {
            report_.unwritten = error; // the archives are there, and what became of them must be told
        }
    }

    report_source source_of_reports() const
    {
        report_source from;
        from.archive = options_.output;
        from.json = options_.output / "report.json";
        if (report_.archive) {
            from.report = to_json(*report_.archive);
            if (report_.from_register) from.from_register = to_json(*report_.from_register);
            from.users.push_back({{}, &archive_->user_reports()});
            return from;
        }
        from.report = to_json(report_);
        for (const auto& part : parts_) {
            if (auto const* const users = part->user_reports()) from.users.push_back({part->name(), users});
        }
        return from;
    }

    /// Only all cores together can tell of users on none of them.
    void add_earlier_warnings()
    {
        auto& all = report_.warnings;
        for (auto& line : earlier_.warnings) {
            if (std::find(all.begin(), all.end(), line) == all.end()) all.push_back(std::move(line));
        }
    }

    runtime::program& program_;
    const job_options& options_;
    runtime::progress& progress_;
    runtime::program_share own_;
    runtime::fair_slots places_;
    double started_ = 0;
    job_report report_;
    earlier_report earlier_;
    unique_fd lock_;
    bool is_ours_ = false; ///< the output is locked for this job
    std::optional<std::filesystem::path> register_folder_;
    std::unique_ptr<archive_draft> archive_; ///< merged
    std::optional<job_merge> merge_;         ///< merged
    std::vector<std::unique_ptr<job_part>> parts_;
};

} // namespace

runtime::task<job_report> export_job(runtime::program& program, const job_options& options,
                                     runtime::progress& progress)
{
    auto const job = std::make_unique<job_run>(program, options, progress);
    co_return co_await job->run();
}

} // namespace pryv_export::exporting
