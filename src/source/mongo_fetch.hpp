#pragma once

#include "pryv_export/runtime/worker_pool.hpp"
#include "pryv_export/source/document_store.hpp"

#include "mongo_cursor.hpp"
#include "mongo_retry.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Documents on their way from the server: fetched by threads of their own, ahead of those who ask for them.
namespace pryv_export::source {

/// Bytes that were fetched and that nobody has asked for yet.
class read_ahead
{
public:
    explicit read_ahead(std::uint64_t limit) : limit_{limit} {}

    /// Counts `bytes` as held until it is destroyed.
    class hold
    {
    public:
        hold(read_ahead& account, std::uint64_t bytes) : account_{account}, bytes_{bytes}
        {
            account_.held_ += bytes;
        }
        ~hold() { account_.held_ -= bytes_; }
        hold(const hold&) = delete;
        hold& operator=(const hold&) = delete;

        /// The estimate turned out to be another number.
        void settle(std::uint64_t bytes)
        {
            account_.held_ += bytes - bytes_;
            bytes_ = bytes;
        }

    private:
        read_ahead& account_;
        std::uint64_t bytes_;
    };

    bool has_room_for(std::uint64_t bytes) const noexcept { return held_ + bytes <= limit_; }

private:
    std::uint64_t limit_;
    std::atomic<std::uint64_t> held_{0};
};

/// What the readers of one store share. Outlives readers and cursors; stop() comes before these end.
struct mongo_context
{
    explicit mongo_context(const mongo_options& asked)
        : options{asked}, pool{options}, retry{options}, ahead{options.read_ahead_bytes},
          workers{std::in_place, options.connections, "px-mongo"}
    {
    }

    /// Waits for the fetches on their way; nothing is fetched afterwards.
    void stop() { workers.reset(); }
    /// Waits for the fetches on their way.
    void drain() { workers.emplace(options.connections, "px-mongo"); }

    std::string thing(std::string_view collection) const;

    mongo_options options;
    mongo_client_pool pool;
    mongo_retry retry;
    read_ahead ahead;
    std::optional<runtime::worker_pool> workers;
};

/// Runs `work` on a thread of the pool.
template <class T>
std::shared_future<T> start_on(runtime::worker_pool& workers, std::function<T()> work)
{
    class function_job final : public runtime::job
    {
    public:
        explicit function_job(std::function<T()>&& work) : task{std::move(work)} {}
        void run() noexcept override
        {
            std::unique_ptr<function_job> const own{this};
            task();
        }
        std::packaged_task<T()> task;
    };
    auto started = std::make_unique<function_job>(std::move(work));
    std::shared_future<T> result = started->task.get_future().share();
    workers.post(*started.release());
    return result;
}

/// Documents in the order that the server sent them.
struct fetched_documents
{
    std::vector<document> documents;
    std::vector<std::shared_ptr<const void>> owners;
    std::uint64_t bytes = 0;
    bool cut = false; ///< ended at the limit, there is more

    /// The batch that begins with document `at`, which moves on.
    void take_batch(std::size_t& at, std::size_t end, std::size_t batch_bytes, batch& out) const;
};

/// Blocking: one find, from its first document to its last, or until it holds `limit_bytes`. Throws
/// export_error.
fetched_documents fetch(mongo_context& context, const std::string& database, const std::string& collection,
                        const command& find, std::int64_t batch_documents, std::uint64_t limit_bytes);

/// The document is this user's. A filter for a userId also finds arrays that hold it; these are nobody's.
bool is_of_user(const document& found, std::string_view user);

/// Waits for a fetch and notices a stop. Throws what the fetch threw.
template <class T>
const T& wait_for(const std::shared_future<T>& result, const mongo_retry& retry, const std::string& thing)
{
    while (result.wait_for(std::chrono::milliseconds{100}) != std::future_status::ready)
        retry.throw_if_stopped(thing);
    return result.get();
}

} // namespace pryv_export::source
