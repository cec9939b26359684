#include "pryv_export/convert/account.hpp"

#include "convert/collections_support.hpp"

#include <boost/test/unit_test.hpp>

using namespace test;
namespace convert = pryv_export::convert;

BOOST_AUTO_TEST_SUITE(account)

struct written
{
    std::string text;
    boost::json::object line;
    output passwords;
    output key_values;
    output fields;
};

written write(convert::account&& what)
{
    written result;
    pryv_export::format::text_buffer text;
    convert::append_account_line(std::move(what), text, result.passwords, result.key_values, result.fields);
    result.text = text.view();
    BOOST_TEST(result.text.back() == '\n');
    BOOST_TEST(result.text.find('\n') == result.text.size() - 1);
    result.line = parse_json(result.text).as_object();
    return result;
}

convert::account_value value(std::string field, std::string json, double time)
{
    convert::account_value result;
    result.field = std::move(field);
    result.value_json = std::move(json);
    result.time = time;
    result.has_time = true;
    result.created_by = "system";
    result.event_id = "c1";
    return result;
}

BOOST_AUTO_TEST_CASE(writes_three_keys_even_when_there_is_nothing)
{
    BOOST_TEST(write({}).text == "{\"passwords\":[],\"storeKeyValues\":[],\"accountFields\":[]}\n");
}

BOOST_AUTO_TEST_CASE(sorts_passwords_by_time_and_names_a_missing_author)
{
    convert::account what;
    what.passwords.push_back({2, "new", "acc"});
    what.passwords.push_back({1, "old", ""});
    auto const got = write(std::move(what));
    BOOST_TEST(serialize(got.line.at("passwords")) ==
               R"([{"time":1,"hash":"old","createdBy":"system"},{"time":2,"hash":"new","createdBy":"acc"}])");
    BOOST_TEST(got.passwords.counts.written == 2U);
    BOOST_TEST(got.passwords.extra_count == 0U);
}

BOOST_AUTO_TEST_CASE(repairs_passwords_whose_columns_were_swapped)
{
    auto const row = doc{}.f64("time", 1.7e9).text("hash", "h").f64("createdBy", 1.6e9).done();
    auto const read = convert::read_password(row);
    BOOST_TEST_REQUIRE(read.has_value());
    convert::account what;
    what.passwords.push_back(*read);
    auto const got = write(std::move(what));
    BOOST_TEST(serialize(got.line.at("passwords")) ==
               R"([{"time":1600000000,"hash":"h","createdBy":"system"}])");
    BOOST_TEST(got.passwords.notes.count(rule::password_repaired) == 1U);
    BOOST_TEST(got.passwords.counts.changed == 1U);
    BOOST_TEST(serialize(objects_of(got.passwords.extra).at(0).at("record")) ==
               R"({"time":1700000000,"hash":"h","createdBy":1600000000})");
}

BOOST_AUTO_TEST_CASE(sets_a_second_password_of_one_time_aside)
{
    convert::account what;
    what.passwords.push_back({1, "a", "acc"});
    what.passwords.push_back({1, "b", "acc"});
    auto const got = write(std::move(what));
    BOOST_TEST(got.line.at("passwords").as_array().size() == 1U);
    BOOST_TEST(got.passwords.counts.set_aside == 1U);
    BOOST_TEST(got.passwords.counts.adds_up());
}

BOOST_AUTO_TEST_CASE(refuses_rows_that_are_no_passwords)
{
    BOOST_TEST(!convert::read_password(doc{}.text("hash", "h").done()).has_value());
    BOOST_TEST(!convert::read_password(doc{}.f64("time", 1).done()).has_value());
    BOOST_TEST(!convert::read_password(bytes{1, 2, 3}).has_value());
    BOOST_TEST(!convert::read_key_value(doc{}.text("key", "k").done()).has_value());
}

