#pragma once

#include "cursors.hpp"
#include "dump_image.hpp"
#include "faults.hpp"
#include "options.hpp"
#include "scram.hpp"
#include "stats.hpp"

#include <atomic>
#include <optional>
#include <string>

namespace wire {

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
