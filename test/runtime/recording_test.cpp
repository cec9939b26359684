#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text_page.hpp"
#include "pryv_export/runtime/blocking.hpp"
#include "pryv_export/runtime/recording.hpp"
#include "pryv_export/runtime/run_beside.hpp"

#include "temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace pryv_export;
using namespace pryv_export::runtime;

namespace {

std::uint64_t count_of(const stage_totals& totals, stage which, activity how)
{
    return totals.of(which, how).count;
}

task<void> some_work(program& running)
{
    auto convert = [] {
        span const outer{stage::convert, "u\"1\n"};
        span const inner{stage::compress};
    };
    for (int i = 0; i < 5; ++i) co_await run_on(running.cpu(), convert);
    auto const all = co_await running.memory().acquire(running.memory().limit());
}

stage_totals record(recording_options options)
{
    recording mine{std::move(options)};
    {
        program running{program_limits{.jobs = 2}};
        running.run(run_beside(some_work(running), mine.watch(running)));
    }
    return mine.finish();
}

} // namespace

BOOST_AUTO_TEST_SUITE(recording_suite)

BOOST_AUTO_TEST_CASE(nobody_records_unless_asked)
{
    BOOST_TEST(active_recorder() == nullptr);
    span const unseen{stage::convert};
}

BOOST_AUTO_TEST_CASE(spans_of_all_threads_are_counted)
{
    auto const totals = record({.trace_file = {}, .totals = true});
    BOOST_TEST(active_recorder() == nullptr);
    BOOST_TEST(count_of(totals, stage::convert, activity::busy) == 5U);
    BOOST_TEST(count_of(totals, stage::compress, activity::busy) == 5U);
    BOOST_TEST(count_of(totals, stage::write, activity::busy) == 0U);
    BOOST_TEST_REQUIRE(totals.pools.size() == 3U);
    BOOST_TEST(totals.pools[0].name == "px-cpu");
    BOOST_TEST(totals.pools[0].threads == 2U);
    // The last one is booked by its thread after its coroutine went on.
    BOOST_TEST(totals.pools[0].jobs >= 4U);
    BOOST_TEST(totals.memory_peak == totals.memory_limit);
}

BOOST_AUTO_TEST_CASE(what_is_inside_of_a_span_is_not_counted_twice)
{
    recording mine{{.trace_file = {}, .totals = true}};
    std::int64_t const begin = detail::now_ns();
    {
        span const outer{stage::convert};
        span const inner{stage::compress};
        // Long enough for the clock to move.
        while (detail::now_ns() == begin) {
        }
    }
    std::int64_t const end = detail::now_ns();
    auto const totals = mine.finish();
    auto const sum = totals.of(stage::convert, activity::busy).nanoseconds +
                     totals.of(stage::compress, activity::busy).nanoseconds;
    BOOST_TEST(sum <= static_cast<std::uint64_t>(end - begin));
    BOOST_TEST(totals.of(stage::compress, activity::busy).nanoseconds > 0U);
}

BOOST_AUTO_TEST_CASE(a_trace_has_a_slice_for_each_span)
{
    testing::temporary_folder folder;
    record({.trace_file = folder / "trace.json", .totals = false});
    std::string const text = folder.read("trace.json");
    BOOST_TEST(text.starts_with("[\n{"));
    BOOST_TEST(text.ends_with("}\n]\n"));
    std::size_t slices = 0;
    for (std::size_t at = 0; (at = text.find(R"("name":"convert","cat":"busy","ph":"X")", at)) != text.npos;
         ++at)
        ++slices;
    BOOST_TEST(slices == 5U);
    BOOST_TEST(text.find(R"("args":{"user":"u\"1)") != text.npos);
    BOOST_TEST(text.find(R"("name":"memory","ph":"C")") != text.npos);
    BOOST_TEST(text.find(R"("args":{"name":"px-cpu"})") != text.npos);
}

BOOST_AUTO_TEST_CASE(a_trace_that_cannot_be_written_is_said)
{
    testing::temporary_folder folder;
    BOOST_CHECK_THROW((recording{{.trace_file = folder / "no/trace.json", .totals = false}}), export_error);
    BOOST_TEST(active_recorder() == nullptr);
    BOOST_CHECK_THROW(record({.trace_file = "/dev/full", .totals = false}), export_error);
    BOOST_TEST(active_recorder() == nullptr);
}

BOOST_AUTO_TEST_CASE(the_table_fits_and_names_the_limit)
{
    stage_totals totals;
    totals.seconds = 10;
    totals.pools = {{"px-cpu", 2, 1000, 19'000'000'000, 5'000'000}, {"px-io", 8, 10, 1'000'000, 0}};
    totals.stages[static_cast<std::size_t>(stage::convert)][0] = {12'345'678, 9'000'000'000'000};
    std::string const text = stage_table(totals);
    BOOST_TEST(text.find("The CPU was the limit") != text.npos);
    BOOST_TEST(text.find("95 % busy") != text.npos);
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) BOOST_TEST(columns_of(line) <= 80U, line);
    totals.pools[0].busy_ns = 0;
    totals.stages[static_cast<std::size_t>(stage::memory)][2] = {10, 50'000'000'000};
    BOOST_TEST(stage_table(totals).find("Memory was the limit") != text.npos);
}

BOOST_AUTO_TEST_SUITE_END()
