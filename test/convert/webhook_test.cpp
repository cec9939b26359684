#include "convert/collections_support.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using pryv_export::convert::convert_followed_slices;
using pryv_export::convert::rules;
using pryv_export::convert::webhook_converter;
using test::batch;
using test::doc;
using test::output;
using test::rule;

output convert(const batch& all)
{
    webhook_converter converter{rules{}};
    output out;
    converter.convert(all.records(), out);
    BOOST_TEST(test::is_consistent(out, all.size()));
    return out;
}

doc hook(std::string_view id, std::string_view access, std::string_view url)
{
    return doc{}.text("_id", id).text("accessId", access).text("url", url);
}

} // namespace

BOOST_AUTO_TEST_SUITE(webhook_conversion)

BOOST_AUTO_TEST_CASE(writes_a_webhook_as_v1_had_it)
{
    auto const run = doc{}.i32("status", 200).f64("timestamp", 1675099360.8);
    auto const out = convert(batch{}.add(hook("w1", "a_4", "https://example.com/hook")
                                             .text("state", "active")
                                             .i32("runCount", 2)
                                             .i32("failCount", 0)
                                             .object("lastRun", run)
                                             .array("runs", doc{}.object("0", run))
                                             .i32("currentRetries", 0)
                                             .i32("maxRetries", 5)
                                             .i32("minIntervalMs", 5000)
                                             .f64("created", 1675099360.8)
                                             .text("createdBy", "a_4")
                                             .null("deleted")
                                             .text("userId", "u_0")));
    BOOST_TEST(
        out.lines.view() ==
        "{\"id\":\"w1\",\"accessId\":\"a_4\",\"url\":\"https://example.com/hook\",\"state\":\"active\","
        "\"runCount\":2,\"failCount\":0,\"lastRun\":{\"status\":200,\"timestamp\":1675099360.8},"
        "\"runs\":[{\"status\":200,\"timestamp\":1675099360.8}],\"currentRetries\":0,\"maxRetries\":5,"
        "\"minIntervalMs\":5000,\"created\":1675099360.8,\"createdBy\":\"a_4\",\"deleted\":null}\n");
    BOOST_TEST(out.notes.empty());
}

BOOST_AUTO_TEST_CASE(uniqueness)
{
    struct row
    {
        std::string_view name;
        batch hooks;
        std::string written;
        std::string kept;
    };
    std::string const long_url(2601, 'u');
    std::vector<row> rows;
    rows.push_back({"other url", batch{}.add(hook("a", "x", "u")).add(hook("b", "x", "v")), "a b", ""});
    rows.push_back({"other access", batch{}.add(hook("a", "x", "u")).add(hook("b", "y", "u")), "a b", ""});
    rows.push_back(
        {"same", batch{}.add(hook("a", "x", "u")).add(hook("b", "x", "u")), "a", "duplicate-webhook b"});
    rows.push_back(
        {"same id", batch{}.add(hook("a", "x", "u")).add(hook("a", "x", "v")), "a", "duplicate-id a"});
    rows.push_back(
        {"deleted", batch{}.add(hook("a", "x", "u").f64("deleted", 5)).add(hook("b", "x", "u")), "a b", ""});
    rows.push_back({"bare deletions", batch{}.add(doc{}.text("_id", "a").f64("deleted", 5)), "a", ""});
    rows.push_back({"url too long", batch{}.add(hook("a", "x", long_url)), "", "text-too-long a"});
    rows.push_back({"unknown key", batch{}.add(hook("a", "x", "u").i32("scopes", 1)), "a", "unknown-key a"});
    rows.push_back({"odd count", batch{}.add(hook("a", "x", "u").f64("runCount", 1.5)), "a", "odd-value a"});
    for (auto const& row : rows) {
        BOOST_TEST_CONTEXT(row.name)
        {
            auto const out = convert(row.hooks);
            BOOST_TEST(test::join(test::ids_of(out)) == row.written);
            BOOST_TEST(test::join(test::kept_of(out)) == row.kept);
        }
    }
}

BOOST_AUTO_TEST_CASE(followed_slices_go_to_extra)
{
    batch all;
    all.add(doc{}
                .text("_id", "b_0")
                .text("name", "Zero's")
                .text("url", "http://x/")
                .text("accessToken", "t")
                .text("userId", "u_0"));
    all.add(doc{}.text("_id", "b_1"));
    output out;
    convert_followed_slices(all.records(), out);
    BOOST_TEST(test::is_consistent(out, 2));
    BOOST_TEST(out.counts.set_aside == 2U);
    BOOST_TEST(out.notes.count(rule::no_place_in_v2) == 2U);
    BOOST_TEST(
        test::lines_of(out.extra).at(0) ==
        "{\"rule\":\"no-place-in-v2\",\"kind\":\"followedSlices\",\"id\":\"b_0\",\"record\":{\"_id\":\"b_0\","
        "\"name\":\"Zero's\",\"url\":\"http://x/\",\"accessToken\":\"t\",\"userId\":\"u_0\"}}");
}

BOOST_AUTO_TEST_CASE(set_aside_keeps_the_whole_document)
{
    auto broken = doc{}.text("_id", "x").done();
    broken.back() = 1;
    batch all;
    all.add(doc{}.raw(0x07, "_id", test::bytes(12, 0xab)).i32("n", 1))
        .add(doc{}.text("a", "\xff"))
        .add(broken);
    output out;
    for (auto const& each : all.records())
        pryv_export::convert::set_aside(each, "odd \"kind\"", rule::unowned, out);
    BOOST_TEST(test::is_consistent(out, 3));
    BOOST_TEST(out.counts.set_aside == 2U);
    BOOST_TEST(out.counts.failed == 1U);
    auto const lines = test::lines_of(out.extra);
    BOOST_TEST(lines.at(0) ==
               "{\"rule\":\"unowned\",\"kind\":\"odd \\\"kind\\\"\",\"id\":\"abababababababababababab\","
               "\"record\":{\"_id\":\"abababababababababababab\",\"n\":1}}");
    BOOST_TEST(lines.at(1) == "{\"rule\":\"unowned\",\"kind\":\"odd \\\"kind\\\"\",\"id\":null,"
                              "\"record\":{\"a\":\"\xef\xbf\xbd\"},\"bson\":\"DgAAAAJhAAIAAAD/AAA=\"}");
    BOOST_TEST(test::objects_of(out.extra).at(2).contains("bson"));
    BOOST_TEST(!test::objects_of(out.extra).at(2).contains("record"));
}

BOOST_AUTO_TEST_SUITE_END()
