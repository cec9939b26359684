#pragma once

#include "pryv_export/source/mongo_store.hpp"

#include "mongo_client.hpp"
#include "mongo_error.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace pryv_export::source {

/// How failures that may pass are waited out, the same for every command of a store.
class mongo_retry
{
public:
    explicit mongo_retry(const mongo_options& options)
        : first_pause_{options.first_pause}, give_up_after_{options.give_up_after}, stop_{options.stop}
    {
    }

    /// Blocking. Calls `attempt` until it returns. Between transient failures it waits longer and longer,
    /// with jitter. A failure that is not transient, or one that lasts, becomes an export_error that names
    /// `thing`.
    void run(const std::string& thing, const std::function<void()>& attempt) const;

    /// Throws export_error{interrupted} when the program was asked to stop, and what another thread gave up
    /// with.
    void throw_if_stopped(const std::string& thing) const;
    const std::atomic<bool>* stop() const noexcept { return stop_; }

private:
    /// True when the server did not answer anybody for too long.
    bool is_gone_for_good() const;
    /// All threads end with it; returns it.
    export_error give_up(export_error failure) const;
    void pause(unsigned failures, const std::string& thing) const;

    std::chrono::milliseconds first_pause_;
    std::chrono::milliseconds give_up_after_;
    const std::atomic<bool>* stop_;
    /// Shared by all threads, so that they do not give up one after the other. Milliseconds of the steady
    /// clock when the server stopped answering; 0: it answers.
    mutable std::atomic<std::int64_t> silent_since_{0};
    mutable std::atomic<bool> logged_in_{false};
    mutable std::mutex mutex_;
    mutable std::optional<export_error> given_up_;
};

} // namespace pryv_export::source
