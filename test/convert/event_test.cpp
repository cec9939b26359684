#include "convert/event_support.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

using namespace test;
using convert::rule;

BOOST_AUTO_TEST_SUITE(events)

BOOST_AUTO_TEST_CASE(writes_id_first_then_stored_order_without_markers)
{
    auto const document = event_doc{"c1"}.streams({"s"}).time(1.5).null("content").text("type", "a/b");
    doc body = document.body;
    body.text("userId", "u")
        .i32("__v", 0)
        .text("email__unique", "x")
        .array("attachements", {})
        .f64("endTime", 1.5);
    auto const got = convert_events({body.done()}, without_hashes());
    BOOST_TEST(got.lines.at(0) ==
               R"({"id":"c1","streamIds":["s"],"time":1.5,"content":null,"type":"a/b","endTime":1.5})");
    BOOST_TEST(got.out().counts.written == 1U);
    BOOST_TEST(got.extra.empty());
}

struct change_row
{
    const char* name;
    bytes document;
    const char* line; ///< without hash
    rule expected;
    bool keeps_original = true;
};

BOOST_AUTO_TEST_CASE(names_the_rule_of_each_change_and_keeps_the_original)
{
    auto const base = [] { return event_doc{"c1"}; };
    auto const ends = [](event_doc event) { return event.time(1).end(1).done(); };
    bytes const date = doc::number<std::int64_t>(1500);
    bytes const flag{1};
    change_row const rows[] = {
        {"unknown key", ends(base().text("color", "red")), R"({"id":"c1","time":1,"endTime":1})",
         rule::unknown_key},
        {"stored id", ends(base().text("id", "x")), R"({"id":"c1","time":1,"endTime":1})", rule::unknown_key},
        {"date", doc{}.text("_id", "c1").raw(0x09, "deleted", date).done(), R"({"id":"c1","deleted":1.5})",
         rule::date},
        {"nul", ends(base().text("content", std::string_view{"a\0b", 3})),
         "{\"id\":\"c1\",\"content\":\"a\xef\xbf\xbd"
         "b\",\"time\":1,\"endTime\":1}",
         rule::nul},
        {"utf8", ends(base().text("content", "a\xff")),
         "{\"id\":\"c1\",\"content\":\"a\xef\xbf\xbd\",\"time\":1,\"endTime\":1}", rule::utf8},
        {"numeric text as time", doc{}.text("_id", "c1").text("time", "2.5").f64("endTime", 3).done(),
         R"({"id":"c1","time":2.5,"endTime":3})", rule::odd_value},
        {"other text as time", doc{}.text("_id", "c1").text("created", "soon").done(), R"({"id":"c1"})",
         rule::odd_value},
        {"object as type", doc{}.text("_id", "c1").object("type", {}).done(), R"({"id":"c1"})",
         rule::odd_value},
        {"number as description", ends(base().f64("description", 1.5)),
         R"({"id":"c1","description":"1.5","time":1,"endTime":1})", rule::odd_value},
        {"boolean as createdBy", ends(base().boolean("createdBy", true)),
         R"({"id":"c1","time":1,"endTime":1})", rule::odd_value},
        {"text as streamIds", ends(base().text("streamIds", "s")), R"({"id":"c1","time":1,"endTime":1})",
         rule::odd_value},
        {"text as attachments", ends(base().text("attachments", "s")), R"({"id":"c1","time":1,"endTime":1})",
         rule::odd_value},
        {"array as clientData", doc{}.text("_id", "c1").array("clientData", {}).done(), R"({"id":"c1"})",
         rule::odd_value},
        {"number as trashed", ends(base().f64("trashed", 1)),
         R"({"id":"c1","trashed":true,"time":1,"endTime":1})", rule::odd_value},
        {"not a number as created", ends(base().f64("created", std::nan(""))),
         R"({"id":"c1","time":1,"endTime":1})", rule::odd_value},
        {"number as id", doc{}.i32("_id", 7).done(), R"({"id":"7"})", rule::odd_value},
        {"deleted that v2 cannot hold",
         doc{}.text("_id", "c1").boolean("deleted", true).f64("modified", 4).done(),
         R"({"id":"c1","deleted":4,"modified":4})", rule::odd_value},
        {"duration", doc{}.text("_id", "c1").f64("time", 2).f64("duration", 3).done(),
         R"({"id":"c1","time":2,"endTime":5})", rule::legacy_duration},
        {"no duration", doc{}.text("_id", "c1").f64("time", 2).f64("duration", 0).done(),
         R"({"id":"c1","time":2,"endTime":2})", rule::legacy_duration},
        {"running, with the old far end",
         doc{}.text("_id", "c1").f64("time", 2).f64("endTime", 8760002).null("duration").done(),
         R"({"id":"c1","time":2,"endTime":null})", rule::legacy_duration},
        {"end without time", doc{}.text("_id", "c1").null("time").f64("endTime", 2).done(),
         R"({"id":"c1","time":null})", rule::legacy_duration},
        {"moment without end", doc{}.text("_id", "c1").f64("time", 2).done(),
         R"({"id":"c1","time":2,"endTime":2})", rule::legacy_duration, false},
        {"single stream", ends(base().text("streamId", "s")),
         R"({"id":"c1","time":1,"endTime":1,"streamIds":["s"]})", rule::legacy_stream_id},
    };
    for (auto const& row : rows) {
        BOOST_TEST_CONTEXT(row.name)
        {
            auto const got = convert_events({row.document}, without_hashes());
            BOOST_TEST_REQUIRE(got.lines.size() == 1U);
            BOOST_TEST(got.lines[0] == row.line);
            BOOST_TEST(got.out().counts.changed == 1U);
            BOOST_TEST(got.out().notes.count(row.expected) == 1U);
            BOOST_TEST_REQUIRE(got.extra.size() == (row.keeps_original ? 1U : 0U));
            if (!row.keeps_original) continue;
            BOOST_TEST(got.rule_of_extra(0) == name_of(row.expected));
            BOOST_TEST(got.extra[0].at("kind") == "events");
            BOOST_TEST(got.extra[0].at("record").as_object().contains("_id"));
            BOOST_TEST(got.extra[0].contains("bson") == (row.expected == rule::utf8));
        }
    }
}

