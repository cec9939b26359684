#include "convert/event_support.hpp"

#include <boost/test/unit_test.hpp>

using namespace test;
using convert::integrity_mode;
using convert::rule;
using pryv_export::format::digest_algorithm;

BOOST_AUTO_TEST_SUITE(integrity)

std::string hash_of_text(std::string_view text, digest_algorithm algorithm = digest_algorithm::sha256)
{
    auto const digest = pryv_export::format::digest_of(algorithm, text);
    return "EVENT:0:" + std::string{name_of(algorithm)} + "-" + pryv_export::format::base64(digest.view());
}

std::string hash_in(const boost::json::object& line)
{
    return std::string{line.at("integrity").as_string()};
}

doc stored_nulls(doc document)
{
    return document.null("content")
        .null("clientData")
        .null("deleted")
        .boolean("trashed", false)
        .text("userId", "u_0");
}

/// docs/v1-data.md 7.5, as 1.8.0 stored them.
doc example_a()
{
    doc files;
    files.object("0", doc{}
                          .text("id", "document")
                          .text("fileName", "document.pdf")
                          .text("type", "application/pdf")
                          .i32("size", 6701));
    files.object("1", doc{}
                          .text("id", "image")
                          .text("fileName", "image (space and special chars)\xc3\xa9__.png")
                          .text("type", "image/png")
                          .i32("size", 2765));
    return stored_nulls(
        doc{}
            .text("_id", "cthisistesteventno0000000")
            .array("streamIds",
                   texts({"s_0_0", "tag-migrated-super", "tag-migrated-cali", "tag-migrated-fragilistic",
                          "tag-migrated-expiali", "tag-migrated-docious"}))
            .f64("time", 1675002160.826)
            .f64("endTime", 1675005760.826)
            .text("type", "activity/pryv")
            .text("description", "First period event, with attachments")
            .array("attachments", files)
            .f64("created", 1675099360.826)
            .text("createdBy", "test")
            .f64("modified", 1675099360.826)
            .text("modifiedBy", "test")
            .text("integrity", "EVENT:0:sha256-Fu3tliSJdOlKY24mKYd4lAoCbGyidkkKMm0qWtn6nJY="));
}

doc example_b()
{
    doc document;
    document.text("_id", "cthisistesteventno0000013")
        .f64("deleted", 1675099060.826)
        .boolean("trashed", false);
    for (auto const* key : {"streamIds", "time", "endTime", "type", "content", "description", "attachments",
                            "clientData", "created", "createdBy", "modified", "modifiedBy"})
        document.null(key);
    return document.text("integrity", "EVENT:0:sha256-oKT9F2pkNKNdrZGe55ZE6Iw0gp5zIEOgaeMKgdjMTH0=")
        .text("userId", "u_0");
}

doc example_c()
{
    return stored_nulls(
        doc{}
            .text("_id", "cthisistesteventno0000009")
            .array("streamIds", texts({"s_0_0"}))
            .f64("time", 1675095760.826)
            .null("endTime")
            .text("type", "activity/pryv")
            .text("description", "One hour ago")
            .null("attachments")
            .f64("created", 1675095760.826)
            .text("createdBy", "test")
            .f64("modified", 1675095760.826)
            .text("modifiedBy", "test")
            .text("integrity", "EVENT:0:sha256-N43FS+rATOsQRz7QV8OtvlBh3NCjHlfd3tO7m64Y9Nc="));
}

BOOST_AUTO_TEST_CASE(keeps_the_hashes_that_v1_stored)
{
    struct
    {
        const char* name;
        doc document;
    } const rows[] = {{"with attachments", example_a()}, {"deletion", example_b()}, {"running", example_c()}};
    for (auto const& row : rows) {
        BOOST_TEST_CONTEXT(row.name)
        {
            auto const got = convert_events({row.document.done()});
            BOOST_TEST(got.out().counts.written == 1U);
            BOOST_TEST(got.extra.empty());
            BOOST_TEST(hash_in(got.line(0)) == slow_hash(got.lines[0]));
        }
    }
}

