#include "pryv_export/runtime/run_beside.hpp"

#include "pryv_export/runtime/run_all.hpp"

#include <utility>
#include <vector>

namespace pryv_export::runtime {

namespace {

struct main_has_ended
{
};

task<void> end_all_after(task<void> main)
{
    co_await std::move(main);
    throw main_has_ended{};
}

} // namespace

// The end of main is an "error" of the group, as that is what cancels siblings.
task<void> run_beside(task<void> main, task<void> companion)
{
    std::vector<task<void>> children;
    children.push_back(end_all_after(std::move(main)));
    children.push_back(std::move(companion));
    try {
        co_await run_all(std::move(children));
    } catch (const main_has_ended&) {
    }
}

} // namespace pryv_export::runtime
