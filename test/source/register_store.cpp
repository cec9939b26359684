#include "pryv_export/source/register_store.hpp"

#include "register_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::test {

using namespace pryv_export::source;

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