BOOST_AUTO_TEST_CASE(adds_missing_hashes_to_heads_deletions_and_history)
{
    bytes const documents[] = {note("c1").done(), note("c2").null("integrity").done(),
                               doc{}.text("_id", "c3").f64("deleted", 4).done(),
                               note("c4").text("headId", "c1").done()};
    for (auto const& document : documents) {
        auto const got = convert_events({document});
        std::string const text = got.lines.empty() ? got.history.at(0) : got.lines[0];
        BOOST_TEST(hash_in(parse_json(text).as_object()) == slow_hash(text));
        BOOST_TEST(got.out().notes.count(rule::integrity_added) == 1U);
        BOOST_TEST(got.out().counts.changed == 1U);
        BOOST_TEST(got.extra.empty());
        BOOST_TEST(convert_events({document}, without_hashes()).out().notes.empty());
    }
}

BOOST_AUTO_TEST_CASE(rebases_hashes_that_are_right_under_a_rule_of_v1)
{
    std::string const tail = R"("id":"c1","streamIds":["s"],"time":1675002160.826})";
    auto const period = [](std::string_view hash) {
        return event_doc{"c1"}
            .streams({"s"})
            .time(1675002160.826)
            .end(1675002160.826 + 0.1)
            .text("integrity", hash);
    };
    event_doc empty_list = event_doc{"c1"}.streams({"s"}).time(2).end(2);
    empty_list.body.array("attachments", {})
        .text("integrity", hash_of_text(R"({"id":"c1","streamIds":["s"],"time":2})"));
    event_doc const no_list = event_doc{"c1"}.streams({"s"}).time(2).end(2).text(
        "integrity", hash_of_text(R"({"attachments":[],"id":"c1","streamIds":["s"],"time":2})"));
    struct
    {
        const char* name;
        bytes document;
    } const rows[] = {
        {"fractional duration of 3 digits", period(hash_of_text("{\"duration\":0.1," + tail)).done()},
        {"of 6 digits", event_doc{"c1"}
                            .streams({"s"})
                            .time(1675002160.826)
                            .end(1675002160.826 + 0.123456)
                            .text("integrity", hash_of_text("{\"duration\":0.123456," + tail))
                            .done()},
        {"history under its own id", event_doc{"h1"}
                                         .text("headId", "c1")
                                         .time(2)
                                         .end(2)
                                         .text("integrity", hash_of_text(R"({"id":"h1","time":2})"))
                                         .done()},
        {"empty attachments not hashed", empty_list.done()},
        {"empty attachments hashed, not stored", no_list.done()},
        {"another algorithm",
         event_doc{"c1"}
             .time(2)
             .end(2)
             .text("integrity", hash_of_text(R"({"id":"c1","time":2})", digest_algorithm::sha1))
             .done()},
    };
    for (auto const& row : rows) {
        BOOST_TEST_CONTEXT(row.name)
        {
            auto const got = convert_events({row.document});
            std::string const text = got.lines.empty() ? got.history.at(0) : got.lines[0];
            BOOST_TEST(hash_in(parse_json(text).as_object()) == slow_hash(text));
            BOOST_TEST(got.out().notes.count(rule::integrity_rebased) == 1U);
            BOOST_TEST(got.out().counts.changed == 1U);
            BOOST_TEST(got.rule_of_extra(0) == "integrity-rebased");
            BOOST_TEST(got.extra[0].at("record").as_object().contains("integrity"));
            BOOST_TEST(got.extra[0].at("record").as_object().contains("_id"));
        }
    }
}

