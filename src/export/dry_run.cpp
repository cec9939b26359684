#include "pryv_export/export/dry_run.hpp"

#include "pryv_export/base/clock.hpp"
#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/base/version.hpp"
#include "pryv_export/runtime/blocking.hpp"
#include "pryv_export/runtime/run_all.hpp"

#include "archive_draft.hpp"
#include "core_part.hpp"
#include "forecast_builder.hpp"
#include "user_export.hpp"

#include <fmt/format.h>

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
        : program_{program}, config_{config}, options_{options}, scan_{scan}, progress_{progress},
          scratch_{options.spool_dir.value_or(std::filesystem::temp_directory_path())},
          part_{program_, config, options, progress, {}, wall_clock_ms()},
          places_{program_.loop(), users_in_flight(options.users_in_flight, program_.jobs())}
    {
    }

    runtime::task<forecast> run()
    {
        auto open = [this] { open_sources(); };
        co_await runtime::run_on(program_.blocking(), std::move(open));
        co_await runtime::throw_if_cancelled();
        co_await survey_users();
        auto choose = [this] { choose_users(); };
        co_await runtime::run_on(program_.blocking(), std::move(choose));
        co_await convert_users();
        auto end = [this] { finish(); };
        co_await runtime::run_on(program_.blocking(), std::move(end));
        co_return std::move(*builder_).result();
    }

private:
    /// Blocking.
    void open_sources()
    {
        draft_.emplace(program_, archive::output_folder::imagined(options_.output, scratch_.path()),
                       options_.encoding);
        part_.open(scratch_.path());
        part_.join(*draft_, 0);
        builder_.emplace(part_.users(), options_);
        check_output();
    }

    void check_output()
    {
        try {
            refuse_output_in_sources(config_, options_);
            archive::output_folder::check(options_.output, options_.if_exists);
        } catch (const export_error& error) {
            builder_->add_problem(error.what());
        }
    }

    // -- counting

    runtime::task<void> survey_users()
    {
        progress_.begin("counting users");
        std::vector<runtime::task<void>> workers;
        for (std::size_t i = 0; i < 2 * program_.jobs(); ++i) workers.push_back(survey_next_users());
        co_await runtime::run_all(std::move(workers));
    }

    runtime::task<void> survey_next_users()
    {
        constexpr std::size_t group = 32;
        while (next_ < part_.users_total()) {
            co_await runtime::throw_if_cancelled();
            std::size_t const begin = next_;
            std::size_t const end = std::min(begin + group, part_.users_total());
            next_ = end;
            auto look = [this, begin, end] {
                for (std::size_t i = begin; i < end; ++i) builder_->enter(i, part_.survey(i));
            };
            co_await runtime::run_on(program_.blocking(), std::move(look));
        }
    }

    // -- converting

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
            part_.sample(chosen_, sample_of_one_user);
        }
        builder_->converts(chosen_.size(), all);
        part_.on_user = [this](const user_export& user, std::size_t place) {
            builder_->learn(chosen_[place], user);
        };
        part_.prepare();
    }

    runtime::task<void> convert_users()
    {
        double const began = steady_seconds();
        std::vector<runtime::task<void>> stages;
        stages.push_back(draft_->publisher().run());
        stages.push_back(export_users());
        co_await runtime::run_all(std::move(stages));
        builder_->took(steady_seconds() - began);
    }

    runtime::task<void> export_users()
    {
        auto places = places_.join(part_.users_total());
        co_await part_.export_users(places);
        draft_->publisher().close();
    }

    /// Blocking.
    void finish()
    {
        archive_facts const facts = part_.facts();
        part_.finish();
        run_report& report = part_.report();
        constexpr std::uint64_t lists = 4;
        std::uint64_t const of_users = report.archive_bytes;
        std::uint64_t const files_of_users = report.archive_files;
        forecast_builder::shared_files shared;
        shared.lists = draft_->finish(report, facts, std::nullopt);
        shared.lists += report.archive_files * 64; // digests, which files that go nowhere have not
        shared.of_nobody = report.archive_bytes - of_users;
        shared.files = report.archive_files - files_of_users + lists;
        builder_->finish(report, shared);
    }

    runtime::program_share program_;
    const config::v1_config& config_;
    const export_options& options_;
    bool scan_;
    runtime::progress& progress_;
    private_folder scratch_;
    std::optional<archive_draft> draft_;
    core_part part_;
    runtime::fair_slots places_;
    std::optional<forecast_builder> builder_;
    std::size_t next_ = 0;
    std::vector<std::size_t> chosen_; ///< by the place among the users that are converted
};

} // namespace

runtime::task<forecast> forecast_core(runtime::program& program, const config::v1_config& config,
                                      const export_options& options, bool scan, runtime::progress& progress)
{
    auto const dry = std::make_unique<dry_run>(program, config, options, scan, progress);
    co_return co_await dry->run();
}

} // namespace pryv_export::exporting
