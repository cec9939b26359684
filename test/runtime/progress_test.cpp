#include "pryv_export/runtime/progress_text.hpp"
#include "pryv_export/runtime/run_beside.hpp"

#include "co_test.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace pryv_export::test {

using namespace runtime;

namespace {

constexpr std::uint64_t mib = 1U << 20;

progress_snapshot at(std::uint64_t done, std::uint64_t total)
{
    progress_snapshot now;
    now.phase = "exporting";
    now.phase_number = 1;
    now.bytes_done = done * mib;
    now.bytes_total = total * mib;
    now.users_done = 3210;
    now.users_total = 10000;
    return now;
}

progress_state state_at(double fraction)
{
    progress_state state;
    state.now = at(static_cast<std::uint64_t>(fraction * 3000), 3000);
    state.fraction = fraction;
    state.bytes_per_second = 310.0 * mib;
    state.remaining_seconds = 5;
    return state;
}

std::size_t columns_of(std::string_view text)
{
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

} // namespace

BOOST_AUTO_TEST_SUITE(progress_suite)

BOOST_AUTO_TEST_CASE(rate_and_time_left_come_from_bytes)
{
    progress_meter meter;
    progress_state state = meter.update(at(0, 1000), 100);
    BOOST_TEST(!state.remaining_seconds);
    for (int second = 1; second <= 40; ++second) {
        state = meter.update(at(static_cast<std::uint64_t>(second) * 10, 1000), 100 + second);
    }
    BOOST_TEST(state.seconds == 40, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(state.bytes_per_second == 10.0 * mib, boost::test_tools::tolerance(0.001));
    BOOST_TEST(*state.fraction == 0.4, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(*state.remaining_seconds == 60, boost::test_tools::tolerance(0.001));
}

BOOST_AUTO_TEST_CASE(the_first_second_already_has_the_right_rate)
{
    progress_meter meter;
    meter.update(at(0, 1000), 0);
    BOOST_TEST(meter.update(at(10, 1000), 0.2).bytes_per_second == 50.0 * mib,
               boost::test_tools::tolerance(0.001));
}

BOOST_AUTO_TEST_CASE(a_short_phase_has_a_rate_at_the_first_look)
{
    progress_meter meter;
    meter.update(at(0, 10), 0);
    progress_snapshot next = at(30, 60);
    next.phase_number = 2;
    progress_state const state = meter.update(next, 2);
    BOOST_TEST(state.bytes_per_second == 15.0 * mib, boost::test_tools::tolerance(0.001));
    BOOST_TEST(*state.remaining_seconds == 2, boost::test_tools::tolerance(0.001));
}

BOOST_AUTO_TEST_CASE(failed_users_have_ended_too)
{
    progress_meter meter;
    progress_snapshot now = at(0, 0);
    now.users_done = 57;
    now.users_failed = 13;
    now.users_total = 70;
    BOOST_TEST(*meter.update(now, 0).fraction == 1.0);
}

BOOST_AUTO_TEST_CASE(time_left_is_unknown_until_5_percent_or_30_seconds)
{
    struct row
    {
        std::uint64_t done;
        double seconds;
        bool known;
    };
    for (row const each : {row{49, 29, false}, row{50, 1, true}, row{1, 30, true}, row{0, 60, false}}) {
        BOOST_TEST_CONTEXT(each.done << " MiB after " << each.seconds << " s")
        {
            progress_meter meter;
            meter.update(at(0, 1000), 0);
            BOOST_TEST(meter.update(at(each.done, 1000), each.seconds).remaining_seconds.has_value() ==
                       each.known);
        }
    }
}

BOOST_AUTO_TEST_CASE(never_above_100_percent_and_never_backwards)
{
    progress_meter meter;
    BOOST_TEST(*meter.update(at(50, 100), 1).fraction == 0.5);
    BOOST_TEST(*meter.update(at(60, 200), 2).fraction == 0.5);
    progress_state const over = meter.update(at(300, 200), 3);
    BOOST_TEST(*over.fraction == 1.0);
    BOOST_TEST(over.now.bytes_total == 300 * mib);
    // A clock that stands still, or jumps back, harms nobody.
    BOOST_TEST(*meter.update(at(300, 200), 3).fraction == 1.0);
    BOOST_TEST(meter.update(at(300, 200), 1).seconds >= 0);
    progress_snapshot next = at(0, 500);
    next.phase_number = 2;
    BOOST_TEST(*meter.update(next, 4).fraction == 0.0);
}

BOOST_AUTO_TEST_CASE(the_fraction_is_of_users_when_there_are_no_bytes)
{
    progress_meter meter;
    progress_snapshot now = at(0, 0);
    BOOST_TEST(*meter.update(now, 0).fraction == 0.321);
    now.users_total = 0;
    now.phase_number = 2;
    BOOST_TEST(!meter.update(now, 1).fraction);
}

BOOST_AUTO_TEST_CASE(bar_as_on_a_wide_terminal)
{
    bar_look const look{100, false, true};
    BOOST_TEST(bar_line(state_at(0.42), look) == "exporting  42% [█████████              ] 1.23 GiB/2.93 GiB "
                                                 " 310 MiB/s  users 3,210/10,000  ETA 0:05");
}

BOOST_AUTO_TEST_CASE(bar_leaves_out_the_least_important_first)
{
    struct row
    {
        unsigned columns;
        const char* line;
    };
    for (row const each : {
             row{80, "exporting  42% [########..........] 1.23 GiB/2.93 GiB  users 3,210/10,000  ETA 0:05"},
             row{60, "exporting  42% [####.......]  users 3,210/10,000  ETA 0:05"},
             row{50, "exporting  42% [#########............]  ETA 0:05"},
             row{30, "exporting  42%  ETA 0:05"},
             row{20, "exporting  42%"},
             row{3, "exporting  42%"},
         }) {
        BOOST_TEST_CONTEXT(each.columns << " columns")
        {
            std::string const line = bar_line(state_at(0.42), {each.columns, false, false});
            BOOST_TEST(line.substr(0, 14) == std::string{each.line}.substr(0, 14));
            BOOST_TEST(columns_of(line) < std::max(each.columns, 20U));
        }
    }
}

BOOST_AUTO_TEST_CASE(bar_fits_any_width)
{
    progress_state long_phase = state_at(1);
    long_phase.now.phase = "reading the dump of a core with a name that never ends";
    for (unsigned columns = 1; columns < 200; ++columns) {
        BOOST_TEST_CONTEXT(columns << " columns")
        {
            for (double const fraction : {0.0, 0.999, 1.0}) {
                BOOST_TEST(columns_of(bar_line(state_at(fraction), {columns, false, true})) <
                           std::max(columns, 20U));
            }
            BOOST_TEST(columns_of(bar_line(long_phase, {columns, false, true})) < std::max(columns, 20U));
        }
    }
}

BOOST_AUTO_TEST_CASE(bar_without_a_total_has_no_percentage)
{
    progress_state state;
    state.now.phase = "reading the dump";
    state.now.bytes_done = 5 * mib;
    state.bytes_per_second = 2.0 * mib;
    BOOST_TEST(bar_line(state, {80, false, true}) == "reading the dump 5.00 MiB  2.00 MiB/s");
}

BOOST_AUTO_TEST_CASE(colour_codes_only_when_wanted)
{
    BOOST_TEST(bar_line(state_at(0.5), {80, false, true}).find('\x1b') == std::string::npos);
    BOOST_TEST(bar_line(state_at(0.5), {80, true, true}).find("\x1b[32m") != std::string::npos);
    progress_state hostile = state_at(0.5);
    hostile.now.phase = "\x1b[2Jx";
    BOOST_TEST(bar_line(hostile, {80, false, true}).find('\x1b') == std::string::npos);
    BOOST_TEST(plain_line(hostile).find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(plain_line_reads_well)
{
    progress_state state = state_at(0.42);
    state.now.users_failed = 2;
    state.now.files_done = 1200;
    state.now.file_bytes_done = 7 * mib;
    BOOST_TEST(plain_line(state) ==
               "exporting: 42 %, 1.23 GiB of 2.93 GiB, 310 MiB/s, 3,212 of 10,000 users, 2 failed, "
               "1,200 attachments (7.00 MiB), 5.0 s left");
    progress_state start;
    start.now.phase = "reading the dump";
    BOOST_TEST(plain_line(start) == "reading the dump");
}

BOOST_AUTO_TEST_CASE(json_line_has_everything)
{
    progress_state state = state_at(0.42);
    state.now.phase = "a \"b\"\n";
    BOOST_TEST(
        json_line(state, false) ==
        R"({"event":"progress","phase":"a \"b\"\\x0a","seconds":0.0,"bytesDone":1321205760,"bytesTotal":3145728000,)"
        R"("usersDone":3210,"usersTotal":10000,"usersFailed":0,"recordsDone":0,"filesDone":0,"fileBytesDone":0,)"
        R"("bytesPerSecond":325058560,"percent":42,"secondsLeft":5})");
    BOOST_TEST(json_line(state, true).ends_with(R"(,"final":true})"));
}

BOOST_AUTO_TEST_CASE(shows_until_cancelled_and_says_the_last_word)
{
    progress source;
    std::vector<std::string> phases;
    source.on_phase = [&](std::string_view phase) { phases.emplace_back(phase); };
    source.begin("exporting");
    auto work = [&]() -> task<void> {
        for (int i = 0; i < 3; ++i) co_await asio::post(asio::use_awaitable);
        source.users_done = 7;
    };
    struct row
    {
        progress_style style;
        const char* first;
        const char* last;
    };
    for (row const each :
         {row{progress_style::json, R"({"event":"progress")", "\"final\":true}\n"},
          row{progress_style::plain, "exporting", "\n"}, row{progress_style::bar, "\r\x1b[Jexp", "\r\x1b[J"},
          row{progress_style::none, "", ""}}) {
        std::string text;
        auto write = [&](std::string_view part) { text += part; };
        source.users_done = 0;
        co_test([&] { return run_beside(work(), show_progress(source, each.style, false, write)); });
        BOOST_TEST(text.starts_with(each.first));
        BOOST_TEST(text.ends_with(each.last));
        if (each.style == progress_style::json) BOOST_TEST(text.find("\"usersDone\":7") != text.npos);
    }
    BOOST_TEST(phases == std::vector<std::string>{"exporting"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(several_cores_are_summed_up_and_one_that_is_done_counts_whole)
{
    progress_sum sum;
    progress_snapshot whole;
    whole.phase = "exporting";
    progress_snapshot first = at(10, 100);
    progress_snapshot second = at(5, 50);
    second.users_failed = 2;
    progress_snapshot all = sum.update(whole, std::vector{first, second});
    BOOST_TEST(all.bytes_done == 15 * mib);
    BOOST_TEST(all.bytes_total == 150 * mib);
    BOOST_TEST(all.users_done == 6420u);
    BOOST_TEST(all.users_total == 20000u);
    BOOST_TEST(all.users_failed == 2u);

    // The first one goes on to its last files, where its bytes begin anew.
    first.phase = "finishing";
    first.bytes_done = first.bytes_total = 0;
    all = sum.update(whole, std::vector{first, second});
    BOOST_TEST(all.bytes_done == 105 * mib);
    BOOST_TEST(all.bytes_total == 150 * mib);
}

BOOST_AUTO_TEST_CASE(several_cores_have_a_line_each_and_one_for_all)
{
    ::setenv("TERM", "xterm", 1);
    progress whole;
    progress first;
    progress second;
    whole.begin("exporting");
    first.begin("exporting");
    second.begin("finishing");
    first.users_total = 10;
    auto work = []() -> task<void> { co_await asio::post(asio::use_awaitable); };
    auto const shown = [&](progress_style style) {
        std::vector<std::string> pieces;
        auto write = [&](std::string_view part) { pieces.emplace_back(part); };
        std::vector<named_progress> const parts{{"co1", &first}, {"core2", &second}};
        co_test([&] { return run_beside(work(), show_progress(whole, parts, style, false, write)); });
        return pieces;
    };
    auto const plain = shown(progress_style::plain);
    BOOST_REQUIRE(plain.size() == 3u);
    BOOST_TEST(plain[0] == "co1: exporting: 0 %, 0 of 10 users\n");
    BOOST_TEST(plain[1].starts_with("core2: finishing"));
    BOOST_TEST(plain[2].starts_with("exporting"));
    auto const json = shown(progress_style::json);
    BOOST_REQUIRE(json.size() == 6u);
    BOOST_TEST(json[0].starts_with(R"({"core":"co1","event":"progress","phase":"exporting")"));
    BOOST_TEST(json[5].starts_with(R"({"event":"progress","phase":"exporting")"));
    BOOST_TEST(json[5].ends_with("\"final\":true}\n"));
    // The cursor ends where erasing begins.
    auto const bar = shown(progress_style::bar);
    BOOST_REQUIRE(bar.size() == 2u);
    BOOST_TEST(bar[0].starts_with("\r\x1b[Jco1    exporting   0%"));
    BOOST_TEST(bar[0].find("\r\ncore2  finishing") != std::string::npos);
    BOOST_TEST(bar[0].find("\r\ntotal  exporting") != std::string::npos);
    BOOST_TEST(bar[0].ends_with("\r\x1b[2A"));
    BOOST_TEST(bar[1] == "\r\x1b[J");
}

BOOST_AUTO_TEST_CASE(a_phase_starts_its_bytes_anew)
{
    progress source;
    source.bytes_done = 5;
    source.bytes_total = 9;
    source.users_done = 3;
    source.begin("next");
    progress_snapshot const now = snapshot(source);
    BOOST_TEST(now.phase == "next");
    BOOST_TEST(now.bytes_done == 0U);
    BOOST_TEST(now.bytes_total == 0U);
    BOOST_TEST(now.users_done == 3U);
    BOOST_TEST(now.phase_number == 1U);
}

BOOST_AUTO_TEST_CASE(a_dumb_terminal_gets_plain_lines)
{
    ::setenv("TERM", "dumb", 1);
    BOOST_TEST((resolve(progress_style::automatic) == progress_style::plain));
    BOOST_TEST((resolve(progress_style::bar) == progress_style::bar));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::test