BOOST_AUTO_TEST_CASE(says_when_data_does_not_match_its_hash)
{
    for (std::string_view hash :
         {"EVENT:0:sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "nonsense"}) {
        auto const got = convert_events({note("c1").text("integrity", hash).done()});
        BOOST_TEST(hash_in(got.line(0)) == slow_hash(got.lines[0]));
        BOOST_TEST(got.out().notes.count(rule::integrity_broken) == 1U);
        BOOST_TEST(got.rule_of_extra(0) == "integrity-broken");
        BOOST_TEST(std::string{got.extra[0].at("record").at("integrity").as_string()} == hash);
    }
}

BOOST_AUTO_TEST_CASE(follows_a_change_of_ours)
{
    struct
    {
        const char* name;
        bytes document;
        rule change;
    } const rows[] = {
        {"unknown key that was hashed",
         event_doc{"c1"}
             .time(2)
             .end(2)
             .text("color", "red")
             .text("integrity", hash_of_text(R"({"color":"red","id":"c1","time":2})"))
             .done(),
         rule::unknown_key},
        {"number that becomes text",
         event_doc{"c1"}
             .f64("description", 4)
             .time(2)
             .end(2)
             .text("integrity", hash_of_text(R"({"description":4,"id":"c1","time":2})"))
             .done(),
         rule::odd_value},
        {"nul",
         event_doc{"c1"}
             .time(2)
             .end(2)
             .text("content", std::string_view{"\0", 1})
             .text("integrity", hash_of_text(R"({"content":"\u0000","id":"c1","time":2})"))
             .done(),
         rule::nul},
        {"legacy duration",
         doc{}
             .text("_id", "c1")
             .f64("time", 1675002160.826)
             .f64("duration", 0.1)
             .text("integrity", hash_of_text(R"({"duration":0.1,"id":"c1","time":1675002160.826})"))
             .done(),
         rule::legacy_duration},
    };
    for (auto const& row : rows) {
        BOOST_TEST_CONTEXT(row.name)
        {
            auto const got = convert_events({row.document});
            BOOST_TEST(hash_in(got.line(0)) == slow_hash(got.lines[0]));
            BOOST_TEST(got.out().notes.count(row.change) == 1U);
            BOOST_TEST(got.out().notes.count(rule::integrity_follows_change) == 1U);
            BOOST_TEST(got.out().notes.count(rule::integrity_broken) == 0U);
            BOOST_TEST_REQUIRE(got.extra.size() == 1U);
            BOOST_TEST(got.extra[0].at("record").as_object().contains("integrity"));
        }
    }
}

BOOST_AUTO_TEST_CASE(keeps_a_hash_that_a_change_does_not_touch)
{
    auto const document = doc{}
                              .text("_id", "c1")
                              .raw(0x09, "deleted", doc::number<std::int64_t>(1500))
                              .text("integrity", hash_of_text(R"({"deleted":1.5,"id":"c1"})"))
                              .done();
    auto const got = convert_events({document});
    BOOST_TEST(got.out().notes.count(rule::date) == 1U);
    BOOST_TEST(got.out().notes.count(rule::integrity_follows_change) == 0U);
}

BOOST_AUTO_TEST_CASE(leaves_hashes_alone_or_out_when_asked)
{
    convert::rules rules;
    rules.integrity = integrity_mode::keep;
    auto const kept = convert_events({note("c1").text("integrity", "x").done(), note("c2").done()}, rules);
    BOOST_TEST(hash_in(kept.line(0)) == "x");
    BOOST_TEST(!kept.line(1).contains("integrity"));
    BOOST_TEST(kept.out().counts.written == 2U);

    rules.integrity = integrity_mode::drop;
    auto const dropped = convert_events({note("c1").text("integrity", "x").done(), note("c2").done()}, rules);
    BOOST_TEST(!dropped.line(0).contains("integrity"));
    BOOST_TEST(dropped.out().notes.count(rule::integrity_dropped) == 1U);
    BOOST_TEST(dropped.extra.at(0).at("record").at("integrity") == "x");
    BOOST_TEST(dropped.out().counts.written == 1U);
}

BOOST_AUTO_TEST_CASE(takes_an_odd_integrity_out_before_adding_one)
{
    auto const got = convert_events({note("c1").f64("integrity", 4).done()});
    BOOST_TEST(hash_in(got.line(0)) == slow_hash(got.lines[0]));
    BOOST_TEST(got.out().notes.count(rule::odd_value) == 1U);
    BOOST_TEST(got.extra.at(0).at("record").at("integrity") == 4);
}

BOOST_AUTO_TEST_CASE(uses_the_configured_algorithm)
{
    convert::rules rules;
    rules.algorithm = digest_algorithm::sha512;
    auto const got = convert_events({note("c1").done()}, rules);
    BOOST_TEST(hash_in(got.line(0)) == slow_hash(got.lines[0], digest_algorithm::sha512));
}

BOOST_AUTO_TEST_CASE(hashes_odd_values_as_v2_will_read_them)
{
    doc content;
    content.null("gone")
        .f64("zero", -0.0)
        .i64("wide", (std::int64_t{1} << 53) + 1)
        .text("\xc3\xa9", "\xc2\xad\x7f/\xe2\x80\x8d");
    content.array("list", doc{}.null("0").f64("1", 1e21)).text("10", "first").text("2", "before");
    event_doc event = note("c1");
    event.body.object("content", content).text("description", "d\xc2\x80\xf0\x9f\x98\x80");
    event.body.array("attachments", doc{}.object("0", doc{}.text("id", "f").text("readToken", "t")));
    auto const got = convert_events({event.done()});
    BOOST_TEST(hash_in(got.line(0)) == slow_hash(got.lines[0]));
}

BOOST_AUTO_TEST_SUITE_END()
