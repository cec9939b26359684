#include "convert/tables_support.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace test;

doc document(std::string_view field, std::string_view value, std::string_view username)
{
    return doc{}
        .raw(0x07, "_id", test::bytes(12, 1))
        .text("field", field)
        .text("value", value)
        .text("username", username);
}

} // namespace

BOOST_AUTO_TEST_SUITE(platform_rows)

BOOST_AUTO_TEST_CASE(sqlite_rows)
{
    struct case_row
    {
        std::string_view key;
        std::string_view value;
        std::string line;
        bool known = true;
        std::string kept = {};
    };
    std::string const long_key = "user-unique/x/" + std::string(2600, 'x');
    std::vector<case_row> const rows{
        {"user-unique/email/zero@test.com", "userzero",
         R"({"isUnique":true,"field":"email","username":"userzero","value":"zero@test.com"})"},
        {"user-unique/link/http://x/y", "u",
         R"({"isUnique":true,"field":"link","username":"u","value":"http://x/y"})"},
        {"user-indexed/language/userzero", "en",
         R"({"isUnique":false,"field":"language","username":"userzero","value":"en"})"},
        {"user-indexed/x/u", "", R"({"isUnique":false,"field":"x","username":"u","value":""})"},
        {"user-indexed/x", "v", R"({"key":"user-indexed/x","value":"v"})", false},
        {"user-indexed/x/", "v", R"({"key":"user-indexed/x/","value":"v"})", false},
        {"user-unique//v", "u", R"({"key":"user-unique//v","value":"u"})", false},
        {"user-unique/x/v", "", R"({"key":"user-unique/x/v","value":""})", false},
        {"user-core/u", "c", R"({"key":"user-core/u","value":"c"})", false},
        {"user-unique/x/\xff", "u",
         "{\"isUnique\":true,\"field\":\"x\",\"username\":\"u\",\"value\":\"\xef\xbf\xbd\"}", true,
         "utf8 user-unique/x/\xef\xbf\xbd"},
        {"user-indexed/x/u",
         {"a\0", 2},
         "{\"isUnique\":false,\"field\":\"x\",\"username\":\"u\",\"value\":\"a\xef\xbf\xbd\"}",
         true,
         "nul user-indexed/x/u"},
        {long_key, "u", "", true, "text-too-long " + long_key},
    };
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.key.substr(0, 50))
        {
            output out;
            pryv_export::convert::append_platform_row(each.key, each.value, out);
            BOOST_TEST(is_consistent(out, 1));
            BOOST_TEST(join(lines_of(out.lines)) == each.line);
            BOOST_TEST(out.notes.count(rule::unknown_platform_key) == (each.known ? 0U : 1U));
            BOOST_TEST(join(kept_of(out)) == each.kept);
        }
    }
}

BOOST_AUTO_TEST_CASE(mongo_documents)
{
    struct case_row
    {
        std::string_view name;
        doc document;
        bool unique = true;
        std::string line = {};
        std::string kept = {};
    };
    std::vector<case_row> const rows{
        {"unique", document("email", "zero@test.com", "userzero"), true,
         R"({"isUnique":true,"field":"email","username":"userzero","value":"zero@test.com"})"},
        {"indexed", document("language", "en", "userzero"), false,
         R"({"isUnique":false,"field":"language","username":"userzero","value":"en"})"},
        {"empty value", document("x", "", "u"), false,
         R"({"isUnique":false,"field":"x","username":"u","value":""})"},
        {"number", doc{}.text("field", "x").text("username", "u").i32("value", 5), false,
         R"({"isUnique":false,"field":"x","username":"u","value":5})"},
        {"boolean", doc{}.text("field", "x").text("username", "u").boolean("value", true), false,
         R"({"isUnique":false,"field":"x","username":"u","value":"true"})", "odd-value x/u"},
        {"object", doc{}.text("field", "x").text("username", "u").object("value", doc{}.i32("a", 1)), false,
         R"({"isUnique":false,"field":"x","username":"u","value":"{\"a\":1}"})", "odd-value x/u"},
        {"no username", doc{}.text("field", "x").text("value", "v"), true, "", "unattributable x/"},
        {"no field", doc{}.text("username", "u").text("value", "v"), true, "", "unattributable /u"},
        {"null value", doc{}.text("field", "x").text("username", "u").null("value"), true, "",
         "unattributable x/u"},
        {"NUL", document("x", {"\0", 1}, "u"), true,
         "{\"isUnique\":true,\"field\":\"x\",\"username\":\"u\",\"value\":\"\xef\xbf\xbd\"}", "nul x/u"},
        {"too long", document("x", std::string(2600, 'v'), "u"), true, "", "text-too-long x/u"},
        {"long, but not in the key", document("x", std::string(2600, 'v'), "u"), false,
         R"({"isUnique":false,"field":"x","username":"u","value":")" + std::string(2600, 'v') + "\"}"},
    };
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.name)
        {
            output out;
            auto const bson = each.document.done();
            pryv_export::convert::append_platform_document(bson, each.unique, out);
            BOOST_TEST(is_consistent(out, 1));
            BOOST_TEST(join(lines_of(out.lines)) == each.line);
            BOOST_TEST(join(kept_of(out)) == each.kept);
        }
    }
}

BOOST_AUTO_TEST_CASE(broken_documents_fail)
{
    auto bson = document("a", "b", "c").done();
    bson.back() = 7;
    output out;
    pryv_export::convert::append_platform_document(bson, true, out);
    BOOST_TEST(is_consistent(out, 1));
    BOOST_TEST(out.counts.failed == 1U);
    BOOST_TEST(objects_of(out.extra).at(0).contains("bson"));
}

BOOST_AUTO_TEST_SUITE_END()
