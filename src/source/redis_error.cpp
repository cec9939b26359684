#include "redis_error.hpp"

#include "pryv_export/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace pryv_export::source {

namespace {

using passes = redis_failure::passes;

constexpr std::size_t longest_shown = 200;

struct meaning
{
    std::string_view begin; ///< of the answer
    exit_status status;
    std::string_view hint;
    passes when;
};

constexpr std::string_view login_hint =
    "check the password (--redis-password-file, PRYV_EXPORT_REDIS_PASSWORD) and --redis-user";
constexpr std::string_view cluster_hint =
    "a Redis cluster is not supported: load the register's keys into one server without cluster mode and "
    "export from that";

/// The first that fits counts.
constexpr std::array meanings{
    meaning{"NOAUTH", exit_status::denied, login_hint, passes::never},
    meaning{"WRONGPASS", exit_status::denied, login_hint, passes::never},
    meaning{"ERR invalid password", exit_status::denied, login_hint, passes::never},
    meaning{"ERR AUTH", exit_status::denied,
            "this server wants no password: leave out --redis-password and its likes", passes::never},
    meaning{"ERR Client sent AUTH, but no password is set", exit_status::denied,
            "this server wants no password: leave out --redis-password and its likes", passes::never},
    meaning{"NOPERM", exit_status::denied,
            "give this ACL user: ~* +select +scan +type +get +hgetall +lrange +smembers +zrange +dbsize",
            passes::never},
    meaning{"DENIED", exit_status::denied,
            "the server is in protected mode: export on its own host, or set a password there",
            passes::never},
    meaning{"LOADING", exit_status::unreachable, "wait until the server has loaded its data",
            passes::by_itself},
    meaning{"MASTERDOWN", exit_status::unreachable,
            "this replica lost its master: name the master, or set replica-serve-stale-data to yes",
            passes::by_itself},
    meaning{"BUSY", exit_status::unreachable, "a script keeps the server busy", passes::by_itself},
    meaning{"TRYAGAIN", exit_status::unreachable, "the server is busy", passes::by_itself},
    meaning{"ERR max number of clients", exit_status::unreachable,
            "raise the server's maxclients, or stop v1's services", passes::by_itself},
    meaning{"MOVED", exit_status::source_missing, cluster_hint, passes::never},
    meaning{"ASK", exit_status::source_missing, cluster_hint, passes::never},
    meaning{"CLUSTERDOWN", exit_status::source_missing, cluster_hint, passes::never},
    meaning{"CROSSSLOT", exit_status::source_missing, cluster_hint, passes::never},
    meaning{"ERR unknown command", exit_status::source_missing,
            "the command is renamed or switched off (rename-command): give it its name back, or load the "
            "server's dump.rdb into a plain one and export from that",
            passes::never},
    meaning{"ERR DB index is out of range", exit_status::source_missing, "check --redis-db", passes::never},
    meaning{"ERR invalid DB index", exit_status::source_missing, "check --redis-db", passes::never},
    meaning{"ERR SELECT is not allowed", exit_status::source_missing, cluster_hint, passes::never},
};

} // namespace

redis_failure::redis_failure(exit_status status, std::string_view cause, std::string_view hint, passes when)
    : std::runtime_error{std::string{cause}}, status_{status}, hint_{hint}, when_{when}
{
}

export_error redis_failure::explained(std::string_view thing) const
{
    return {status_, thing, what(), hint_};
}

export_error redis_failure::given_up(std::string_view thing, unsigned attempts) const
{
    return {status_, thing, fmt::format("{} (tried {} times)", what(), attempts),
            fmt::format("{}; --give-up-after waits longer", hint_)};
}

redis_failure failure_of_answer(std::string_view answer, std::string_view command)
{
    // "unknown command 'AUTH', with args beginning with: …" would show the password.
    std::string const shown =
        printable(answer.substr(0, answer.find(", with args")).substr(0, longest_shown));
    auto const found = std::find_if(meanings.begin(), meanings.end(),
                                    [&](const meaning& m) { return answer.starts_with(m.begin); });
    if (found == meanings.end()) {
        return {exit_status::source_missing, fmt::format("refused {}: {}", command, shown),
                "look into the server's log", passes::never};
    }
    return {found->status, fmt::format("refused {}: {}", command, shown), found->hint, found->when};
}

redis_failure failure_of_garbage()
{
    return {exit_status::source_missing, "what answers there is no Redis server",
            "check --redis-host and --redis-port; a port that speaks TLS needs --redis-tls", passes::never};
}

redis_failure failure_of_connection(std::string_view cause, std::string_view hint)
{
    return {exit_status::unreachable, cause, hint, passes::if_reached_before};
}

} // namespace pryv_export::source
