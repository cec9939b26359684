#include "pryv_export/base/error.hpp"
#include "pryv_export/page/read_report.hpp"

#include <boost/test/unit_test.hpp>

using namespace pryv_export;

namespace {

constexpr std::string_view archive = R"({
  "reportVersion": 1, "tool": "pryv-export 0.1.0", "result": "partial", "source": "MongoDB 10.0.0.5:27017", "coreVersion": "1.9.3",
  "started": "2026-11-21T04:25:00.123Z", "seconds": 2.5, "sourceBytes": 1000, "archiveBytes": 10, "attachmentBytes": 20,
  "archiveFiles": 3, "usersWritten": 2, "usersFailed": [{"userId": "u9", "error": "user u9: gone"}],
  "largestUser": {"userId": "u1", "events": 9},
  "counts": {"events": {"source": 9, "written": 5, "changed": 2, "setAside": 1, "failed": 1, "accountFields": 3},
             "audit": {"source": 2, "written": 1, "changed": 0, "setAside": 0, "failed": 0, "addsUp": false}},
  "findings": [{"rule": "unowned", "count": 7, "concern": "problem", "meaning": "Nobody's.", "examples": [{"id": "e1", "detail": "events"}]},
               {"rule": "date", "count": 1, "concern": "change", "meaning": "A date.", "examples": [{"id": "e2"}]}],
  "damages": [{"thing": "events.bson", "offset": 1234567, "bytes": 4096, "cause": "cut"}],
  "changedMeanwhile": [{"userId": "u1", "collection": "events", "before": 1, "after": 2, "exported": 1}],
  "leftOut": [{"userId": "u2", "username": "bob", "keptCore": "co2", "documents": 5}],
  "warnings": ["w"], "notInIndex": ["n"], "indexOnly": ["i"], "strangers": ["s"], "otherCollections": ["o"], "userCoreRows": true,
  "firstEvent": "2020-01-01T00:00:00.000Z", "lastEvent": "2021-01-01T00:00:00.000Z",
  "eventsByMonth": {"earlier": 1, "2020-01": 2, "later": 3, "undated": 4}
})";

} // namespace

BOOST_AUTO_TEST_SUITE(reading_reports)

BOOST_AUTO_TEST_CASE(everything_of_an_archive_is_taken)
{
    page::report_data const report = page::read_report(archive);
    BOOST_TEST((report.kind == page::report_kind::archive));
    BOOST_TEST((report.result == page::verdict::partial));
    BOOST_TEST(report.source == "MongoDB 10.0.0.5:27017");
    BOOST_TEST(report.seconds == 2.5);
    BOOST_TEST(report.users_failed == 1U);
    BOOST_TEST(report.failed_users.at(0).text == "user u9: gone");
    BOOST_TEST(report.largest_user_events == 9U);
    BOOST_TEST(report.account_fields == 3U);
    BOOST_TEST(report.has_user_core);
    BOOST_TEST(report.totals.at(0).set_aside == 1U);
    BOOST_TEST(!report.totals.at(1).adds_up);
    BOOST_TEST((report.findings.at(0).group == page::concern::problem));
    BOOST_TEST(report.findings.at(0).examples.at(0) == "e1: events");
    BOOST_TEST((report.findings.at(1).group == page::concern::change));
    BOOST_TEST(report.damages.at(0) == "events.bson, 4.00 KiB at byte 1,234,567: cut");
    BOOST_TEST(report.changes.at(0) == "User u1, events: 1 before the export, 2 after it, 1 exported.");
    BOOST_TEST(report.left_out.at(0).starts_with("bob (u2): belongs to core co2; 5 documents"));
    BOOST_TEST(report.months.size() == 1U);
    BOOST_TEST(report.events_earlier + report.events_later * 10 + report.events_undated * 100 == 431U);
}