BOOST_AUTO_TEST_CASE(keeps_nul_and_bad_bytes_in_the_original)
{
    auto const got = convert_events({note("c1").text("description", std::string_view{"\0\xff", 2}).done()});
    BOOST_TEST(got.rule_of_extra(0) == "utf8");
    BOOST_TEST(got.extra[0].at("rules") == parse_json(R"(["utf8","nul"])"));
    BOOST_TEST(std::string{got.extra[0].at("record").at("description").as_string()} ==
               (std::string{'\0'} + "\xef\xbf\xbd"));
    BOOST_TEST(got.out().counts.changed == 1U);
}

BOOST_AUTO_TEST_CASE(takes_other_things_than_texts_out_of_stream_ids)
{
    doc list;
    list.text("0", "a").f64("1", 5).null("2").text("3", "b");
    auto const got =
        convert_events({doc{}.text("_id", "c1").array("streamIds", list).done()}, without_hashes());
    BOOST_TEST(got.lines.at(0) == R"({"id":"c1","streamIds":["a","5","b"]})");
    BOOST_TEST(got.out().notes.count(rule::odd_value) == 1U);
}

BOOST_AUTO_TEST_CASE(lists_odd_numbers_without_calling_the_record_changed)
{
    struct
    {
        const char* name;
        doc content;
        rule expected;
    } const rows[] = {
        {"wide", doc{}.i64("n", (std::int64_t{1} << 53) + 1), rule::wide_integer},
        {"infinite", doc{}.f64("n", std::numeric_limits<double>::infinity()), rule::not_finite},
        {"binary", doc{}.raw(0x05, "n", {1, 0, 0, 0, 0, 65}), rule::foreign_type},
    };
    for (auto const& row : rows) {
        BOOST_TEST_CONTEXT(row.name)
        {
            event_doc event = note("c1");
            event.body.object("content", row.content);
            auto const got = convert_events({event.done()}, without_hashes());
            BOOST_TEST(got.out().notes.count(row.expected) == 1U);
            BOOST_TEST(got.out().counts.written == 1U);
        }
    }
}

BOOST_AUTO_TEST_CASE(sets_aside_what_v2_cannot_hold)
{
    std::string const long_text(2601, 'x');
    struct
    {
        const char* name;
        bytes document;
        rule expected;
    } const rows[] = {
        {"no id", doc{}.f64("time", 1).done(), rule::unusable_id},
        {"null id", doc{}.null("_id").done(), rule::unusable_id},
        {"empty id", doc{}.text("_id", "").done(), rule::unusable_id},
        {"id is not a number", doc{}.f64("_id", std::nan("")).done(), rule::unusable_id},
        {"long id", doc{}.text("_id", long_text).done(), rule::text_too_long},
        {"long type", doc{}.text("_id", "c1").text("type", long_text).done(), rule::text_too_long},
        {"long head id", doc{}.text("_id", "c1").text("headId", long_text).done(), rule::text_too_long},
        {"long stream id", doc{}.text("_id", "c1").array("streamIds", texts({long_text})).done(),
         rule::text_too_long},
    };
    for (auto const& row : rows) {
        BOOST_TEST_CONTEXT(row.name)
        {
            auto const got = convert_events({row.document});
            BOOST_TEST(got.lines.empty());
            BOOST_TEST(got.history.empty());
            BOOST_TEST(got.out().counts.set_aside == 1U);
            BOOST_TEST(got.rule_of_extra(0) == name_of(row.expected));
            BOOST_TEST(got.out().notes.count(row.expected) == 1U);
        }
    }
}

BOOST_AUTO_TEST_CASE(sets_a_line_aside_that_is_too_long)
{
    convert::rules rules;
    rules.line_bytes = 100;
    auto const got = convert_events({note("c1").text("description", std::string(100, 'x')).done()}, rules);
    BOOST_TEST(got.lines.empty());
    BOOST_TEST(got.rule_of_extra(0) == "line-too-long");
}

