#include "../../src/export/size_model.hpp"

#include <boost/test/unit_test.hpp>

#include <numeric>
#include <set>

using namespace pryv_export::exporting;

BOOST_AUTO_TEST_SUITE(size_model_suite)

BOOST_AUTO_TEST_CASE(nothing_learnt_is_nothing)
{
    size_model const model;
    BOOST_TEST(model.estimate(0) == 0U);
    BOOST_TEST(model.estimate(1000) == 0U);
}

BOOST_AUTO_TEST_CASE(small_and_large_things_shrink_differently)
{
    size_model model;
    model.learn(0, 30); // an empty file has a frame
    model.learn(0, 34);
    model.learn(100, 90);
    model.learn(1'000'000, 250'000);
    BOOST_TEST(model.estimate(0) == 32U);
    BOOST_TEST(model.estimate(110) == 99U);
    BOOST_TEST(model.estimate(900'000) == 225'000U);
    BOOST_TEST(model.estimate(10'000'000'000) == 2'500'000'000U); // like the nearest that is known
    BOOST_TEST(model.estimate(~0ULL) > 0U);
}

BOOST_AUTO_TEST_CASE(a_sample_has_all_magnitudes_and_a_limit)
{
    std::vector<std::uint64_t> sizes(10'000, 5000);
    sizes[17] = 3ULL << 30;
    sizes[4711] = 40'000;
    auto const chosen = choose_sample(sizes, 1U << 20, 1U << 20);
    std::set<std::size_t> const places{chosen.begin(), chosen.end()};
    BOOST_TEST(std::is_sorted(chosen.begin(), chosen.end()));
    BOOST_TEST(places.size() == chosen.size());
    BOOST_TEST(places.contains(17));
    BOOST_TEST(places.contains(4711));
    BOOST_TEST(chosen.size() < 200U);
    BOOST_TEST(chosen.size() > 20U);
    BOOST_TEST(*chosen.rbegin() > 9000U, "spread over all of them");
}

BOOST_AUTO_TEST_CASE(few_users_are_all_chosen)
{
    BOOST_TEST(choose_sample({}, 100, 100).empty());
    BOOST_TEST(choose_sample({0, 0, 7, 9}, 100, 100).size() == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
