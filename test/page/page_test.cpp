#include "page_support.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

using namespace pryv_export;
using test::count_of;
using test::holds;
using test::page_of;

namespace {

page::report_data good_report()
{
    page::report_data report;
    report.result = page::verdict::complete;
    report.archive = "/backup/co1";
    report.source = "mongodump /dumps/co1";
    report.counts_endings = true;
    report.users = 3;
    report.totals = {{"events", 1'234'567, 1'234'000, 567, 0, 0, true}};
    report.months = {{"2020-11", 7}, {"2021-02", 5}};
    return report;
}

page::user_row user_with(std::uint64_t events, page::user_state state = page::user_state::complete)
{
    page::user_row user;
    user.id = fmt::format("u{}", events);
    user.events = events;
    user.bytes = events * 1000;
    user.state = state;
    return user;
}

} // namespace

BOOST_AUTO_TEST_SUITE(pages)

BOOST_AUTO_TEST_CASE(the_verdict_says_what_is_in_and_what_is_not)
{
    page::report_data report = good_report();
    std::string html = page_of(report);
    BOOST_TEST(holds(html, "<h1>Export complete</h1>"));
    BOOST_TEST(holds(html, "3 users with 1,234,567 events"));
    BOOST_TEST(!holds(html, "Not in it"));

    report.warnings = {"The collection 'webhooks' is missing."};
    BOOST_TEST(holds(page_of(report), "<h1>Export complete, with something to look at</h1>"));
    report.warnings.clear();
    report.findings = {
        {"attachment-missing", page::concern::problem, 2, "The event lists a file.", {"u1/e1"}}};
    html = page_of(report);
    BOOST_TEST(holds(html, "with something to look at"));
    BOOST_TEST(holds(html, "2 files that an event names"));

    report.result = page::verdict::partial;
    report.users_failed = 1;
    report.failed_users = {{"u9", "user u9: damaged"}};
    report.totals[0].failed = 4;
    html = page_of(report);
    BOOST_TEST(holds(html, "verdict bad"));
    BOOST_TEST(holds(html, "1 user whose export failed."));
    BOOST_TEST(holds(html, "4 records that could not be read."));
    BOOST_TEST(holds(html, "<li>user u9: damaged</li>"));
}

BOOST_AUTO_TEST_CASE(sections_without_data_are_left_out)
{
    std::string const html = page_of(page::report_data{});
    for (std::string_view const absent :
         {"What was counted", "Users by size", "Events over time", "Warnings", "Set aside", "What failed",
          "Cores", "Register", "<section id=\"users\"", "Left out on purpose"})
        BOOST_TEST(!holds(html, absent), absent);
    BOOST_TEST(holds(html, "What is in this archive"));
    BOOST_TEST(holds(html, "Next steps"));
}

