#include "verify/json_keys.hpp"
#include "verify/json_text.hpp"
#include "verify/stable_text.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace {

using namespace pryv_export::verify;

bool is_json(std::string_view text)
{
    json_text json;
    return json.parse(text) == json_verdict::ok;
}

} // namespace

BOOST_AUTO_TEST_SUITE(json)

BOOST_AUTO_TEST_CASE(takes_what_is_json_and_nothing_else)
{
    for (std::string_view const good :
         {"{}", "[]", "0", "-0", "1e5", "1E+5", "-1.5e-3", "\"\"", "\"\\u00e9\\n\"", " [ 1 , 2 ] ",
          "{\"a\":{\"b\":[[]]}}", "true", "null", "[{},{},[]]"})
        BOOST_TEST(is_json(good), good);
    for (std::string_view const bad :
         {"",           " ",          "{",   "}",       "[1,]",      "[,1]",   "{\"a\"}", "{\"a\":}",
          "{\"a\":1,}", "{a:1}",      "01",  "1.",      ".5",        "+1",     "1e",      "-",
          "tru",        "nul",        "\"",  "\"\\x\"", "\"\\u12\"", "\"\\\"", "[1 2]",   "1 2",
          "[]]",        "{\"a\":1}}", "'a'", "\"\t\"",  "Infinity"})
        BOOST_TEST(!is_json(bad), bad);
}

BOOST_AUTO_TEST_CASE(finds_members_behind_escapes_and_the_last_of_two)
{
    json_text json;
    BOOST_REQUIRE(json.parse(R"({"a":{"x":[1,{"y":2}]},"\u0062":"\ud83d\ude00","c":1,"c":2})") ==
                  json_verdict::ok);
    BOOST_TEST(json.root().size() == 4U);
    BOOST_TEST(json.root().find("b").string() == "\xf0\x9f\x98\x80");
    BOOST_TEST(json.root().find("c").raw() == "2");
    BOOST_TEST(!json.root().find("x"));
    key_checker keys;
    const std::string_view* const name = keys.repeated(json);
    BOOST_REQUIRE(name != nullptr);
    BOOST_TEST(*name == "c");
}

BOOST_AUTO_TEST_CASE(knows_numbers_that_are_printed_as_they_are_written)
{
    json_text json;
    auto const printed = [&](std::string_view text) {
        BOOST_REQUIRE(json.parse(text) == json_verdict::ok);
        return (json.root().traits() & json_printed) != 0;
    };
    for (std::string_view const good :
         {"0", "1", "-1", "10", "1.5", "-0.5", "0.00001", "10.00000001", "1675099361.472", "123456789012345"})
        BOOST_TEST(printed(good), good);
    for (std::string_view const other :
         {"-0", "1.0", "1.50", "-0.0", "0.0000001", "-0.00000012", "1e3", "1E3", "1234567890123456"})
        BOOST_TEST(!printed(other), other);
}

BOOST_AUTO_TEST_CASE(finds_repeated_keys_in_large_objects)
{
    std::string text = "{";
    for (int i = 0; i < 500; ++i) text += "\"k" + std::to_string(i) + "\":0,";
    json_text json;
    key_checker keys;
    std::string const unique = text + "\"z\":0}";
    BOOST_REQUIRE(json.parse(unique) == json_verdict::ok);
    BOOST_TEST(keys.repeated(json) == nullptr);
    std::string const twice = text + "\"k\\u0033\":0}";
    BOOST_REQUIRE(json.parse(twice) == json_verdict::ok);
    BOOST_TEST(keys.repeated(json) != nullptr);
}

BOOST_AUTO_TEST_CASE(notes_what_v2_cannot_keep)
{
    json_text json;
    auto const traits = [&](std::string_view text) {
        BOOST_REQUIRE(json.parse(text) == json_verdict::ok);
        return json.traits();
    };
    BOOST_TEST(traits(R"(["\u0000"])") == (json_escapes | json_nul));
    BOOST_TEST(traits(R"(["\udc00"])") == (json_escapes | json_lone_surrogate));
    BOOST_TEST(traits(R"(["\ud83d\ude00"])") == json_escapes);
    BOOST_TEST(traits("[1e308,1e-400,0.00]") == json_plain);
    BOOST_TEST(traits("[-1e309]") == json_infinite);
    BOOST_TEST(traits("[9007199254740992]") == json_plain);
    BOOST_TEST(traits("[9007199254740993]") == json_wide_integer);
    BOOST_TEST(traits("[100000000000000000000]") == json_plain);
    BOOST_TEST(traits("[123456789012345678901]") == json_wide_integer);
}

BOOST_AUTO_TEST_CASE(hashes_events_as_v1_and_v2_do)
{
    json_text json;
    integrity_hasher hasher;
    record_members members{event_schema};
    auto const verdict = [&](std::string_view text) {
        BOOST_REQUIRE(json.parse(text) == json_verdict::ok);
        members.load(json.root());
        return hasher.check_event(json.root(), members);
    };
    // What sha256sum says of the stable text in the next line.
    // {"content":{"a":1e+21,"b":0,"z":["x",null]},"id":"e","time":1}
    constexpr std::string_view body =
        R"("id":"e","time":1,"content":{"z":["x",null],"n":null,"b":-0,"a":1e21})";
    constexpr std::string_view hash = "8r99n1G/KC/1gbfRSQDxxMlpVB9jejkXqXd2JAQk6yw=";
    std::string const right =
        "{" + std::string{body} + R"(,"integrity":"EVENT:0:sha256-)" + std::string{hash} + "\"}";
    BOOST_TEST((verdict(right) == integrity_hasher::verdict::right));
    std::string const odd =
        "{" + std::string{body} +
        R"(,"trashed":false,"tags":["x"],"endTime":1,"deleted":null,"integrity":"EVENT:0:sha256-)" +
        std::string{hash} + "\"}";
    BOOST_TEST((verdict(odd) == integrity_hasher::verdict::right));
    std::string const other = "{" + std::string{body} + R"(,"trashed":true,"integrity":"EVENT:0:sha256-)" +
                              std::string{hash} + "\"}";
    BOOST_TEST((verdict(other) == integrity_hasher::verdict::wrong));
    BOOST_TEST((verdict("{" + std::string{body} + "}") == integrity_hasher::verdict::absent));
    // With an unknown member everything is sorted: the same members, the same hash but for that one.
    std::string const unknown =
        "{" + std::string{body} + R"(,"zz":null,"integrity":"EVENT:0:sha256-)" + std::string{hash} + "\"}";
    BOOST_TEST((verdict(unknown) == integrity_hasher::verdict::right));
}

BOOST_AUTO_TEST_SUITE_END()
