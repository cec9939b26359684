#include "pryv_export/convert/outcome.hpp"
#include "pryv_export/convert/rules.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

using namespace pryv_export::convert;

BOOST_AUTO_TEST_SUITE(outcome)

BOOST_AUTO_TEST_CASE(names_every_rule_once)
{
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < rule_count; ++i) {
        auto const which = static_cast<rule>(i);
        BOOST_TEST(names.insert(name_of(which)).second);
        BOOST_TEST(name_of(which).find('_') == std::string_view::npos);
        BOOST_TEST(explain(which).back() == '.');
    }
    BOOST_TEST(name_of(rule::integrity_broken) == "integrity-broken");
    BOOST_TEST(name_of(rule::unknown_platform_key) == "unknown-platform-key");
}

BOOST_AUTO_TEST_CASE(names_kinds_as_files_are_named)
{
    BOOST_TEST(name_of(kind::followed_slices) == "followedSlices");
    BOOST_TEST(name_of(kind::key_values) == "keyValues");
    BOOST_TEST(name_of(kind::platform) == "platform");
}

BOOST_AUTO_TEST_CASE(keeps_the_first_examples_when_merging)
{
    findings first;
    findings later;
    for (int i = 0; i < 3; ++i) first.add(rule::nul, "a" + std::to_string(i));
    for (int i = 0; i < 9; ++i) later.add(rule::nul, "b" + std::to_string(i), "content");
    first.merge(later);
    BOOST_TEST(first.count(rule::nul) == 12U);
    BOOST_TEST_REQUIRE(first.examples(rule::nul).size() == findings::examples_kept);
    BOOST_TEST(first.examples(rule::nul)[2].id == "a2");
    BOOST_TEST(first.examples(rule::nul)[4].id == "b1");
    BOOST_TEST(!first.empty());
    first.clear();
    BOOST_TEST(first.empty());
}

BOOST_AUTO_TEST_CASE(adds_tallies_up)
{
    tally one;
    one.source = 4;
    one.written = one.changed = one.set_aside = one.failed = 1;
    BOOST_TEST(one.adds_up());
    tally sum;
    sum += one;
    sum += one;
    BOOST_TEST(sum.source == 8U);
    BOOST_TEST(sum.adds_up());
    ++sum.source;
    BOOST_TEST(!sum.adds_up());
}

BOOST_AUTO_TEST_CASE(tells_fields_from_markers)
{
    BOOST_TEST(is_builtin_account_field("email"));
    BOOST_TEST(!is_builtin_account_field("active"));
    BOOST_TEST(is_account_marker("storageUsed"));
    BOOST_TEST(!is_account_marker("language"));
}

BOOST_AUTO_TEST_SUITE_END()
