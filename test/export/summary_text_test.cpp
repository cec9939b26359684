#include "report_builder.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <sstream>

namespace pryv_export::test {

using namespace exporting;
using convert::rule;

namespace {

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

std::size_t columns_of(std::string_view text)
{
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string without_colour(std::string text)
{
    for (std::size_t at = 0; (at = text.find('\x1b', at)) != text.npos;)
        text.erase(at, text.find('m', at) - at + 1);
    return text;
}

bool has_line(const std::string& text, const std::string& wanted)
{
    auto const lines = lines_of(text);
    return std::find(lines.begin(), lines.end(), wanted) != lines.end();
}

} // namespace

BOOST_AUTO_TEST_SUITE(summary)

BOOST_AUTO_TEST_CASE(a_good_run)
{
    std::string const text = summary_text(good_run(), false);
    if (std::getenv("SHOW") != nullptr) std::cout << text;
    BOOST_TEST(text.starts_with("Archive complete: nothing failed, nothing is missing.\n  /backup/co1\n"));
    BOOST_TEST(has_line(text, "  Source   mongodump /dumps/co1, v1 1.9.3, 3.00 GiB of documents"));
    BOOST_TEST(has_line(text, "  Time     12.3 s, 250 MiB/s"));
    BOOST_TEST(has_line(text, "  Users    10,000 written"));
    BOOST_TEST(
        has_line(text, "  events               6,311,204      6,000,000      310,000      1,204        -"));
    BOOST_TEST(
        has_line(text, "  webhooks                     -              -            -          -        -"));
    BOOST_TEST(has_line(text, "  80,000 of the events became account fields."));
    BOOST_TEST(has_line(text, "       node bin/backup.js --restore /backup/co1 --verify-integrity"));
    BOOST_TEST(text.find("Look at") == text.npos);
    BOOST_TEST(text.find("not in the archive") == text.npos);
}

BOOST_AUTO_TEST_CASE(a_bad_run)
{
    std::string const text = summary_text(bad_run(), false);
    if (std::getenv("SHOW") != nullptr) std::cout << summary_text(bad_run(), true);
    BOOST_TEST(text.starts_with("Archive finished, but not complete"));
    BOOST_TEST(has_line(text, "  Users    9,998 written, 2 failed"));
    BOOST_TEST(has_line(text, "Users that are not in the archive"));
    BOOST_TEST(has_line(text, "Look at these"));
    BOOST_TEST(has_line(text, "             · cuser1/e1: content"));
    BOOST_TEST(text.find("--overwrite") != text.npos);
    // The worst comes first.
    BOOST_TEST(text.find("integrity-broken") < text.find("integrity-added"));
    BOOST_TEST(text.find("attachment-missing") < text.find("account-history"));
}

BOOST_AUTO_TEST_CASE(fits_80_columns)
{
    run_report run = bad_run();
    for (std::size_t i = 0; i < convert::rule_count; ++i) {
        for (int n = 0; n < 20; ++n)
            run.notes.add(static_cast<rule>(i), "cuserid/" + std::string(100, 'i'), "détail ünïcode détail");
    }
    for (const std::string& line : lines_of(without_colour(summary_text(run, true)))) {
        BOOST_TEST_CONTEXT(line)
        {
            BOOST_TEST(columns_of(line) <= 80U);
        }
    }
}

BOOST_AUTO_TEST_CASE(colour_changes_nothing_but_colour)
{
    run_report run = good_run();
    BOOST_TEST(summary_text(run, false).find('\x1b') == std::string::npos);
    BOOST_TEST(without_colour(summary_text(run, true)) == summary_text(run, false));
}

BOOST_AUTO_TEST_CASE(hostile_names_do_nothing_to_the_terminal)
{
    BOOST_TEST(summary_text(bad_run(), false).find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(every_rule_is_in_exactly_one_group)
{
    for (std::size_t i = 0; i < convert::rule_count; ++i) {
        run_report run = good_run();
        auto const which = static_cast<rule>(i);
        run.notes.add(which, "u/e");
        std::size_t shown = 0;
        for (const std::string& line : lines_of(summary_text(run, false))) {
            shown += line == "          1  " + std::string{name_of(which)} ? 1 : 0;
        }
        BOOST_TEST_CONTEXT(name_of(which))
        {
            BOOST_TEST(shown == 1U);
        }
    }
}

BOOST_AUTO_TEST_CASE(long_lists_end_with_how_many_more)
{
    run_report run = good_run();
    for (int i = 0; i < 1234; ++i) run.failed_users.emplace_back("u" + std::to_string(i), "why");
    BOOST_TEST(has_line(summary_text(run, false), "  … and 1,224 more, in report.json"));
}

BOOST_AUTO_TEST_CASE(the_command_can_be_pasted)
{
    run_report run = good_run();
    run.output = "/backup/it's here";
    BOOST_TEST(has_line(summary_text(run, false),
                        "       node bin/backup.js --restore '/backup/it'\\''s here' --verify-integrity"));
}

BOOST_AUTO_TEST_CASE(unaccounted_records_are_said)
{
    run_report run = good_run();
    ++run.totals[0].source;
    BOOST_TEST(
        has_line(summary_text(run, false), "  streams: the counts do not add up, some are unaccounted for"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::test
