#include "core_survey.hpp"

#include "pryv_export/base/clock.hpp"
#include "pryv_export/base/error.hpp"
#include "pryv_export/runtime/blocking.hpp"
#include "pryv_export/runtime/run_all.hpp"

#include "output_room.hpp"

#include <algorithm>
#include <cstdlib>
#include <unistd.h>
#include <utility>

namespace pryv_export::exporting {

namespace {

/// For temporary files. Throws export_error{cannot_create}.
std::filesystem::path scratch_parent(const export_options& options)
{
    if (options.spool_dir) return *options.spool_dir;
    const char* const asked = std::getenv("TMPDIR");
    std::filesystem::path const folder = asked != nullptr && *asked != '\0' ? asked : "/tmp";
    if (kind_of(folder) == path_kind::folder && ::access(folder.c_str(), W_OK | X_OK) == 0) return folder;
    throw export_error{exit_status::cannot_create, folder.native(),
                       "temporary files cannot be written to this folder",
                       "name another one with --spool-dir or in TMPDIR"};
}

} // namespace

core_survey::core_survey(runtime::program_share& program, const config::v1_config& config,
                         const export_options& options, runtime::progress& progress)
    : program_{program}, options_{options}, progress_{progress}, scratch_{scratch_parent(options)},
      part_{program, config, options, progress, {}, wall_clock_ms()}
{
}

std::uint64_t core_survey::scratch_bytes() const
{
    return usage_of(scratch_.path()).bytes;
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
