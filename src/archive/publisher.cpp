#include "pryv_export/archive/publisher.hpp"

#include "pryv_export/runtime/blocking.hpp"
#include "pryv_export/runtime/stage.hpp"

#include <optional>
#include <utility>

namespace pryv_export::archive {

publisher::publisher(const output_folder& output, runtime::job_queue& blocking,
                     const runtime::asio::any_io_executor& loop)
    : output_{output}, blocking_{blocking}, filled_{loop}, freed_{loop}
{
}

void publisher::put(finished_folder folder)
{
    waiting_bytes_ += folder.bytes;
    waiting_.push_back(std::move(folder));
    if (worth_it()) filled_.notify();
}

runtime::task<void> publisher::wait_for_room()
{
    std::optional<runtime::span> blocked;
    while (waiting_.size() >= most_waiting) {
        if (!blocked)
            blocked.emplace(runtime::stage::publish, std::string_view{}, runtime::activity::blocked);
        co_await freed_.wait();
        // Several users may wait here: one notification wakes one of them, who wakes the next.
        if (waiting_.size() < most_waiting) freed_.notify();
    }
}

void publisher::close()
{
    closed_ = true;
    filled_.notify();
}

runtime::task<void> publisher::run()
{
    for (;;) {
        while (!worth_it()) co_await filled_.wait();
        if (waiting_.empty()) co_return;
        std::vector<finished_folder> const folders = std::exchange(waiting_, {});
        waiting_bytes_ = 0;
        freed_.notify();
        auto work = [this, &folders] {
            runtime::span const busy{runtime::stage::publish};
            output_.sync_all();
            for (const auto& each : folders) output_.publish(each.from, each.to);
        };
        co_await runtime::run_on(blocking_, std::move(work));
    }
}

} // namespace pryv_export::archive
