#include "pryv_export/source/register_store.hpp"

#include "pryv_export/base/error.hpp"

#include "redis_fake.hpp"
#include "runtime/co_test.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace pryv_export::source {
std::ostream& operator<<(std::ostream& out, register_outcome outcome)
{
    return out << static_cast<int>(outcome);
}
} // namespace pryv_export::source

namespace pryv_export::test {

using namespace pryv_export::source;

namespace {

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

redis_options options_for(const fake_redis& server)
{
    redis_options options;
    options.port = server.port();
    options.database = 1;
    options.first_pause = std::chrono::milliseconds{1};
    options.give_up_after = std::chrono::milliseconds{0};
    return options;
}

register_totals read_all(const redis_options& options, keeping_sink& sink)
{
    register_totals totals;
    runtime::progress progress;
    auto const body = [&](runtime::worker_pool&) -> task<void> {
        auto const loop = co_await asio::this_coro::executor;
        totals = co_await read_register(loop, options, sink, progress);
    };
    co_test(pool_body{body});
    return totals;
}

/// What the reading fails with.
export_error failure_of(const redis_options& options)
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

void fill(fake_redis& server)
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

const std::multimap<std::string, met>& expected()
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

} // namespace

BOOST_AUTO_TEST_SUITE(register_store)

BOOST_AUTO_TEST_CASE(reads_every_kind_of_key)
{
    fake_redis server;
    fill(server);
    server.start();
    keeping_sink sink;
    register_totals const totals = read_all(options_for(server), sink);
    BOOST_TEST((sink.all == expected()));
    BOOST_TEST(totals.keys_before == 7U);
    BOOST_TEST(totals.keys_after == 7U);
    BOOST_TEST(totals.attempts == 1U);
}

BOOST_AUTO_TEST_CASE(asks_for_the_next_page_together_with_the_values_of_this_one)
{
    fake_redis server;
    fill(server);
    std::vector<std::string> commands;
    server.instead = [&](std::size_t, const words& command) -> std::optional<std::string> {
        commands.push_back(command.front());
        return std::nullopt;
    };
    server.start();
    keeping_sink sink;
    read_all(options_for(server), sink);
    server.stop();
    std::vector<std::string> const wanted{"SELECT",  "INFO",     "DBSIZE", "SCAN",  "SCAN",
                                          "HGETALL", "GET",      "SCAN",   "SCAN",  "GET",
                                          "LRANGE",  "SMEMBERS", "GET",    "DBSIZE"};
    BOOST_TEST(commands == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(keys_that_vanish_or_have_another_type_stop_nothing)
{
    fake_redis server;
    fill(server);
    server.keys["x:users"] = {"string", {"no hash"}};
    server.keys["y:server"] = {"zset", {"a", "1"}};
    server.keys["z:email"] = {"stream", {}};
    server.keys["stray"] = {"list", {"what"}};
    server.pages.push_back({"x:users", "y:server", "z:email", "stray", "gone:users", "gone:server", "gone"});
    server.start();
    keeping_sink sink;
    read_all(options_for(server), sink);
    BOOST_TEST(
        (sink.all.find("x:users")->second == met{register_outcome::wrong_type, "string", {"no hash"}}));
    BOOST_TEST((sink.all.find("y:server")->second == met{register_outcome::wrong_type, "zset", {"a", "1"}}));
    BOOST_TEST((sink.all.find("z:email")->second == met{register_outcome::wrong_type, "stream", {}}));
    BOOST_TEST((sink.all.find("stray")->second == met{register_outcome::unknown, "list", {"what"}}));
    for (auto const* const gone : {"gone:users", "gone:server", "gone"})
        BOOST_TEST(sink.all.find(gone)->second.outcome == register_outcome::vanished);
    BOOST_TEST(sink.all.size() == expected().size() + 7);
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_cut_anywhere_changes_nothing)
{
    std::size_t whole = 0;
    for (std::size_t offset = 0; whole == 0 || offset < whole; ++offset) {
        fake_redis server;
        fill(server);
        bool const all = whole == 0;
        server.cut = [&](std::size_t connection) -> std::optional<std::size_t> {
            // The first is whole, so that the server counts as reached.
            if (all || connection > 0) return std::nullopt;
            return offset;
        };
        server.start();
        redis_options options = options_for(server);
        options.give_up_after = std::chrono::hours{1};
        keeping_sink sink;
        if (all) {
            read_all(options, sink);
            whole = server.bytes_sent();
            continue;
        }
        BOOST_TEST_CONTEXT("cut after " << offset << " of " << whole << " bytes")
        {
            try {
                register_totals const totals = read_all(options, sink);
                BOOST_TEST((sink.all == expected()));
                BOOST_TEST(totals.attempts == 2U);
                BOOST_TEST(sink.restarts == 2);
            } catch (const export_error& error) {
                // Only a server that never let us in is not waited for.
                BOOST_TEST((error.status() == exit_status::unreachable));
                BOOST_TEST(server.connections() == 1U);
                BOOST_TEST(offset < 50U);
            }
        }
    }
    BOOST_TEST(whole > 300U);
}

BOOST_AUTO_TEST_CASE(the_greatest_count_of_all_attempts_is_kept)
{
    fake_redis server;
    fill(server);
    server.cut = [](std::size_t connection) {
        return connection == 0 ? std::optional<std::size_t>{200} : std::nullopt;
    };
    server.instead = [](std::size_t connection, const words& command) -> std::optional<std::string> {
        if (command.front() == "DBSIZE") return connection == 0 ? ":1000\r\n" : ":7\r\n";
        return std::nullopt;
    };
    server.start();
    redis_options options = options_for(server);
    options.give_up_after = std::chrono::hours{1};
    keeping_sink sink;
    register_totals const totals = read_all(options, sink);
    BOOST_TEST(totals.attempts == 2U);
    BOOST_TEST(totals.keys_before == 7U);
    BOOST_TEST(totals.keys_most == 1000U);
    BOOST_TEST(totals.counted);
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_count_says_so)
{
    fake_redis server;
    fill(server);
    server.instead = [](std::size_t, const words& command) -> std::optional<std::string> {
        if (command.front() == "DBSIZE") return "-NOPERM no permissions to run the 'dbsize' command\r\n";
        return std::nullopt;
    };
    server.start();
    keeping_sink sink;
    BOOST_TEST(!read_all(options_for(server), sink).counted);
    BOOST_TEST((sink.all == expected()));
}

BOOST_AUTO_TEST_CASE(a_server_that_stays_away_is_given_up)
{
    fake_redis server;
    fill(server);
    server.cut = [](std::size_t) { return std::optional<std::size_t>{200}; };
    server.start();
    redis_options options = options_for(server);
    export_error const error = failure_of(options);
    BOOST_TEST((error.status() == exit_status::unreachable));
    BOOST_TEST(std::string{error.what()}.find("tried 1 times") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_server_that_is_loading_is_waited_for)
{
    fake_redis server;
    fill(server);
    server.instead = [](std::size_t connection, const words& command) -> std::optional<std::string> {
        if (connection < 3 && command.front() == "SELECT")
            return "-LOADING Redis is loading the dataset in memory\r\n";
        return std::nullopt;
    };
    server.start();
    redis_options options = options_for(server);
    options.give_up_after = std::chrono::hours{1};
    keeping_sink sink;
    BOOST_TEST(read_all(options, sink).attempts == 4U);
    BOOST_TEST((sink.all == expected()));
}

BOOST_AUTO_TEST_CASE(each_refusal_has_its_status_and_says_what_to_do)
{
    struct row
    {
        const char* command;
        const char* answer;
        exit_status status;
        const char* says;
    };
    const row rows[] = {
        {"SELECT", "-NOAUTH Authentication required.\r\n", exit_status::denied, "--redis-password-file"},
        {"AUTH", "-WRONGPASS invalid username-password pair\r\n", exit_status::denied,
         "--redis-password-file"},
        {"AUTH", "-ERR invalid password\r\n", exit_status::denied, "--redis-password-file"},
        {"AUTH", "-ERR AUTH <password> called without any password configured\r\n", exit_status::denied,
         "wants no password"},
        {"AUTH", "-ERR unknown command 'AUTH', with args beginning with: 'ex' 's3cret-wo'\r\n",
         exit_status::source_missing, "rename-command"},
        {"AUTH", "-ERR what is s3cret-word\r\n", exit_status::source_missing, "refused AUTH: ERR;"},
        {"SCAN", "-NOPERM this user has no permissions to run the 'scan' command\r\n", exit_status::denied,
         "+scan"},
        {"HGETALL", "-NOPERM no permissions to access a key\r\n", exit_status::denied, "refused HGETALL"},
        {"SELECT", "-LOADING Redis is loading\r\n", exit_status::unreachable, "loaded"},
        {"SCAN", "-MASTERDOWN Link with MASTER is down\r\n", exit_status::unreachable, "master"},
        {"GET", "-MOVED 3999 127.0.0.1:6381\r\n", exit_status::source_missing, "cluster"},
        {"INFO", "$17\r\ncluster_enabled:1\r\n", exit_status::source_missing, "cluster"},
        {"SCAN", "-ERR unknown command 'SCAN'\r\n", exit_status::source_missing, "rename-command"},
        {"SELECT", "-ERR DB index is out of range\r\n", exit_status::source_missing, "--redis-db"},
        {"SELECT", "-ERR something \x1b[31m new\r\n", exit_status::source_missing, "\\x1b[31m"},
        {"SELECT", "HTTP/1.1 400 Bad Request\r\n", exit_status::source_missing, "no Redis server"},
        {"SCAN", "*2\r\n$1\r\n0\r\n:1\r\n", exit_status::source_missing, "no Redis server"},
        {"SCAN", "*2\r\n*0\r\n*0\r\n", exit_status::source_missing, "no Redis server"},
        {"HGETALL", "*1\r\n$2\r\nid\r\n", exit_status::source_missing, "no Redis server"},
        {"GET", ":1\r\n", exit_status::source_missing, "no Redis server"},
        {"GET", "$-2\r\n", exit_status::source_missing, "no Redis server"},
        {"GET", "$999999999999\r\n", exit_status::source_missing, "no Redis server"},
        {"GET", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", exit_status::source_missing, "no Redis server"},
        {"GET", "*99999999999999999999\r\n", exit_status::source_missing, "no Redis server"},
        {"SCAN", "*2\r\n$1\r\n0\r\n*300000\r\n", exit_status::unreachable, "closed"},
    };
    for (const row& each : rows) {
        BOOST_TEST_CONTEXT(each.command << " is answered " << each.answer)
        {
            fake_redis server;
            fill(server);
            bool cut_then = std::string_view{each.says} == "closed";
            server.instead = [&](std::size_t, const words& command) -> std::optional<std::string> {
                if (command.front() != each.command) return std::nullopt;
                return each.answer;
            };
            // What announces more than it sends must not be waited for: the server goes away then.
            if (cut_then) server.cut = [](std::size_t) { return std::optional<std::size_t>{65}; };
            server.start();
            redis_options options = options_for(server);
            options.user = "ex";
            options.password = "s3cret-word";
            export_error const error = failure_of(options);
            std::string const line = error.what();
            BOOST_TEST((error.status() == each.status));
            BOOST_TEST(line.find(each.says) != line.npos, line);
            BOOST_TEST(line.find("s3cret") == line.npos);
            BOOST_TEST(line.find('\n') == line.npos);
            BOOST_TEST(line.starts_with("Redis 127.0.0.1:"));
            BOOST_TEST(server.connections() == 1U);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_value_that_is_too_large_is_passed_over)
{
    fake_redis server;
    fill(server);
    server.keys["big:server"] = {"string", {std::string(17U << 20, 'x')}};
    words fields;
    for (int i = 0; i < 140'000; ++i) {
        fields.push_back("f" + std::to_string(i));
        fields.emplace_back("v");
    }
    server.keys["wide:users"] = {"hash", fields};
    server.pages.insert(server.pages.begin(), {"big:server", "wide:users"});
    server.start();
    keeping_sink sink;
    read_all(options_for(server), sink);
    BOOST_TEST((sink.all.find("big:server")->second == met{register_outcome::too_large, "", {}}));
    BOOST_TEST((sink.all.find("wide:users")->second == met{register_outcome::too_large, "", {}}));
    BOOST_TEST(sink.all.size() == expected().size() + 2);
}

BOOST_AUTO_TEST_CASE(batches_stay_small_whatever_the_keys_are)
{
    fake_redis server;
    std::size_t expected_keys = 0;
    for (auto const* const suffix : {":access", ":server", ":list"}) {
        for (int page = 0; page < 60; ++page) {
            words names;
            for (int i = 0; i < 1000; ++i)
                names.push_back("a-key-that-is-long-enough-" + std::to_string(page * 1000 + i) + suffix);
            expected_keys += names.size();
            server.pages.push_back(std::move(names));
        }
    }
    server.start();
    keeping_sink sink;
    read_all(options_for(server), sink);
    BOOST_TEST(sink.all.size() == expected_keys);
    BOOST_TEST(sink.largest < 3U << 19);
}

BOOST_AUTO_TEST_CASE(nobody_there_is_said_at_once)
{
    redis_options options;
    {
        fake_redis const gone;
        options.port = gone.port();
    }
    options.give_up_after = std::chrono::hours{1};
    export_error const refused = failure_of(options);
    BOOST_TEST((refused.status() == exit_status::unreachable));
    BOOST_TEST(std::string{refused.what()}.find("connection refused") != std::string::npos);

    options.host = "nobody.invalid";
    export_error const unknown = failure_of(options);
    BOOST_TEST((unknown.status() == exit_status::unreachable));
    BOOST_TEST(std::string{unknown.what()}.find("check --redis-host") != std::string::npos);

    options.socket = "/nowhere/redis.sock";
    export_error const absent = failure_of(options);
    BOOST_TEST((absent.status() == exit_status::unreachable));
    BOOST_TEST(std::string{absent.what()}.find("--redis-socket") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_silent_server_is_not_waited_for_for_ever)
{
    fake_redis server;
    server.instead = [](std::size_t, const words&) { return std::optional<std::string>{""}; };
    server.start();
    redis_options options = options_for(server);
    options.answer_timeout = std::chrono::milliseconds{20};
    export_error const error = failure_of(options);
    BOOST_TEST((error.status() == exit_status::unreachable));
    BOOST_TEST(std::string{error.what()}.find("timed out") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(cancelled_at_any_step_it_ends)
{
    runtime::progress progress;
    std::vector<std::unique_ptr<fake_redis>> servers;
    std::vector<std::unique_ptr<keeping_sink>> sinks;
    auto const body = [&](runtime::worker_pool&) -> task<void> {
        auto& server = *servers.emplace_back(std::make_unique<fake_redis>());
        auto& sink = *sinks.emplace_back(std::make_unique<keeping_sink>());
        fill(server);
        server.start();
        return [](redis_options options, keeping_sink& to, runtime::progress& shown) -> task<void> {
            auto const loop = co_await asio::this_coro::executor;
            co_await read_register(loop, options, to, shown);
        }(options_for(server), sink, progress);
    };
    std::size_t const steps = cancel_at_every_step(pool_body{body});
    BOOST_TEST(steps > 5U);
}

BOOST_AUTO_TEST_CASE(dropped_at_any_step_it_leaves_nothing)
{
    runtime::progress progress;
    fake_redis server;
    fill(server);
    server.start();
    keeping_sink sink;
    auto const body = [&](runtime::worker_pool&) -> task<void> {
        return [](redis_options options, keeping_sink& to, runtime::progress& shown) -> task<void> {
            auto const loop = co_await asio::this_coro::executor;
            co_await read_register(loop, options, to, shown);
        }(options_for(server), sink, progress);
    };
    std::size_t const steps = drop_at_every_step(pool_body{body});
    BOOST_TEST(steps > 5U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::test
