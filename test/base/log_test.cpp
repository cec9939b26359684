#include "pryv_export/base/log.hpp"

#include <boost/test/unit_test.hpp>

#include <regex>
#include <thread>
#include <vector>

namespace pryv_export::test {

namespace {

class lines
{
public:
    std::function<void(std::string_view)> sink()
    {
        return [this](std::string_view text) { all.emplace_back(text); };
    }
    std::vector<std::string> all;
};

/// A JSON line without its time.
std::string timeless(const std::string& line)
{
    static std::regex const time{R"("time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",)"};
    return std::regex_replace(line, time, "");
}

} // namespace

BOOST_AUTO_TEST_SUITE(log)

BOOST_AUTO_TEST_CASE(text_lines)
{
    lines out;
    logger log{log_format::text, log_level::info, false, out.sink()};
    log.say(log_level::error, "error", "disk: full");
    log.say(log_level::warning, "odd", "hm");
    log.say(log_level::info, "phase", "exporting", {{"users", std::uint64_t{3}}});
    log.say(log_level::debug, "detail", "not wanted");
    BOOST_TEST(out.all == (std::vector<std::string>{"pryv-export: disk: full\n", "pryv-export: warning: hm\n",
                                                    "pryv-export: exporting\n"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(json_lines)
{
    lines out;
    logger log{log_format::json, log_level::debug, true, out.sink()};
    log.say(log_level::error, "error", "a \"b\" \\ \x1b[31m\n");
    log.say(log_level::debug, "fields", "m",
            {{"text", std::string_view{"t\""}},
             {"count", std::uint64_t{18446744073709551615U}},
             {"ratio", 0.5},
             {"flag", true}});
    log.pass_on(log_level::info, "{\"event\":\"progress\",\"x\":1}\n");
    BOOST_TEST(timeless(out.all.at(0)) == R"({"schema":1,"seq":1,"level":"error","event":"error",)"
                                          R"("message":"a \"b\" \\ \\x1b[31m\\x0a"})"
                                          "\n");
    BOOST_TEST(timeless(out.all.at(1)) ==
               R"({"schema":1,"seq":2,"level":"debug","event":"fields","message":"m",)"
               R"("text":"t\"","count":18446744073709551615,"ratio":0.500,"flag":true})"
               "\n");
    BOOST_TEST(timeless(out.all.at(2)) == R"({"schema":1,"seq":3,"level":"info","event":"progress","x":1})"
                                          "\n");
}

BOOST_AUTO_TEST_CASE(text_passes_objects_on_unchanged)
{
    lines out;
    logger log{log_format::text, log_level::info, false, out.sink()};
    log.pass_on(log_level::info, "{\"event\":\"progress\"}\n");
    BOOST_TEST(out.all.at(0) == "{\"event\":\"progress\"}\n");
}

BOOST_AUTO_TEST_CASE(colour_only_when_wanted_and_only_ours)
{
    lines out;
    logger log{log_format::text, log_level::info, true, out.sink()};
    log.say(log_level::error, "error", "evil \x1b[2J");
    BOOST_TEST(out.all.at(0) == "pryv-export: \x1b[31mevil \\x1b[2J\x1b[0m\n");
}

BOOST_AUTO_TEST_CASE(lines_of_many_threads_are_numbered_without_a_gap)
{
    lines out;
    logger log{log_format::json, log_level::info, false, out.sink()};
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&log] {
            for (int n = 0; n < 100; ++n) log.say(log_level::info, "x", "y");
        });
    }
    threads.clear();
    BOOST_TEST(out.all.size() == 400U);
    for (std::size_t i = 0; i < out.all.size(); ++i) {
        BOOST_TEST(out.all[i].starts_with("{\"schema\":1,\"seq\":" + std::to_string(i + 1) + ","));
    }
}

BOOST_AUTO_TEST_CASE(times_are_utc)
{
    BOOST_TEST(iso_time(0) == "1970-01-01T00:00:00.000Z");
    BOOST_TEST(iso_time(1'795'235'100'123) == "2026-11-21T04:25:00.123Z");
    BOOST_TEST(iso_time(-1) == "1969-12-31T23:59:59.999Z");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::test
