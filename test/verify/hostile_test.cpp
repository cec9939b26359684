#include "archive_builder.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

namespace {

using namespace pryv_export::verify;
using namespace verify_test;
using style = archive_builder::style;

const std::string profile = std::string{archive_builder::user} + "profile";

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr long most_kib = 4L << 20; // sanitizers keep what is freed
#else
constexpr long most_kib = 300L << 10;
#endif

long peak_kib()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/// A gzip file of `begin`, then `times` pieces, then `end`; costs the memory of one piece.
std::string members(const std::string& begin, const std::string& piece, int times, const std::string& end)
{
    std::string out = gzip(begin);
    std::string const packed = gzip(piece);
    for (int i = 0; i < times; ++i) out += packed;
    return out + gzip(end);
}

verify_report with_profile(std::string bytes)
{
    archive_builder builder{style::v2_backup};
    builder.stats_extra = "\"events\":3";
    builder.raw(profile, std::move(bytes));
    return builder.check();
}

} // namespace

BOOST_AUTO_TEST_SUITE(hostile)

BOOST_AUTO_TEST_CASE(a_line_of_600_mb_is_skipped)
{
    auto const report = with_profile(members("{\"id\":\"private\",\"data\":{\"x\":\"",
                                             std::string(1U << 20, 'a'), 600, "\"}}\n{\"id\":5}\n"));
    BOOST_TEST(report.found.count(rule::text_too_large) == 1U);
    BOOST_TEST(peak_kib() < most_kib);
}

BOOST_AUTO_TEST_CASE(a_line_of_300_mb_is_skipped_and_the_next_is_read)
{
    auto const report = with_profile(members("{\"id\":\"private\",\"data\":{\"x\":\"",
                                             std::string(1U << 20, 'a'), 300, "\"}}\n{\"data\":{}}\n"));
    BOOST_TEST(report.found.count(rule::line_too_long) == 1U);
    BOOST_TEST(report.found.count(rule::id_missing) == 1U);
    BOOST_TEST(report.found.examples(rule::id_missing, severity::error)[0].line == 2U);
    BOOST_TEST(peak_kib() < most_kib);
}

BOOST_AUTO_TEST_CASE(a_bomb_is_not_read_to_its_end)
{
    std::string bomb = members("", std::string(1U << 20, 'a'), 3000, "\n");
    BOOST_TEST(bomb.size() < (4U << 20));
    auto const report = with_profile(std::move(bomb));
    BOOST_TEST(report.found.count(rule::text_too_large) == 1U);
    BOOST_TEST(peak_kib() < most_kib);
}

BOOST_AUTO_TEST_CASE(ten_million_empty_lines_are_one_finding)
{
    auto const report =
        with_profile(members("", std::string(1'000'000, '\n'), 10, "{\"id\":\"private\",\"data\":{}}\n"));
    BOOST_REQUIRE(report.found.count(rule::line_blank) == 1U);
    BOOST_TEST(report.found.examples(rule::line_blank, severity::warning)[0].text == "10000000 blank lines");
    BOOST_TEST(report.sound());
}

BOOST_AUTO_TEST_CASE(a_line_of_many_values_is_given_up)
{
    std::string numbers;
    for (int i = 0; i < 500'000; ++i) numbers += "1,";
    auto const report =
        with_profile(members("{\"id\":\"private\",\"data\":{\"x\":[", numbers, 26, "1]}}\n{\"data\":{}}\n"));
    BOOST_TEST(report.found.count(rule::json_too_many) == 1U);
    BOOST_TEST(report.found.count(rule::id_missing) == 1U);
    BOOST_TEST(peak_kib() < most_kib);
}

BOOST_AUTO_TEST_CASE(nesting_of_100000_levels_costs_no_stack)
{
    for (std::string const open : {"[", "{\"a\":"}) {
        std::string deep;
        for (int i = 0; i < 100'000; ++i) deep += open;
        auto const report = with_profile(gzip("{\"id\":\"private\",\"data\":" + deep + "\n"));
        BOOST_TEST(report.found.count(rule::json_too_deep) == 1U);
    }
}

BOOST_AUTO_TEST_CASE(a_broken_file_of_each_length_is_found)
{
    std::string const whole = gzip("{\"id\":\"private\",\"data\":{\"x\":[1,2,3,true,null,\"\\u00e9\"]}}\n");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        auto const report = with_profile(whole.substr(0, size));
        BOOST_TEST(!report.sound(), size);
    }
}

BOOST_AUTO_TEST_CASE(findings_do_not_depend_on_the_number_of_threads)
{
    auto const text = [](std::size_t jobs) {
        archive_builder builder{style::node_tool};
        for (int i = 0; i < 40; ++i) {
            std::string const chunk = "events/events-" + std::to_string(1000 + i);
            for (int k = 0; k < 30; ++k)
                builder.user_lines(chunk).push_back("{\"id\":\"e" + std::to_string(k % 20) + "\",\"bad\":1}");
        }
        auto report = builder.check({}, jobs);
        report.archive = "x";
        return summary_json(report);
    };
    std::string const one = text(1);
    BOOST_TEST(one == text(4));
    BOOST_TEST(one.find("\"rule\": \"id-repeated\"") != one.npos);
}

BOOST_AUTO_TEST_CASE(of_a_large_user_files_are_checked_side_by_side)
{
    archive_builder builder{style::node_tool};
    std::string noise;
    std::uint32_t state = 1;
    for (int i = 0; i < 6'000'000; ++i) {
        state = state * 1664525 + 1013904223;
        noise += static_cast<char>('0' + (state >> 24) % 75);
        if (noise.back() == '\\') noise.back() = 'x';
    }
    for (char const chunk : {'2', '3', '4'})
        builder.user_lines(std::string{"events/events-000"} + chunk) = {
            "{\"id\":\"big" + std::string{chunk} + "\",\"headId\":\"x\",\"content\":\"" + noise + "\"}",
            "{\"id\":\"same\",\"headId\":\"x\"}"};
    auto const report = builder.check({}, 4);
    BOOST_TEST(report.found.count(rule::id_repeated) == 2U);
    BOOST_TEST(report.found.count(severity::error) == 2U, summary_text(report, false));
    BOOST_TEST(report.found.examples(rule::id_repeated, severity::error)[0].file ==
               "users/cuser0001/events/events-0003.jsonl.gz");
}

BOOST_AUTO_TEST_SUITE_END()
