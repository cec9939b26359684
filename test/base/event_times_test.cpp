#include "pryv_export/base/event_times.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cmath>
#include <limits>

namespace pryv_export {

namespace {

using months = std::vector<std::pair<std::string, std::uint64_t>>;

event_times times_of(std::initializer_list<double> all)
{
    event_times times;
    for (double const each : all) times.add(each);
    return times;
}

} // namespace

BOOST_AUTO_TEST_SUITE(event_times_suite)

BOOST_AUTO_TEST_CASE(every_month_has_its_first_and_its_last_second)
{
    for (int i = 0; i < 130 * 12; ++i) {
        auto const begin = std::chrono::year{1970} / std::chrono::January / 1 + std::chrono::months{i};
        auto const end = begin + std::chrono::months{1};
        auto const seconds = [](std::chrono::year_month_day day) {
            return static_cast<double>(std::chrono::sys_days{day}.time_since_epoch().count()) * 86'400;
        };
        auto const found = times_of({seconds(begin), seconds(end) - 0.001}).months();
        BOOST_REQUIRE_EQUAL(found.size(), 1U);
        BOOST_REQUIRE_EQUAL(found.front().second, 2U);
        int const year = static_cast<int>(begin.year());
        unsigned const month = static_cast<unsigned>(begin.month());
        BOOST_REQUIRE_EQUAL(std::stoi(found.front().first.substr(0, 4)), year);
        BOOST_REQUIRE_EQUAL(std::stoul(found.front().first.substr(5)), month);
    }
}

BOOST_AUTO_TEST_CASE(absurd_times_are_counted_apart_and_are_no_range)
{
    double const infinite = std::numeric_limits<double>::infinity();
    event_times times = times_of({-1, -infinite, 1'600'000'000'000, infinite, 4'102'444'800, std::nan("")});
    times.add_undated();
    BOOST_TEST(times.earlier() == 2U);
    BOOST_TEST(times.later() == 3U);
    BOOST_TEST(times.undated() == 2U);
    BOOST_TEST(times.months().empty());
    BOOST_TEST(!times.range());
    BOOST_TEST(!times.empty());
}

BOOST_AUTO_TEST_CASE(months_come_in_any_order_and_again_after_a_clear)
{
    event_times times = times_of({1'600'000'000, 4'102'444'799, 0, 1'600'000'000});
    BOOST_TEST((times.months() == months{{"1970-01", 1}, {"2020-09", 2}, {"2099-12", 1}}));
    times.clear();
    times.add(1'500'000'000);
    BOOST_TEST((times.months() == months{{"2017-07", 1}}));
    BOOST_TEST(times.range()->first == 1'500'000'000);
}

BOOST_AUTO_TEST_CASE(sums_have_all_months_and_the_whole_range)
{
    event_times sum;
    BOOST_TEST(sum.empty());
    sum += times_of({1'600'000'000.5, 1'600'000'001});
    sum += event_times{};
    sum += times_of({1'500'000'000, -5});
    sum += times_of({1'600'000'000});
    BOOST_TEST((sum.months() == months{{"2017-07", 1}, {"2020-09", 3}}));
    BOOST_TEST(sum.earlier() == 1U);
    BOOST_TEST(sum.range()->first == 1'500'000'000);
    BOOST_TEST(sum.range()->second == 1'600'000'001);
    sum.clear();
    BOOST_TEST(sum.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export
