#include "pryv_export/export/dry_run.hpp"

#include "pryv_export/base/clock.hpp"
#include "pryv_export/base/error.hpp"
#include "pryv_export/runtime/blocking.hpp"
#include "pryv_export/runtime/run_all.hpp"

#include "core_survey.hpp"
#include "forecast_builder.hpp"
#include "report_files.hpp"
#include "unreadable_sources.hpp"
#include "user_export.hpp"

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>

namespace pryv_export::exporting {

namespace {

/// Enough to learn from, and done in seconds.
constexpr std::uint64_t sample_of_one_user = 64U << 20;
constexpr std::uint64_t sample_of_a_magnitude = 192U << 20;
/// A core with less is converted as a whole.
constexpr std::uint64_t worth_a_sample = 256U << 20;
constexpr std::size_t users_worth_a_sample = 1000;

class dry_run
{
public:
    dry_run(runtime::program& program, const config::v1_config& config, const export_options& options,
            bool scan, runtime::progress& progress)
        : program_{program}, config_{config}, options_{options}, scan_{scan},
          survey_{program_, config, options, progress},
          places_{program_.loop(), users_in_flight(options.users_in_flight, program_.jobs())}
    {
    }

    runtime::task<forecast> run()
    {
        co_await open_sources();
        builder_.emplace(part().users(), options_);
        auto check = [this] { check_output(); };
        co_await runtime::run_on(program_.blocking(), std::move(check));
        std::function<void(std::size_t, user_survey)> const enter =
            [this](std::size_t place, user_survey found) { builder_->enter(place, std::move(found)); };
        co_await survey_.count_users(enter);
        auto choose = [this] { choose_users(); };
        co_await runtime::run_on(program_.blocking(), std::move(choose));
        co_await convert_users();
        auto end = [this] { finish(); };
        co_await runtime::run_on(program_.blocking(), std::move(end));
        co_return std::move(*builder_).result();
    }

private:
    core_part& part() noexcept { return survey_.part(); }

    runtime::task<void> open_sources()
    {
        std::optional<export_error> failure;
        try {
            co_await survey_.open();
        } catch (const export_error& error) {
            failure = error;
        }
        if (!failure) co_return;
        auto look = [&] { return with_other_unreadable_files(*failure, config_, options_); };
        export_error const all = co_await runtime::run_on(program_.blocking(), std::move(look));
        throw all;
    }

    /// Blocking.
    void check_output()
    {
        try {
            refuse_output_in_sources(config_, options_);
            archive::output_folder::check(options_.output, options_.if_exists);
        } catch (const export_error& error) {
            builder_->add_problem(error.what());
        }
    }

    /// Blocking. Without a scan: all of a small core, else some users of each size.
    void choose_users()
    {
        auto const sizes = builder_->sizes();
        std::uint64_t const total = std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
        bool const all = scan_ || (total <= worth_a_sample && sizes.size() <= users_worth_a_sample);
        if (all) {
            chosen_.resize(sizes.size());
            std::iota(chosen_.begin(), chosen_.end(), std::size_t{0});
        } else {
            chosen_ = choose_sample(sizes, sample_of_one_user, sample_of_a_magnitude);
            part().sample(chosen_, sample_of_one_user);
        }
        builder_->converts(chosen_.size(), all);
        part().on_user = [this](const user_export& user, std::size_t place) {
            builder_->learn(chosen_[place], user);
        };
        part().prepare();
        if (!options_.spool_dir) builder_->spools(survey_.scratch_bytes());
    }

    runtime::task<void> convert_users()
    {
        double const began = steady_seconds();
        std::vector<runtime::task<void>> stages;
        stages.push_back(survey_.draft().publisher().run());
        stages.push_back(export_users());
        co_await runtime::run_all(std::move(stages));
        builder_->took(steady_seconds() - began);
    }

    runtime::task<void> export_users()
    {
        auto places = places_.join(part().users_total());
        co_await part().export_users(places);
        survey_.draft().publisher().close();
    }

    /// Blocking.
    void finish()
    {
        archive_facts const facts = part().facts();
        part().finish();
        run_report& report = part().report();
        constexpr std::uint64_t lists = 4;
        std::uint64_t const of_users = report.archive_bytes;
        std::uint64_t const files_of_users = report.archive_files;
        forecast_builder::shared_files shared;
        shared.lists = survey_.draft().finish(report, facts);
        shared.lists += report.archive_files * 64; // digests, which files that go nowhere have not
        shared.of_nobody = report.archive_bytes - of_users;
        shared.files = report.archive_files - files_of_users + lists;
        builder_->finish(report, shared);
    }

    runtime::program_share program_;
    const config::v1_config& config_;
    const export_options& options_;
    bool scan_;
    core_survey survey_;
    runtime::fair_slots places_;
    std::optional<forecast_builder> builder_;
    std::vector<std::size_t> chosen_; ///< by the place among the users that are converted
};

} // namespace

runtime::task<forecast> forecast_core(runtime::program& program, const config::v1_config& config,
                                      const export_options& options, bool scan, runtime::progress& progress)
{
    check_report_files(options.report_files, {options.output}, options.output);
    export_options all = options;
    all.fail_fast = false; // whatever else would fail is wanted as well
    auto const dry = std::make_unique<dry_run>(program, config, all, scan, progress);
    co_return co_await dry->run();
}

} // namespace pryv_export::exporting
