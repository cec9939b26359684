#include "convert/text_set.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace pryv_export::test {

using convert::text_set;

BOOST_AUTO_TEST_SUITE(text_sets)

BOOST_AUTO_TEST_CASE(nothing_is_in_an_empty_one)
{
    text_set const nothing;
    BOOST_TEST(!nothing.contains(""));
    BOOST_TEST(!nothing.contains("a"));
}

BOOST_AUTO_TEST_CASE(a_text_goes_in_once_whatever_its_length)
{
    text_set met;
    for (std::string const& text :
         {std::string{}, std::string{"a"}, std::string(5000, 'a'), std::string("\0", 1)}) {
        BOOST_TEST(!met.contains(text));
        BOOST_TEST(met.insert(text));
        BOOST_TEST(!met.insert(text));
        BOOST_TEST(met.contains(text));
    }
}

BOOST_AUTO_TEST_CASE(it_grows_and_forgets_nothing)
{
    text_set met;
    constexpr int many = 10'000;
    auto const name = [](int i) { return "access-" + std::to_string(i * 7919); };
    for (int i = 0; i < many; ++i) BOOST_TEST_REQUIRE(met.insert(name(i)));
    for (int i = 0; i < many; ++i) BOOST_TEST_REQUIRE(met.contains(name(i)));
    BOOST_TEST(!met.contains(name(many)));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::test
