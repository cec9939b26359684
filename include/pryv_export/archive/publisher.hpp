#pragma once

#include "pryv_export/archive/output_folder.hpp"
#include "pryv_export/runtime/signal.hpp"
#include "pryv_export/runtime/task.hpp"
#include "pryv_export/runtime/worker_pool.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace pryv_export::archive {

/// A folder of which all files are written.
struct finished_folder
{
    std::filesystem::path from;
    std::filesystem::path to; ///< what it will be called
    std::uint64_t bytes = 0;  ///< of its files
};

/// Makes finished folders durable and gives them their names, many at once: one syncfs serves all that waited
/// meanwhile, so that ten thousand small users cost no ten thousand fsyncs. On the loop's thread.
class publisher
{
public:
    publisher(const output_folder& output, runtime::job_queue& blocking,
              const runtime::asio::any_io_executor& loop);

    /// Hands over a folder: it appears under its name after it is durable.
    void put(finished_folder folder);
    /// Returns when more may come: waits while too many are on their way.
    runtime::task<void> wait_for_room();
    /// Says that nothing more comes.
    void close();
    /// Works until closed and empty. Throws export_error on the first failure.
    runtime::task<void> run();

private:
    /// A sync is worth it for so many folders or bytes; the rest is synced at the end.
    static constexpr std::size_t worth_folders = 512;
    static constexpr std::uint64_t worth_bytes = 256ULL << 20;
    static constexpr std::size_t most_waiting = 8 * worth_folders;

    bool worth_it() const noexcept
    {
        return closed_ || waiting_.size() >= worth_folders || waiting_bytes_ >= worth_bytes;
    }

    const output_folder& output_;
    runtime::job_queue& blocking_;
    std::vector<finished_folder> waiting_;
    std::uint64_t waiting_bytes_ = 0;
    bool closed_ = false;
    runtime::wake_signal filled_;
    runtime::wake_signal freed_;
};

} // namespace pryv_export::archive
