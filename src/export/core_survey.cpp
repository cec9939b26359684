#include "core_survey.hpp"

#include "pryv_export/base/clock.hpp"
#include "pryv_export/runtime/blocking.hpp"
#include "pryv_export/runtime/run_all.hpp"

#include <algorithm>
#include <utility>

namespace pryv_export::exporting {

core_survey::core_survey(runtime::program_share& program, const config::v1_config& config,
                         const export_options& options, runtime::progress& progress)
    : program_{program}, options_{options}, progress_{progress},
      scratch_{options.spool_dir.value_or(std::filesystem::temp_directory_path())},
      part_{program, config, options, progress, {}, wall_clock_ms()}
{
}

runtime::task<void> core_survey::open()
{
    auto open = [this] { open_sources(); };
    co_await runtime::run_on(program_.blocking(), std::move(open));
    co_await runtime::throw_if_cancelled();
}

/// Blocking.
void core_survey::open_sources()
{
    draft_.emplace(program_, archive::output_folder::imagined(options_.output, scratch_.path()),
                   options_.encoding);
    part_.open(scratch_.path());
    part_.join(*draft_, 0);
}

runtime::task<void>
core_survey::count_users(const std::function<void(std::size_t place, user_survey found)>& enter)
{
    progress_.begin("counting users");
    std::vector<runtime::task<void>> workers;
    for (std::size_t i = 0; i < 2 * program_.jobs(); ++i) workers.push_back(count_next_users(enter));
    co_await runtime::run_all(std::move(workers));
}

runtime::task<void>
core_survey::count_next_users(const std::function<void(std::size_t place, user_survey found)>& enter)
{
    constexpr std::size_t group = 32;
    while (next_ < part_.users_total()) {
        co_await runtime::throw_if_cancelled();
        std::size_t const begin = next_;
        std::size_t const end = std::min(begin + group, part_.users_total());
        next_ = end;
        auto count = [this, begin, end, &enter] {
            for (std::size_t i = begin; i < end; ++i) enter(i, part_.survey(i));
        };
        co_await runtime::run_on(program_.blocking(), std::move(count));
    }
}

} // namespace pryv_export::exporting
