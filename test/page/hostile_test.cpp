#include "page/escape.hpp"
#include "page_support.hpp"

#include <boost/test/unit_test.hpp>

using namespace pryv_export;
using test::between;
using test::count_of;
using test::holds;
using test::page_of;

namespace {

constexpr std::string_view hostile =
    "</script><script>alert(1)</script><!-- <img src=x onerror=alert(1)> \"'&";

/// Every text of a report, hostile.
page::report_data hostile_report()
{
    std::string const text{hostile};
    page::report_data report;
    report.result = page::verdict::partial;
    for (std::string* const each :
         {&report.archive, &report.made_by, &report.source, &report.version, &report.started,
          &report.finished, &report.largest_user, &report.first_event, &report.last_event})
        *each = text;
    report.counts_endings = true;
    report.totals = {{.kind = text, .adds_up = false}};
    report.months = {{text, 1}, {"2021-01", 2}};
    for (auto const group :
         {page::concern::problem, page::concern::set_aside, page::concern::note, page::concern::change})
        report.findings.push_back({text, group, 9, text, {text}});
    report.failed_cores = report.failed_users = {{text, text}};
    for (auto* const each :
         {&report.damages, &report.changes, &report.left_out, &report.warnings, &report.not_in_index,
          &report.index_only, &report.strangers, &report.other_collections})
        *each = {text};
    page::core_row core;
    core.name = core.state = core.error = core.version = text;
    report.cores = {core};
    page::register_data found;
    found.source = text;
    found.keys = {{.kind = text}};
    found.rows = {{text, 1}};
    found.findings = {{text, page::concern::note, 1, text, {text}}};
    found.warnings = {text};
    report.from_register = found;
    return report;
}

} // namespace

BOOST_AUTO_TEST_SUITE(hostile_texts)

BOOST_AUTO_TEST_CASE(no_text_becomes_an_element)
{
    page::user_row user;
    user.id = user.name = user.core = user.error = hostile;
    for (auto const kind :
         {page::report_kind::archive, page::report_kind::job, page::report_kind::register_only}) {
        page::report_data report = hostile_report();
        report.kind = kind;
        std::string const html = page_of(report, {user});
        // The data and the page's own script.
        BOOST_TEST(count_of(html, "<script") == 2U);
        BOOST_TEST(count_of(html, "</script") == 2U);
        BOOST_TEST(!holds(html, "<!--"));
        BOOST_TEST(!holds(html, "<img"));
        BOOST_TEST(!holds(html, "alert(1)</script>"));
        BOOST_TEST(test::rows_of(html).at(0).at(0).as_string() == hostile);
        BOOST_TEST(test::rows_of(html).at(0).at(10).as_string() == hostile);
    }
}

BOOST_AUTO_TEST_CASE(json_strings_end_neither_script_nor_line)
{
    std::string out;
    page::append_json(out, "a\xe2\x80\xa8"
                           "b\xe2\x80\xa9\xe2\x80\xaa</\"\\&\n\xff");
    BOOST_TEST(out == "\"a\\u2028b\\u2029\xe2\x80\xaa\\u003c/\\\"\\\\\\u0026\\\\x0a\\\\xff\"");
    out.clear();
    page::append_json(out, "\xe2\x80");
    BOOST_TEST(out == "\"\\\\xe2\\\\x80\"");
}

BOOST_AUTO_TEST_CASE(only_the_two_texts_of_the_page_may_run_and_nothing_may_be_loaded)
{
    std::string const policy = between(page_of({}), "Content-Security-Policy\" content=\"", "\">");
    BOOST_TEST(holds(policy, "default-src 'none'; script-src 'sha256-"));
    BOOST_TEST(count_of(policy, "'sha256-") == 2U);
    BOOST_TEST(!holds(policy, "unsafe"));
    std::string const html = page_of({});
    for (std::string_view const loads : {"src=", "href=\"http", "url(", "@import", "style=\""})
        BOOST_TEST(!holds(html, loads), loads);
}

BOOST_AUTO_TEST_CASE(commands_take_odd_paths_as_one_word)
{
    page::report_data report;
    report.archive = "/backup/it's $(here)\n<b>";
    std::string const html = page_of(report);
    BOOST_TEST(holds(html, "--restore &#39;/backup/it&#39;\\&#39;&#39;s $(here)\n&lt;b&gt;&#39; --verify"));
}

BOOST_AUTO_TEST_SUITE_END()
