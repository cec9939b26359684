#pragma once

#include "cursors.hpp"
#include "dump_image.hpp"
#include "faults.hpp"
#include "options.hpp"
#include "scram.hpp"
#include "stats.hpp"

#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace wire {

/// Names of collections that were taken away.
class renamed_collections
{
public:
    void add(std::string_view name)
    {
        std::lock_guard const lock(mutex_);
        names_.emplace(name);
    }
    bool contains(std::string_view name) const
    {
        std::lock_guard const lock(mutex_);
        return names_.contains(name);
    }

private:
    mutable std::mutex mutex_;
    std::set<std::string, std::less<>> names_;
};

/// All that connections share.
struct service
{
    explicit service(options o)
        : opt(std::move(o)), image(opt.dump),
          known(opt.user.empty() ? std::nullopt : std::optional(make_credentials(opt.user, opt.password)))
    {
        for (const auto& f : opt.faults) faults.add(f);
    }

    const options opt;
    const dump_image image;
    const std::optional<credentials> known; ///< nothing: everybody may do everything
    std::string address;                    ///< 127.0.0.1:PORT
    cursor_store cursors;
    fault_list faults;
    renamed_collections renamed;
    statistics stats;
    std::atomic<std::int32_t> connections{0};
};

/// What a connection remembers between commands.
struct client
{
    std::int32_t number = 0;
    bool authenticated = false;
    std::optional<scram_conversation> conversation;
    bool skip_empty_exchange = false;
    int step = 0;
};

} // namespace wire
