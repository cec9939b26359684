#pragma once

#include "pryv_export/archive/output_folder.hpp"
#include "pryv_export/runtime/signal.hpp"
#include "pryv_export/runtime/task.hpp"
#include "pryv_export/runtime/worker_pool.hpp"

#include <cstddef>
#include <filesystem>
#include <vector>

namespace pryv_export::archive {

/// Makes finished folders durable and gives them their names, many at once: one syncfs serves all that waited meanwhile, so that ten
/// thousand small users cost no ten thousand fsyncs. On the loop's thread.
class publisher
{
public:
    publisher(const output_folder& output, runtime::worker_pool& blocking, const runtime::asio::any_io_executor& loop);

    /// Hands over a finished folder: it appears as `to` after it is durable. Waits while too many are on their way.
    runtime::task<void> add(std::filesystem::path from, std::filesystem::path to);
    /// Says that nothing more comes.
    void close();
    /// Works until closed and empty. Throws export_error on the first failure.
    runtime::task<void> run();

private:
    struct move { std::filesystem::path from; std::filesystem::path to; };
    static constexpr std::size_t most_waiting = 4096;

    const output_folder& output_;
    runtime::worker_pool& blocking_;
    std::vector<move> waiting_;
    bool closed_ = false;
    runtime::wake_signal filled_;
    runtime::wake_signal freed_;
};

} // namespace pryv_export::archive
