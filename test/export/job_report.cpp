#include "pryv_export/export/job_report.hpp"

#include "../../src/export/merged_report.hpp"
#include "report_builder.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <sstream>

namespace pryv_export::test {

using namespace exporting;

namespace {

core_result result(std::string name, core_state state)
{
    core_result core;
    core.name = std::move(name);
    core.state = state;
    return core;
}

/// One complete core, one with troubles, one that failed, one of an earlier run.
job_report mixed_job()
{
    job_report job;
    job.job = "/jobs/job.yml";
    job.output = "/backup/2026";
    job.tool_version = "0.1.0";
    job.cores.push_back(result("co1", core_state::complete));
    job.cores.back().report = good_run();
    job.cores.push_back(result("co2", core_state::partial));
    job.cores.back().report = bad_run();
    job.cores.push_back(result("a-name-that-is-longer-than-most", core_state::failed));
    job.cores.back().error = "MongoDB 10.0.0.5:27017, collection pryv-node.events: \x1b[31mgone; start it";
    job.cores.back().status = exit_status::unreachable;
    job.cores.push_back(result("co4", core_state::not_run));
    job.cores.back().earlier = {{"name", "co4"}, {"state", "complete"}, {"usersWritten", 12}};
    return job;
}

bool has(const std::string& text, std::string_view part)
{
    return text.find(part) != text.npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(job_reports)

BOOST_AUTO_TEST_CASE(the_status_is_partial_when_something_was_finished_and_the_cause_when_nothing_was)
{
    job_report job = mixed_job();
    BOOST_TEST((job.status() == exit_status::partial));
    job.cores.erase(job.cores.begin(), job.cores.begin() + 2);
    BOOST_TEST((job.status() == exit_status::unreachable));
    job.cores.erase(job.cores.begin());
    BOOST_TEST((job.status() == exit_status::complete)); // of what was asked for
    BOOST_TEST(job.complete());
}

BOOST_AUTO_TEST_CASE(the_report_has_a_section_per_core_and_keeps_those_of_earlier_runs)
{
    auto const report = to_json(mixed_job());
    BOOST_TEST(report.at("result").as_string() == "partial");
    auto const& cores = report.at("cores").as_array();
    BOOST_REQUIRE(cores.size() == 4u);
    BOOST_TEST(cores[0].as_object().at("usersWritten").as_uint64() == 10'000u);
    BOOST_TEST(cores[2].as_object().at("state").as_string() == "failed");
    BOOST_TEST(!has(boost::json::serialize(cores[2]), "\x1b"));
    BOOST_TEST(cores[3].as_object().at("usersWritten").as_int64() == 12);

    job_report job = mixed_job();
    job.cores.erase(job.cores.begin() + 1, job.cores.begin() + 3);
    BOOST_TEST(to_json(job).at("result").as_string() == "complete");
    job.cores.back().earlier.clear();
    BOOST_TEST(to_json(job).at("result").as_string() == "partial");
}

BOOST_AUTO_TEST_CASE(the_summary_has_a_line_per_core_and_says_what_to_do_next)
{
    std::string const text = summary_text(mixed_job(), false);
    for (std::string_view const part :
         {"co1 ", "complete", "co2 ", "partial", "failed", "not-run", "total", "19,998",
          "pryv-export run /jobs/job.yml a-name-that-is-longer-than-most", "\\x1b[31mgone"})
        BOOST_TEST(has(text, part), part);
    BOOST_TEST(!has(text, "\x1b"));
    job_report merged = mixed_job();
    merged.merged = true;
    BOOST_TEST(has(summary_text(merged, false), "--layout per-core --output OTHER a-name-that"));
    BOOST_TEST(has(summary_text(merged, false), "--overwrite"));
}

BOOST_AUTO_TEST_CASE(the_summary_counts_copies_that_are_left_out_and_names_the_first)
{
    job_report job = mixed_job();
    BOOST_TEST(!has(summary_text(job, false), "left out"));
    for (int i = 0; i < 7; ++i) {
        std::string const number = std::to_string(i);
        job.cores[1].report->left_out.push_back({"u" + number, "ann" + number, "co1", 7});
    }
    std::string const text = summary_text(job, false);
    BOOST_TEST(has(text, "7 copies of users are left out"));
    BOOST_TEST(has(text, "ann0 of co2 (belongs to co1)"));
    BOOST_TEST(has(text, "and 2 more"));
}

BOOST_AUTO_TEST_CASE(tables_fit_80_columns)
{
    std::istringstream lines{summary_text(mixed_job(), false)};
    for (std::string line; std::getline(lines, line);) {
        if (!has(line, "pryv-export run")) BOOST_TEST(line.size() <= 80u, line);
    }
}

BOOST_AUTO_TEST_CASE(a_merged_report_sums_up_and_names_the_cores)
{
    run_report older = bad_run();
    older.core_version = "1.8.1";
    older.left_out = {{"u1", "ann", "co1", 7}};
    run_report newer = good_run();
    newer.core_version = "1.10.0";
    run_report const all = merge_reports({{"co1", newer}, {"co2", older}});
    BOOST_TEST(all.core_version == "1.8.1");
    BOOST_TEST(all.users_written == newer.users_written + older.users_written);
    BOOST_TEST(all.totals[0].source == newer.totals[0].source + older.totals[0].source);
    BOOST_TEST(all.source == "co1: mongodump /dumps/co1; co2: mongodump /dumps/co1");
    BOOST_TEST(all.warnings.front() == "co2: The dump has no collection 'webhooks'.");
    BOOST_TEST(!all.complete());
    auto const json = to_json(all);
    BOOST_TEST(json.at("cores").as_array()[1].as_object().at("name").as_string() == "co2");
    BOOST_TEST(json.at("leftOut").as_array()[0].as_object().at("keptCore").as_string() == "co1");
    BOOST_TEST(has(summary_text(all, false), "ann (u1)"));
    BOOST_TEST(has(restore_guide(all), "A copy of user `ann`"));
}

BOOST_AUTO_TEST_CASE(a_core_that_is_missing_makes_the_archive_incomplete)
{
    run_report run = good_run();
    BOOST_TEST(run.complete());
    run.failed_cores = {{"co3", "the server is gone"}};
    BOOST_TEST(!run.complete());
    BOOST_TEST(has(summary_text(run, false), "the server is gone"));
    BOOST_TEST(has(restore_guide(run), "Core co3 is **not** whole in it"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::test
