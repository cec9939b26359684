#pragma once

#include "pryv_export/base/error.hpp"
#include "pryv_export/source/register_store.hpp"

#include "redis_fake.hpp"
#include "runtime/co_test.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <ostream>
#include <string>
#include <utility>

namespace pryv_export::source {
inline std::ostream& operator<<(std::ostream& out, register_outcome outcome)
{
    return out << static_cast<int>(outcome);
}
} // namespace pryv_export::source

namespace pryv_export::test {

using namespace pryv_export::source;

struct met
{
    register_outcome outcome;
    std::string type;
    words texts;
    bool operator==(const met&) const = default;
};

/// Keeps what comes, by key; counts how often.
class keeping_sink final : public register_sink
{
public:
    runtime::task<void> restart() override
    {
        ++restarts;
        all.clear();
        co_return;
    }
    runtime::task<void> take(register_batch batch) override
    {
        largest = std::max(largest, batch.values.bytes());
        for (const auto& entry : batch.entries) {
            met one{entry.outcome, entry.type, {}};
            if (entry.value != register_batch::none) {
                std::size_t const count = batch.values.at(entry.value).size;
                if (batch.values.at(entry.value).kind == redis_kind::text)
                    one.texts.emplace_back(batch.values.text_of(entry.value));
                else
                    for (std::size_t i = 1; i <= count; ++i)
                        one.texts.emplace_back(batch.values.text_of(entry.value + i));
            }
            all.emplace(batch.key_of(entry), std::move(one));
        }
        co_return;
    }

    std::multimap<std::string, met> all;
    int restarts = 0;
    std::size_t largest = 0; ///< batch, in bytes
};

inline redis_options options_for(const fake_redis& server)
{
    redis_options options;
    options.port = server.port();
    options.database = 1;
    options.first_pause = std::chrono::milliseconds{1};
    options.give_up_after = std::chrono::milliseconds{0};
    return options;
}

inline register_totals read_all(const redis_options& options, keeping_sink& sink)
{
    register_totals totals;
    runtime::progress progress;
    auto const reading = [&](runtime::worker_pool&) -> task<void> {
        auto const loop = co_await asio::this_coro::executor;
        totals = co_await read_register(loop, options, sink, progress);
    };
    co_test(pool_body{reading});
    return totals;
}

/// What the reading fails with.
inline export_error failure_of(const redis_options& options)
{
    keeping_sink sink;
    try {
        read_all(options, sink);
    } catch (const export_error& error) {
        return error;
    }
    BOOST_FAIL("nothing was thrown");
    return {exit_status::unexpected, "", ""};
}

inline void fill(fake_redis& server)
{
    server.keys = {
        {"ada:users", {"hash", {"id", "c1", "username", "ada"}}},
        {"ada:server", {"string", {"co1.example.com"}}},
        {"a@b.c:email", {"string", {"ada"}}},
        {"ada:inactive:email", {"list", {"old@b.c", "older@b.c"}}},
        {"reservedwords:list", {"set", {"root", "admin"}}},
        {"42:insurance", {"string", {"ada"}}},
        {"dbversion", {"string", {"0.1.1"}}},
    };
    server.pages = {{"ada:users", "ada:server", "dbversion"},
                    {},
                    {"a@b.c:email", "ada:inactive:email"},
                    {"reservedwords:list", "42:insurance"}};
}

inline const std::multimap<std::string, met>& expected()
{
    static const std::multimap<std::string, met> all{
        {"ada:users", {register_outcome::found, "", {"id", "c1", "username", "ada"}}},
        {"ada:server", {register_outcome::found, "", {"co1.example.com"}}},
        {"a@b.c:email", {register_outcome::found, "", {"ada"}}},
        {"ada:inactive:email", {register_outcome::found, "", {"old@b.c", "older@b.c"}}},
        {"reservedwords:list", {register_outcome::found, "", {"root", "admin"}}},
        {"42:insurance", {register_outcome::found, "", {"ada"}}},
        {"dbversion", {register_outcome::excluded, "", {}}},
    };
    return all;
}

} // namespace pryv_export::test
