#include "pryv_export/export/source_count.hpp"

#include "pryv_export/runtime/blocking.hpp"

#include "core_survey.hpp"

#include <memory>

namespace pryv_export::exporting {

runtime::task<source_count> count_core(runtime::program& program, const config::v1_config& config,
                                       const export_options& options, runtime::progress& progress)
{
    runtime::program_share share{program};
    auto const survey = std::make_unique<core_survey>(share, config, options, progress);
    co_await survey->open();
    source_count counted;
    counted.source = survey->part().report().source;
    for (const user_entry& user : survey->part().users()) {
        user_count& entry = counted.users.emplace_back();
        entry.user_id = user.id;
        entry.username = user.name;
    }
    std::function<void(std::size_t, user_survey)> const enter = [&](std::size_t place, user_survey found) {
        user_count& user = counted.users[place];
        user.records = found.records;
        user.attachment_bytes = found.bytes[at(part::attachments)];
        user.problems = std::move(found.problems);
    };
    co_await survey->count_users(enter);
    auto rest = [&] { counted.problems = survey->part().problems_of_sources(); };
    co_await runtime::run_on(share.blocking(), std::move(rest));
    co_return counted;
}

} // namespace pryv_export::exporting
