#include "report_builder.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>

namespace pryv_export::test {

using namespace exporting;
using convert::kind;
using convert::rule;

namespace json = boost::json;

namespace {

user_report written_user()
{
    user_report user;
    user.user_id = "cuser1";
    user.username = "anna";
    user.name_from = "index";
    user.of(kind::events) = {10, 7, 2, 1, 0, 3};
    user.archive_bytes = 100;
    user.attachment_bytes = 50;
    user.notes.add(rule::integrity_added, "e1");
    return user;
}

json::object entry_of(const user_report& user)
{
    std::string text;
    append_entry(text, user);
    return json::parse(text).as_object();
}

} // namespace

BOOST_AUTO_TEST_SUITE(report)

BOOST_AUTO_TEST_CASE(complete_only_when_nothing_is_missing)
{
    BOOST_TEST(good_run().complete());
    struct row
    {
        const char* name;
        std::function<void(run_report&)> spoil;
        bool complete;
    };
    auto note = [](rule which) { return [which](run_report& run) { run.notes.add(which, "x"); }; };
    for (const row& each : std::vector<row>{
             {"a failed user", [](run_report& run) { run.failed_users.emplace_back("u", "why"); }, false},
             {"a damaged place",
              [](run_report& run) {
                  run.damages.push_back({"f", 1, 2, "c"});
              },
              false},
             {"a failed record", [](run_report& run) { ++run.totals[0].source, ++run.totals[0].failed; },
              false},
             {"a record that nobody counted", [](run_report& run) { ++run.totals[5].source; }, false},
             {"a record written twice", [](run_report& run) { ++run.totals[5].written; }, false},
             {"unreadable", note(rule::unreadable), false},
             {"a file that is not there", note(rule::attachment_missing), false},
             {"a record of nobody", note(rule::unowned), false},
             {"a record of who knows whom", note(rule::unattributable), false},
             {"a set-aside record", note(rule::account_history), true},
             {"a changed record", note(rule::integrity_broken), true},
             {"an orphan file, kept", note(rule::attachment_orphan), true},
             {"a warning", [](run_report& run) { run.warnings.emplace_back("w"); }, true},
         }) {
        run_report run = good_run();
        each.spoil(run);
        BOOST_TEST_CONTEXT(each.name)
        {
            BOOST_TEST(run.complete() == each.complete);
        }
    }
}

BOOST_AUTO_TEST_CASE(adds_users_who_were_written)
{
    run_report run;
    run.add(written_user());
    run.add(written_user());
    user_report failed = written_user();
    failed.failure = "it broke";
    run.add(failed);
    BOOST_TEST(run.users_written == 2U);
    BOOST_TEST(run.totals[static_cast<std::size_t>(kind::events)].source == 20U);
    BOOST_TEST(run.totals[static_cast<std::size_t>(kind::events)].account_fields == 6U);
    BOOST_TEST(run.archive_bytes == 200U);
    BOOST_TEST(run.attachment_bytes == 100U);
}

BOOST_AUTO_TEST_CASE(a_user_as_json)
{
    json::object const user = entry_of(written_user());
    BOOST_TEST(json::serialize(user).starts_with(
        R"({"userId":"cuser1","username":"anna","nameFrom":"index","result":"written","counts":{"streams":)"));
    BOOST_TEST(json::serialize(user.at("counts").at("events")) ==
               R"({"source":10,"written":7,"changed":2,"setAside":1,"failed":0,"accountFields":3})");
    BOOST_TEST(json::serialize(user.at("findings")) ==
               R"([{"rule":"integrity-added","count":1,"examples":[{"id":"e1"}]}])");
    user_report failed = written_user();
    failed.failure = "it broke";
    BOOST_TEST(entry_of(failed).at("result") == "failed");
    BOOST_TEST(entry_of(failed).at("error") == "it broke");
}

BOOST_AUTO_TEST_CASE(a_run_as_json)
{
    json::object const run = to_json(bad_run());
    BOOST_TEST(run.at("result") == "partial");
    BOOST_TEST(run.at("tool") == "pryv-export 0.1.0");
    BOOST_TEST(run.at("started") == "2026-11-21T04:25:00.123Z");
    BOOST_TEST(run.at("usersWritten") == 9998U);
    BOOST_TEST(run.at("usersFailed").as_array().size() == 2U);
    BOOST_TEST(run.at("damages").at(0).at("offset") == 123456789U);
    BOOST_TEST(run.at("counts").as_object().size() == convert::kind_count);
    BOOST_TEST(!run.contains("users"));
    BOOST_TEST(run.at("findings").at(0).at("meaning").as_string().size() > 10U);
}

BOOST_AUTO_TEST_CASE(json_never_depends_on_the_output_folder_and_is_always_valid)
{
    run_report run = bad_run();
    std::string const text = json::serialize(to_json(run));
    run.output = "/elsewhere";
    BOOST_TEST(json::serialize(to_json(run)) == text);
    run.failed_users.emplace_back("\xff\xfe", std::string_view{"a\0b", 3});
    BOOST_TEST(json::serialize(json::parse(json::serialize(to_json(run)))).find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(counts_that_do_not_add_up_are_marked)
{
    run_report run = good_run();
    ++run.totals[0].source;
    BOOST_TEST(to_json(run).at("counts").at("streams").at("addsUp") == false);
    BOOST_TEST(!to_json(good_run()).at("counts").at("streams").as_object().contains("addsUp"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::test
