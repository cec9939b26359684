#include "convert/collections_support.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using pryv_export::convert::profile_converter;
using pryv_export::convert::rules;
using test::batch;
using test::doc;
using test::output;

doc set(std::string_view id)
{
    return doc{}.raw(0x07, "_id", test::bytes(12, 1)).text("profileId", id).text("userId", "u_0");
}

} // namespace

BOOST_AUTO_TEST_SUITE(profile_conversion)

BOOST_AUTO_TEST_CASE(rules_of_profiles)
{
    struct row
    {
        std::string_view name;
        batch sets;
        std::string lines;
        std::string kept;
    };
    std::vector<row> rows;
    rows.push_back(
        {"as v1 had it",
         batch{}.add(set("public").object("data", doc{}.text("keyOne", "value One").i32("keyTwo", 2))),
         "{\"id\":\"public\",\"data\":{\"keyOne\":\"value One\",\"keyTwo\":2}}", ""});
    rows.push_back({"the first of an id",
                    batch{}.add(set("p").object("data", doc{}.i32("n", 1))).add(set("p")),
                    "{\"id\":\"p\",\"data\":{\"n\":1}}", "duplicate-id p"});
    rows.push_back(
        {"data that is no object", batch{}.add(set("p").i32("data", 3)), "{\"id\":\"p\"}", "odd-value p"});
    rows.push_back({"unknown key", batch{}.add(set("p").i32("x", 3)), "{\"id\":\"p\"}", "unknown-key p"});
    rows.push_back({"no id", batch{}.add(doc{}.text("_id", "x")), "", "unusable-id null"});
    rows.push_back({"nul", batch{}.add(set("p").object("data", doc{}.text("k", std::string_view{"a\0b", 3}))),
                    "{\"id\":\"p\",\"data\":{\"k\":\"a\xef\xbf\xbd"
                    "b\"}}",
                    "nul p"});
    for (auto const& row : rows) {
        BOOST_TEST_CONTEXT(row.name)
        {
            profile_converter converter{rules{}};
            output out;
            converter.convert(row.sets.records(), out);
            BOOST_TEST(test::is_consistent(out, row.sets.size()));
            BOOST_TEST(test::join(test::lines_of(out.lines), "\n") == row.lines);
            BOOST_TEST(test::join(test::kept_of(out)) == row.kept);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
