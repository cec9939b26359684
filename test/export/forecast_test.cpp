#include "pryv_export/base/text_page.hpp"
#include "pryv_export/export/dry_run.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace pryv_export;
using namespace pryv_export::exporting;

namespace {

forecast example()
{
    forecast expected;
    expected.source = "mongodump /dumps/co1";
    expected.output = "/backup/co1";
    user_forecast user;
    user.user_id = "cuser0001";
    user.username = std::string(90, 'n') + "\x1b[2J";
    user.records[static_cast<std::size_t>(convert::kind::events)] = 300'000;
    user.archive_bytes[at(part::events)] = 5'000'000;
    user.heap_megabytes = 4096;
    expected.users.push_back(user);
    expected.archive_bytes[at(part::events)] = 5'000'000;
    expected.large_users = 1;
    return expected;
}

} // namespace

BOOST_AUTO_TEST_SUITE(forecast_suite)

BOOST_AUTO_TEST_CASE(the_verdict_comes_first_and_lines_fit)
{
    forecast expected = example();
    BOOST_TEST(summary_text(expected, false).starts_with("Ready, as far as 0 of 1 users tell"));
    for (int i = 0; i < 20; ++i)
        expected.problems.push_back(
            "user u: /a/file\x1b: is damaged; restore it from a backup of the day before");
    std::string const text = summary_text(expected, false);
    BOOST_TEST(text.starts_with("Not ready: "));
    BOOST_TEST(text.find("… and 10 more") != text.npos);
    BOOST_TEST(text.find("--max-old-space-size=4096") != text.npos);
    BOOST_TEST(text.find('\x1b') == text.npos, "what comes from the source is printable");
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) BOOST_TEST(columns_of(line) <= 80U, line);
}

BOOST_AUTO_TEST_CASE(estimates_are_called_so)
{
    forecast expected = example();
    BOOST_TEST(summary_text(expected, false).find("--scan") != std::string::npos);
    expected.scanned = true;
    BOOST_TEST(summary_text(expected, false).starts_with("Ready: "));
    BOOST_TEST(summary_text(expected, false).find("--scan") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(all_is_in_the_json)
{
    forecast expected = example();
    expected.problems.push_back("no room");
    std::string text;
    write_json(expected, [&](std::string_view piece) { text += piece; });
    auto const out = boost::json::parse(text).as_object();
    BOOST_TEST(out.at("result").as_string() == "problems");
    BOOST_TEST(out.at("problems").as_array().size() == 1U);
    auto const& user = out.at("users").as_array().at(0).as_object();
    BOOST_TEST(user.at("records").as_object().at("events").to_number<int>() == 300'000);
    BOOST_TEST(user.at("restoreHeapMegabytes").to_number<int>() == 4096);
    BOOST_TEST(text.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(files_of_a_user_have_parts)
{
    BOOST_TEST((part_of("events/events-0001.jsonl.gz") == part::events));
    BOOST_TEST((part_of("streams.jsonl") == part::streams));
    BOOST_TEST((part_of("extra/events.jsonl.gz") == part::extra));
    BOOST_TEST((part_of("attachments/abc") == part::attachments));
    BOOST_TEST((part_of("user-manifest.json") == part::manifest));
}

BOOST_AUTO_TEST_SUITE_END()