BOOST_AUTO_TEST_CASE(fails_on_broken_documents_with_position_and_bytes)
{
    bytes cut_short = note("c2").done();
    cut_short[4] = 0x55; // no such type
    event_doc nested = note("c3");
    nested.body.raw(0x03, "content", {6, 0, 0, 0, 0x55, 0});
    auto const got = convert_events({note("c1").done(), cut_short, nested.done()});
    BOOST_TEST(got.lines.size() == 1U);
    BOOST_TEST(got.out().counts.failed == 2U);
    auto const& examples = got.out().notes.examples(rule::unreadable);
    BOOST_TEST_REQUIRE(examples.size() == 2U);
    auto const begin = note("c1").done().size();
    BOOST_TEST(examples[0].detail.starts_with("offset " + std::to_string(begin + 4)));
    BOOST_TEST(examples[1].id == "c3");
    BOOST_TEST(got.extra.at(1).contains("bson"));
    BOOST_TEST(!got.extra.at(1).contains("record"));
    BOOST_TEST((got.batch.id_hashes.at(1) == 0U));
}

BOOST_AUTO_TEST_CASE(writes_history_apart_with_its_own_id)
{
    doc document;
    document.raw(0x07, "_id", bytes(12, 0xab)).text("headId", "c1").f64("time", 1).f64("endTime", 1);
    auto const got = convert_events({note("c1").done(), document.done()}, without_hashes());
    BOOST_TEST(got.history.at(0) ==
               R"({"id":"abababababababababababab","headId":"c1","time":1,"endTime":1})");
    BOOST_TEST(got.batch.history_count == 1U);
    BOOST_TEST(got.out().line_count == 1U);
}

BOOST_AUTO_TEST_CASE(sets_repeated_ids_aside_when_told)
{
    convert::event_exceptions exceptions;
    exceptions.duplicates = {1};
    auto const got = convert_events({note("c1").done(), note("c1").done()}, {}, exceptions);
    BOOST_TEST(got.lines.size() == 1U);
    BOOST_TEST(got.rule_of_extra(got.extra.size() - 1) == "duplicate-id");
    BOOST_TEST(got.batch.id_hashes.at(0) == got.batch.id_hashes.at(1));
    BOOST_TEST(got.batch.id_hashes.at(0) != 0U);
}

doc one_attachment(std::string_view id)
{
    return doc{}.object(
        "0", doc{}.text("id", id).text("fileName", "f").i32("size", 5).text("integrity", "sha256-x"));
}

BOOST_AUTO_TEST_CASE(lists_attachments_of_heads_and_history)
{
    event_doc head = note("c1");
    head.body.array("attachments", one_attachment("f1"));
    event_doc old = note("h1");
    old.body.text("headId", "c1").array("attachments", one_attachment("f1"));
    event_doc odd = note("c2");
    odd.body.array("attachments", doc{}.object("0", doc{}.i32("id", 3)).text("1", "x"));
    auto const got = convert_events({head.done(), old.done(), odd.done()});
    BOOST_TEST_REQUIRE(got.batch.attachments.size() == 2U);
    auto const& [first, second] = std::tie(got.batch.attachments[0], got.batch.attachments[1]);
    BOOST_TEST(first.file_id == "f1");
    BOOST_TEST(first.size.value() == 5U);
    BOOST_TEST(first.integrity == "sha256-x");
    BOOST_TEST(!first.history);
    BOOST_TEST(second.event_id == "c1");
    BOOST_TEST(second.record == 1U);
    BOOST_TEST(second.history);
    BOOST_TEST(got.out().notes.count(rule::odd_value) == 1U);
}

BOOST_AUTO_TEST_CASE(renames_an_attachment_when_told)
{
    convert::event_exceptions exceptions;
    exceptions.renames = {{0, "f1"}};
    event_doc head = note("c1");
    head.body.array("attachments", one_attachment("f1"));
    auto const got = convert_events({head.done()}, {}, exceptions);
    auto const line = got.line(0);
    BOOST_TEST(line.at("attachments").at(0).at("id") == "f1-c1");
    BOOST_TEST(line.at("attachments").at(0).at("size") == 5);
    BOOST_TEST(std::string{line.at("integrity").as_string()} == slow_hash(got.lines[0]));
    BOOST_TEST(got.rule_of_extra(0) == "attachment-renamed");
}

BOOST_AUTO_TEST_CASE(times_are_those_of_live_events_only)
{
    auto const at = [](std::string_view id, double time) { return event_doc{id}.time(time).end(time); };
    doc deleted = at("c3", 1'600'000'000).body;
    deleted.f64("deleted", 5);
    doc version = at("c4", 1'600'000'000).body;
    version.text("headId", "c1");
    auto const got = convert_events({at("c1", 1'600'000'000).done(), at("c2", -1).done(), deleted.done(),
                                     version.done(), event_doc{"c5"}.done()},
                                    without_hashes());
    BOOST_REQUIRE(got.batch.times.months().size() == 1U);
    BOOST_TEST(got.batch.times.months().front().second == 1U);
    BOOST_TEST(got.batch.times.earlier() == 1U);
    BOOST_TEST(got.batch.times.undated() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