BOOST_AUTO_TEST_CASE(parses_values_that_sqlite_holds_as_text)
{
    struct
    {
        const char* name;
        const char* text;
        const char* expected;
        std::optional<rule> why;
        bool keeps;
    } const rows[] = {
        {"object", R"({"a":[1,2]})", R"({"a":[1,2]})", {}, false},
        {"spaced", "{\n \"a\": 1}", R"({"a":1})", {}, false},
        {"number", "5", "5", {}, false},
        {"string", R"("x")", R"("\"x\"")", rule::key_value_text, false},
        {"no JSON", "x{", R"("x{")", rule::odd_value, true},
        {"NUL", R"({"a":"\u0000\\u0000"})", "{\"a\":\"\xef\xbf\xbd\\\\u0000\"}", rule::nul, true},
        {"half a pair", R"(["\ud800","\ud83d\ude00"])", "[\"\xef\xbf\xbd\",\"\xf0\x9f\x98\x80\"]", rule::nul,
         true},
    };
    for (auto const& row : rows) {
        BOOST_TEST_CONTEXT(row.name)
        {
            convert::account what;
            what.key_values.push_back({"local", "k", row.text, true});
            auto const got = write(std::move(what));
            BOOST_TEST(serialize(got.line.at("storeKeyValues").at(0).at("value")) == row.expected);
            BOOST_TEST(got.key_values.counts.adds_up());
            BOOST_TEST(got.key_values.counts.changed == (row.why ? 1U : 0U));
            if (row.why) BOOST_TEST(got.key_values.notes.count(*row.why) == 1U);
            BOOST_TEST(got.key_values.extra_count == (row.keeps ? 1U : 0U));
        }
    }
}

BOOST_AUTO_TEST_CASE(writes_values_of_mongo_as_they_are)
{
    auto const row = doc{}
                         .text("storeId", "s")
                         .text("key", "k")
                         .object("value", doc{}.text("a", std::string_view{"\0", 1}))
                         .done();
    convert::account what;
    what.key_values.push_back(convert::read_key_value(row).value());
    auto const got = write(std::move(what));
    BOOST_TEST(got.text.find("\\u0000") == std::string::npos);
    BOOST_TEST(got.key_values.notes.count(rule::nul) == 1U);
    BOOST_TEST(got.key_values.extra_count == 1U);
}

BOOST_AUTO_TEST_CASE(sets_a_repeated_key_aside)
{
    convert::account what;
    what.key_values.push_back({"s", "k", "1", true});
    what.key_values.push_back({"s", "k", "2", true});
    auto const got = write(std::move(what));
    BOOST_TEST(got.line.at("storeKeyValues").as_array().size() == 1U);
    BOOST_TEST(got.key_values.counts.set_aside == 1U);
}

BOOST_AUTO_TEST_CASE(gives_the_current_value_the_greatest_time_of_its_field)
{
    convert::account what;
    what.fields.push_back(value("language", "\"fr\"", 3));
    what.fields.push_back(value("email", "\"a@b\"", 5));
    what.past_fields = {{"email", 9}, {"language", 2}};
    auto const got = write(std::move(what));
    auto const& fields = got.line.at("accountFields").as_array();
    BOOST_TEST(fields.at(0).at("field") == "email");
    BOOST_TEST(fields.at(0).at("time") == 9.001);
    BOOST_TEST(fields.at(1).at("time") == 3);
    BOOST_TEST(got.fields.notes.count(rule::account_time) == 1U);
    BOOST_TEST(objects_of(got.fields.extra).at(0).at("record").at("time").to_number<double>() == 5);
}

BOOST_AUTO_TEST_CASE(never_repeats_a_field_and_time)
{
    convert::account what;
    for (int i = 0; i < 3; ++i) what.fields.push_back(value("email", std::to_string(i), 5));
    what.fields.push_back(value("referer", "null", 0));
    what.fields.back().has_time = false;
    auto const got = write(std::move(what));
    std::set<std::pair<std::string, double>> seen;
    for (auto const& each : got.line.at("accountFields").as_array())
        seen.insert({std::string{each.at("field").as_string()}, each.at("time").to_number<double>()});
    BOOST_TEST(seen.size() == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
