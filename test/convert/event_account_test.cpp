#include "convert/event_support.hpp"

#include <boost/test/unit_test.hpp>

using namespace test;
using convert::rule;

BOOST_AUTO_TEST_SUITE(event_account)

bytes field_event(std::string_view id, std::initializer_list<std::string_view> streams, double time = 5,
                  std::string_view extra_key = {}, double extra = 0)
{
    event_doc event{id};
    event.streams(streams).time(time).end(time).text("type", "email/string").text("content", "a@b.ch");
    event.text("createdBy", "system");
    if (extra_key == "trashed")
        event.boolean("trashed", true);
    else if (extra_key == "headId")
        event.text("headId", "head");
    else if (!extra_key.empty())
        event.f64(extra_key, extra);
    return event.done();
}

convert::rules known()
{
    convert::rules rules;
    rules.account_known = true;
    rules.account_fields = {"email", "phone", "language"};
    rules.other_streams = {":system:project"};
    return rules;
}

enum class ending
{
    event,
    field,
    kept
};

BOOST_AUTO_TEST_CASE(tells_account_fields_from_events)
{
    struct
    {
        const char* name;
        std::vector<std::string_view> streams;
        bool known;
        ending expected;
    } const rows[] = {
        {"current", {":system:email", ":_system:active", ":_system:unique"}, true, ending::field},
        {"built in", {":_system:language", ":_system:active"}, true, ending::field},
        {"configured", {":system:phone", ":_system:active"}, true, ending::field},
        {"1.6 shape", {".email", ".active"}, true, ending::field},
        {"not active", {":system:email"}, true, ending::kept},
        {"not configured", {":system:shoe", ":_system:active"}, true, ending::event},
        {"not configured, config unknown", {":system:shoe", ":_system:active"}, false, ending::field},
        {"not configured, not active, config unknown", {":system:shoe"}, false, ending::event},
        {"the user's other streams", {":system:project", ":_system:active"}, true, ending::event},
        {"the same, config unknown", {":system:project", ":_system:active"}, false, ending::event},
        {"helpers only", {":_system:helpers"}, true, ending::event},
        {"active only", {":_system:active"}, false, ending::event},
        {"a stream of the user with a dot", {".diary"}, true, ending::event},
        {"a stream of the user with a dot, config unknown",
         {".diary", ":_system:active"},
         false,
         ending::event},
        {"ordinary", {"diary"}, true, ending::event},
    };
    for (auto const& row : rows) {
        BOOST_TEST_CONTEXT(row.name)
        {
            convert::rules rules = known();
            rules.account_known = row.known;
            doc list;
            for (std::size_t i = 0; i < row.streams.size(); ++i) list.text(std::to_string(i), row.streams[i]);
            auto const document = doc{}
                                      .text("_id", "c1")
                                      .array("streamIds", list)
                                      .f64("time", 5)
                                      .f64("endTime", 5)
                                      .text("content", "v");
            auto const got = convert_events({document.done()}, rules);
            BOOST_TEST(got.lines.size() == (row.expected == ending::event ? 1U : 0U));
            BOOST_TEST(got.batch.account.size() == (row.expected == ending::field ? 1U : 0U));
            BOOST_TEST(got.out().notes.count(rule::account_history) ==
                       (row.expected == ending::kept ? 1U : 0U));
            BOOST_TEST(got.out().counts.adds_up());
        }
    }
}

BOOST_AUTO_TEST_CASE(takes_the_current_value_without_calling_it_changed)
{
    auto const got = convert_events({field_event("c1", {":system:email", ":_system:active"})}, known());
    auto const& value = got.batch.account.at(0);
    BOOST_TEST(value.field == "email");
    BOOST_TEST(value.value_json == "\"a@b.ch\"");
    BOOST_TEST(value.time == 5);
    BOOST_TEST(value.created_by == "system");
    BOOST_TEST(value.event_id == "c1");
    BOOST_TEST(got.out().counts.written == 1U);
    BOOST_TEST(got.out().counts.account_fields == 1U);
    BOOST_TEST(got.out().line_count == 0U);
    BOOST_TEST(got.extra.empty());
}

BOOST_AUTO_TEST_CASE(keeps_what_is_not_current_under_extra_with_its_time)
{
    for (std::string_view key : {"headId", "deleted", "trashed"}) {
        BOOST_TEST_CONTEXT(key)
        {
            auto const got =
                convert_events({field_event("c1", {":system:email", ":_system:active"}, 7, key, 9)}, known());
            BOOST_TEST(got.batch.account.empty());
            BOOST_TEST(got.rule_of_extra(0) == "account-history");
            BOOST_TEST(got.out().counts.set_aside == 1U);
            BOOST_TEST(got.batch.account_history.at(0).field == "email");
            BOOST_TEST(got.batch.account_history.at(0).time == 7);
        }
    }
}

BOOST_AUTO_TEST_CASE(gives_names_and_passwords_of_old_stores_their_own_place)
{
    auto const got = convert_events({field_event("c1", {":_system:username", ":_system:active"}),
                                     field_event("c2", {":_system:passwordHash", ":_system:active"})},
                                    known());
    BOOST_TEST(got.batch.account.empty());
    BOOST_TEST(got.batch.username.at(0).value_json == "\"a@b.ch\"");
    BOOST_TEST(got.batch.password_hash.at(0).time == 5);
    BOOST_TEST(got.out().counts.account_fields == 2U);
}

BOOST_AUTO_TEST_CASE(splits_an_event_that_is_also_in_a_users_stream)
{
    auto const got = convert_events({field_event("c1", {"diary", ":system:email", ":_system:active"}),
                                     field_event("c2", {"diary", ":system:email"})},
                                    known());
    BOOST_TEST_REQUIRE(got.lines.size() == 2U);
    for (std::size_t i : {0U, 1U}) {
        auto const line = got.line(i);
        BOOST_TEST(line.at("streamIds") == parse_json(R"(["diary"])"));
        BOOST_TEST(std::string{line.at("integrity").as_string()} == slow_hash(got.lines[i]));
        BOOST_TEST(got.rule_of_extra(i) == "system-stream-split");
    }
    BOOST_TEST(got.batch.account.size() == 1U);
    BOOST_TEST(got.batch.account_history.size() == 1U);
    BOOST_TEST(got.out().counts.changed == 2U);
    BOOST_TEST(got.out().counts.account_fields == 0U);
}

BOOST_AUTO_TEST_CASE(falls_back_on_created_for_the_time)
{
    auto const document = doc{}
                              .text("_id", "c1")
                              .array("streamIds", texts({":system:email", ":_system:active"}))
                              .f64("created", 3)
                              .done();
    auto const got = convert_events({document}, known());
    BOOST_TEST(got.batch.account.at(0).time == 3);
    BOOST_TEST(got.batch.account.at(0).value_json == "null");
    BOOST_TEST(got.batch.account.at(0).created_by == "system");
}

BOOST_AUTO_TEST_SUITE_END()
