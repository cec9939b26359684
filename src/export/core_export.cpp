#include "pryv_export/export/core_export.hpp"

#include "pryv_export/base/clock.hpp"
#include "pryv_export/runtime/blocking.hpp"
#include "pryv_export/runtime/run_all.hpp"

#include "archive_draft.hpp"
#include "core_part.hpp"
#include "core_sources.hpp"
#include "report_files.hpp"

#include <memory>

namespace pryv_export::exporting {

namespace {

/// The archive of one core.
class single_export
{
public:
    single_export(runtime::program& program, const config::v1_config& config, const export_options& options,
                  runtime::progress& progress)
        : program_{program}, config_{config}, options_{options},
          part_{program_, config, options, progress, {}, wall_clock_ms()},
          places_{program_.loop(), users_in_flight(options.users_in_flight, program_.jobs())}
    {
    }

    runtime::task<run_report> run()
    {
        auto open = [this] { open_or_abandon(); };
        co_await runtime::run_on(program_.blocking(), std::move(open));
        co_await runtime::throw_if_cancelled();

        std::vector<runtime::task<void>> stages;
        stages.push_back(archive_->publisher().run());
        stages.push_back(export_users());
        co_await runtime::run_all(std::move(stages));

        auto end = [this] { finish(); };
        co_await runtime::run_on(program_.blocking(), std::move(end));
        co_return std::move(part_.report());
    }

private:
    /// Blocking. A source that cannot be opened leaves the output, and an archive in it, as it was.
    void open_or_abandon()
    {
        refuse_output_in_sources(config_, options_);
        check_report_files(options_.report_files, {options_.output}, options_.output);
        archive_.emplace(program_, options_.output, options_.if_exists, options_.encoding);
        try {
            part_.open(archive_->folder().partial());
            part_.join(*archive_, 0);
            part_.prepare();
        } catch (...) {
            archive_->abandon();
            throw;
        }
        archive_->begin();
    }

    runtime::task<void> export_users()
    {
        auto places = places_.join(part_.users_total());
        co_await part_.export_users(places);
        archive_->publisher().close();
    }

    void finish()
    {
        archive_facts const facts = part_.facts();
        part_.finish();
        archive_->finish(part_.report(), facts);
        write_reports();
    }

    void write_reports() const
    {
        report_source from;
        from.archive = options_.output;
        from.json = options_.output / "report.json";
        from.report = to_json(part_.report());
        from.users = {{.core = {}, .entries = &archive_->user_reports()}};
        write_report_files(options_.report_files, from);
    }

    runtime::program_share program_;
    const config::v1_config& config_;
    const export_options& options_;
    std::optional<archive_draft> archive_;
    core_part part_;
    runtime::fair_slots places_;
};

} // namespace

runtime::task<run_report> export_core(runtime::program& program, const config::v1_config& config,
                                      const export_options& options, runtime::progress& progress)
{
    auto const core = std::make_unique<single_export>(program, config, options, progress);
    co_return co_await core->run();
}

} // namespace pryv_export::exporting