BOOST_AUTO_TEST_CASE(what_is_absent_or_of_another_type_is_left_out)
{
    page::report_data const report = page::read_report(
        R"({"result": 5, "usersWritten": -3, "counts": [], "findings": {"a": 1}, "warnings": [1, null, "w"], "usersFailed": [7],
            "eventsByMonth": "x", "cores": [[]], "seconds": "1", "largestUser": null, "archiveBytes": 1e300})");
    BOOST_TEST((report.result == page::verdict::unknown));
    BOOST_TEST(report.users == 0U);
    BOOST_TEST(report.archive_bytes == 0U);
    BOOST_TEST(report.totals.empty());
    BOOST_TEST(report.warnings.size() == 1U);
    BOOST_TEST(report.failed_users.empty());
    BOOST_CHECK_THROW(page::read_report("[]"), export_error);
    BOOST_CHECK_THROW(page::read_report("{"), export_error);
}

BOOST_AUTO_TEST_CASE(a_job_is_the_sum_of_its_cores)
{
    std::string const core = std::string{archive.substr(1)};
    page::report_data const report = page::read_report(
        R"({"jobReportVersion": 1, "result": "partial", "register": {"result": "complete", "source": "Redis",
            "kinds": {"users": {"keys": 3, "found": 2, "excluded": 1, "wrongType": 4}, "none": {"keys": 0}}, "rows": {"users": 2},
            "findings": [{"rule": "fixture", "count": 2, "meaning": "m", "keys": ["k"]}]},
            "cores": [{"name": "co1", "state": "partial",)" +
        core + R"(, {"name": "co2", "state": "partial",)" + core +
        R"(, {"name": "co3", "state": "failed", "error": "gone"}]})");
    BOOST_TEST((report.kind == page::report_kind::job));
    BOOST_TEST(report.users == 4U);
    BOOST_TEST(report.totals.at(0).source == 18U);
    BOOST_TEST(report.months.at(0).second == 4U);
    BOOST_TEST(report.findings.at(0).count == 14U);
    BOOST_TEST(report.findings.at(0).examples.at(1) == "co2, e1: events");
    BOOST_TEST(report.warnings.at(1) == "co2: w");
    BOOST_TEST(report.failed_cores.at(0).name == "co3");
    BOOST_TEST(report.cores.at(0).has_archive);
    BOOST_TEST(!report.cores.at(2).has_archive);
    BOOST_REQUIRE(report.from_register);
    BOOST_TEST(report.from_register->keys.size() == 1U);
    BOOST_TEST(report.from_register->keys.at(0).skipped == 4U);
    BOOST_TEST(report.from_register->findings.at(0).examples.at(0) == "k");
}

BOOST_AUTO_TEST_CASE(users_say_what_is_in_the_archive)
{
    page::report_data const report = page::read_report(archive);
    page::user_row const user = page::read_user(
        R"({"userId": "u1", "username": "anna", "core": "co1", "result": "written", "archiveBytes": 15, "attachmentBytes": 5,
            "counts": {"events": {"written": 7, "changed": 2, "setAside": 4, "accountFields": 3}, "streams": {"written": 2}},
            "findings": [{"rule": "date", "count": 2}]})",
        report);
    BOOST_TEST(user.events == 6U);
    BOOST_TEST(user.bytes == 15U);
    BOOST_TEST(user.findings == 2U);
    BOOST_TEST(user.core == "co1");
    BOOST_TEST((user.state == page::user_state::complete));
    BOOST_TEST((page::read_user(R"({"findings": [{"rule": "unowned", "count": 1}]})", report).state ==
                page::user_state::findings));
    page::user_row const failed = page::read_user(
        R"({"userId": "u9", "result": "failed", "error": "why", "counts": {"events": {"written": 7}}})",
        report);
    BOOST_TEST((failed.state == page::user_state::failed));
    BOOST_TEST(failed.events == 0U);
    BOOST_TEST(failed.error == "why");
    BOOST_TEST(page::read_user("nonsense", report).id.empty());
}

BOOST_AUTO_TEST_SUITE_END()
