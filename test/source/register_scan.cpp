#include "register_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pryv_export::test {

using namespace pryv_export::source;

BOOST_AUTO_TEST_SUITE(register_scan)

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

BOOST_AUTO_TEST_CASE(a_reservation_is_told_by_its_fields)
{
    fake_redis server;
    server.keys = {
        {"email-reservations:a@b.c", {"hash", {"core", "co1", "time", "1"}}},
        {"ref-reservations:x:users", {"hash", {"time", "1", "core", "co1"}}},
        {"ref-reservations:y:invitation", {"hash", {"core", "co1", "time", "1"}}},
        {"my-reservations:users", {"hash", {"id", "c1"}}},
        {"my-reservations:server", {"string", {"co1"}}},
        {"my-reservations:phone", {"string", {"carol"}}},
        {"odd-reservations:z", {"hash", {"core", "co1"}}},
        {"odd-reservations:list", {"list", {"a"}}},
    };
    server.pages.emplace_back();
    for (auto const& [key, value] : server.keys) server.pages.front().push_back(key);
    server.pages.front().emplace_back("gone-reservations:v");
    server.start();
    keeping_sink sink;
    read_all(options_for(server), sink);
    std::multimap<std::string, met> const wanted{
        {"email-reservations:a@b.c", {register_outcome::excluded, "", {}}},
        {"ref-reservations:x:users", {register_outcome::excluded, "", {}}},
        {"ref-reservations:y:invitation", {register_outcome::excluded, "", {}}},
        {"my-reservations:users", {register_outcome::found, "", {"id", "c1"}}},
        {"my-reservations:server", {register_outcome::found, "", {"co1"}}},
        {"my-reservations:phone", {register_outcome::found, "", {"carol"}}},
        {"odd-reservations:z", {register_outcome::wrong_type, "hash", {"core", "co1"}}},
        {"odd-reservations:list", {register_outcome::wrong_type, "list", {"a"}}},
        {"gone-reservations:v", {register_outcome::vanished, "", {}}},
    };
    BOOST_TEST((sink.all == wanted));
}

BOOST_AUTO_TEST_CASE(pages_that_are_too_large_are_asked_for_again_with_fewer_keys)
{
    fake_redis server;
    fill(server);
    words counts;
    server.instead = [&](std::size_t, const words& command) -> std::optional<std::string> {
        if (command.front() != "SCAN") return std::nullopt;
        counts.push_back(command.at(1) + "/" + command.at(3));
        if (std::stoi(command.at(3)) < 100 || command.at(1) != "2") return std::nullopt;
        return "*2\r\n" + bulk("3") + bulks({std::string(17U << 20, 'x')});
    };
    server.start();
    keeping_sink sink;
    read_all(options_for(server), sink);
    server.stop();
    BOOST_TEST((sink.all == expected()));
    words const wanted{"0/4000", "1/4000", "2/4000", "2/500", "2/62", "3/124"};
    BOOST_TEST(counts == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(keys_that_are_too_large_by_tens_are_no_register)
{
    fake_redis server;
    server.instead = [&](std::size_t, const words& command) -> std::optional<std::string> {
        if (command.front() != "SCAN") return std::nullopt;
        return "*2\r\n" + bulk("0") + bulks({std::string(17U << 20, 'x')});
    };
    server.start();
    export_error const error = failure_of(options_for(server));
    BOOST_TEST((error.status() == exit_status::source_missing));
    BOOST_TEST(std::string{error.what()}.find("16 MiB") != std::string::npos);
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

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::test