BOOST_AUTO_TEST_CASE(ten_thousand_users_are_rows_and_bars_in_pieces)
{
    std::size_t longest = 0;
    std::string html;
    auto const users = [](const std::function<void(const page::user_row&)>& take) {
        for (std::uint64_t i = 0; i < 10'000; ++i) take(user_with(i));
        take(user_with(77, page::user_state::failed));
    };
    page::write_page(good_report(), users, [&](std::string_view text) {
        longest = std::max(longest, text.size());
        html += text;
    });
    BOOST_TEST(longest < 100'000U);
    auto const rows = test::rows_of(html);
    BOOST_REQUIRE_EQUAL(rows.size(), 10'001U);
    BOOST_TEST(rows[9'999].at(3).to_number<int>() == 9'999);
    BOOST_TEST(rows[10'000].at(9).to_number<int>() == 2);
    // Failed ones are not in the archive, and in no bar.
    BOOST_TEST(holds(html, "1,000 to 9,999</th>"));
    for (std::string_view const bar : {">1</td>", ">9</td>", ">90</td>", ">900</td>", ">9,000</td>"})
        BOOST_TEST(holds(html, bar), bar);
}

BOOST_AUTO_TEST_CASE(the_page_itself_is_small_and_the_same_each_time)
{
    BOOST_TEST(page_of({}).size() < 40'000U);
    BOOST_TEST(page_of(good_report(), {user_with(5)}) == page_of(good_report(), {user_with(5)}));
}

BOOST_AUTO_TEST_CASE(months_without_events_are_columns_too)
{
    page::report_data report = good_report();
    std::string html = page_of(report);
    BOOST_TEST(count_of(html, "<g class=\"column\">") == 4U);
    BOOST_TEST(holds(html, "<title>2020-12: 0</title>"));
    BOOST_TEST(holds(html, "Events by month, from 2020-11 to 2021-02; at most 7 in a month"));

    report.months = {{"1970-01", 3}, {"2021-02", 5}, {"2021-03", 6}};
    report.events_later = 2;
    html = page_of(report);
    BOOST_TEST(count_of(html, "<g class=\"column\">") == 52U);
    BOOST_TEST(holds(html, "<title>2021: 11</title>"));
    BOOST_TEST(holds(html, "2 events after 2099"));
}

BOOST_AUTO_TEST_CASE(odd_months_draw_nothing)
{
    page::report_data report = good_report();
    report.months = {{"x", 1}, {"2021", 1}, {"2021-13", 1}, {"99999-01", 1}, {"-1-01", 1}, {"2021-01x", 1}};
    BOOST_TEST(!holds(page_of(report), "Events over time"));
}

BOOST_AUTO_TEST_CASE(long_lists_are_cut_with_the_number_of_the_rest)
{
    page::report_data report = good_report();
    for (int i = 0; i < 60; ++i) report.index_only.push_back(fmt::format("only-{}", i));
    std::string const html = page_of(report);
    BOOST_TEST(count_of(html, "<li>only-") == 50U);
    BOOST_TEST(holds(html, "and 10 more, in report.json"));
}

BOOST_AUTO_TEST_CASE(next_steps_have_the_commands_of_each_archive)
{
    page::report_data report = good_report();
    report.largest_user_events = 1'000'000;
    BOOST_TEST(holds(page_of(report),
                     "NODE_OPTIONS=--max-old-space-size=6144 \\\n  node bin/backup.js --restore /backup/co1 "
                     "--verify-integrity 2&gt;&amp;1 | tee restore.log"));
    report.kind = page::report_kind::job;
    page::core_row one;
    one.name = "co1";
    one.has_archive = true;
    page::core_row failed;
    failed.name = "co2";
    report.cores = {one, failed};
    std::string const html = page_of(report);
    BOOST_TEST(holds(html, "--restore /backup/co1/co1 "));
    BOOST_TEST(!holds(html, "/backup/co1/co2"));
}

BOOST_AUTO_TEST_CASE(a_column_and_a_choice_of_cores_when_there_are_several)
{
    page::report_data report = good_report();
    BOOST_TEST(!holds(page_of(report, {user_with(1)}), "users-core\""));
    page::core_row core;
    core.name = "co1";
    report.cores = {core};
    std::string const html = page_of(report, {user_with(1)});
    BOOST_TEST(holds(html, "<select id=\"users-core\">"));
    BOOST_TEST(holds(html, "data-key=\"core\""));
}

BOOST_AUTO_TEST_CASE(users_of_earlier_archives_are_told_of)
{
    page::report_data report = good_report();
    BOOST_TEST(holds(page_of(report, {user_with(1)}), "<p>2 users in archives of an earlier run"));
    report.users = 1;
    BOOST_TEST(!holds(page_of(report, {user_with(1)}), "earlier run"));
}

BOOST_AUTO_TEST_CASE(names_of_pages_end_in_html)
{
    BOOST_TEST(page::is_page("/x/report.html"));
    BOOST_TEST(page::is_page("REPORT.HTML"));
    BOOST_TEST(!page::is_page("report.json"));
    BOOST_TEST(!page::is_page("html"));
}

BOOST_AUTO_TEST_SUITE_END()
