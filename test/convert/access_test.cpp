#include "convert/collections_support.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

namespace {

using pryv_export::convert::access_converter;
using pryv_export::convert::integrity_mode;
using pryv_export::convert::rules;
using test::batch;
using test::doc;
using test::output;
using test::rule;

output convert(const batch& all, const rules& configuration = {})
{
    access_converter converter{configuration};
    output out;
    converter.convert(all.records(), out);
    BOOST_TEST(test::is_consistent(out, all.size()));
    return out;
}

/// docs/v1-data.md 7.5, example D, as the store has it.
doc example_d(std::string_view name = "test-3rd-party-app-id")
{
    return doc{}
        .text("_id", "a_4")
        .text("token", "a_4_token")
        .text("name", name)
        .text("type", "app")
        .text("deviceName", "Calvin's Amazing Transmogrifier")
        .array("permissions", doc{}.object("0", doc{}.text("streamId", "s_0").text("level", "contribute")))
        .text("apiEndpoint", "https://a_4_token@example.com/")
        .f64("created", 1675099360.817)
        .text("createdBy", "test")
        .f64("modified", 1675099360.817)
        .text("modifiedBy", "test")
        .i32("lastUsed", 0)
        .object("calls", doc{}.i32("events:get", 3))
        .f64("integrityBatchCode", 7)
        .null("deleted")
        .text("integrity", "ACCESS:0:sha256-XZ8LOzi+jY8qRxMl7RbqIsvZJX9uQRRUA/yVqeby9Y8=")
        .text("userId", "u_0");
}

struct access_row
{
    std::string id;
    std::optional<std::string> token;
    std::optional<std::string> name;
    std::optional<std::string> device;
    bool deleted = false;
    std::string type = "app";
};

doc document_of(const access_row& from)
{
    doc document;
    document.text("_id", from.id).text("type", from.type);
    if (from.token) document.text("token", *from.token);
    if (from.name) document.text("name", *from.name);
    if (from.device) document.text("deviceName", *from.device);
    if (from.deleted)
        document.f64("deleted", 5);
    else
        document.null("deleted");
    return document;
}

} // namespace

BOOST_AUTO_TEST_SUITE(access_conversion)

BOOST_AUTO_TEST_CASE(writes_an_access_as_v1_had_it)
{
    auto const out = convert(batch{}.add(example_d()));
    BOOST_TEST(out.lines.view() ==
               "{\"id\":\"a_4\",\"token\":\"a_4_token\",\"name\":\"test-3rd-party-app-id\",\"type\":\"app\","
               "\"deviceName\":\"Calvin's Amazing Transmogrifier\","
               "\"permissions\":[{\"streamId\":\"s_0\",\"level\":\"contribute\"}],\"created\":1675099360.817,"
               "\"createdBy\":\"test\",\"modified\":1675099360.817,\"modifiedBy\":\"test\",\"lastUsed\":0,"
               "\"calls\":{\"events:get\":3},\"deleted\":null,"
               "\"integrity\":\"ACCESS:0:sha256-XZ8LOzi+jY8qRxMl7RbqIsvZJX9uQRRUA/yVqeby9Y8=\"}\n");
    BOOST_TEST(out.counts.written == 1U);
    BOOST_TEST(out.notes.empty());
}

BOOST_AUTO_TEST_CASE(a_hash_that_does_not_match_is_listed_and_kept)
{
    auto const out = convert(batch{}.add(example_d("another name")));
    BOOST_TEST(out.notes.count(rule::access_integrity_broken) == 1U);
    BOOST_TEST(out.counts.written == 1U);
    BOOST_TEST(out.extra.empty());
    BOOST_TEST(out.lines.view().find("XZ8LOzi+jY8qRxMl7RbqIsvZJX9uQRRUA") != std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(a_hash_of_no_known_algorithm_is_listed)
{
    auto const out = convert(batch{}.add(doc{}.text("_id", "a").text("integrity", "ACCESS:0:crc-AAAA")));
    BOOST_TEST(out.notes.count(rule::access_integrity_broken) == 1U);
}

BOOST_AUTO_TEST_CASE(hashes_are_left_out_when_asked)
{
    rules configuration;
    configuration.integrity = integrity_mode::drop;
    auto const out = convert(batch{}.add(example_d()), configuration);
    BOOST_TEST(out.lines.view().find("integrity") == std::string_view::npos);
    BOOST_TEST(out.notes.count(rule::integrity_dropped) == 1U);
    BOOST_TEST(out.extra.empty());
}

BOOST_AUTO_TEST_CASE(uniqueness)
{
    std::string const long_text(2601, 'x');
    std::string const half(1301, 'x');
    struct row
    {
        std::string_view name;
        std::vector<access_row> accesses;
        std::string written;
        std::string kept;
    };
    std::vector<row> const rows{
        {"different", {{"a", "t1", "n1", {}}, {"b", "t2", "n2", {}}}, "a b", ""},
        {"same id", {{"a", "t1", "n1", {}}, {"a", "t2", "n2", {}}}, "a", "duplicate-id a"},
        {"same token", {{"a", "t", "n1", {}}, {"b", "t", "n2", {}}}, "a", "duplicate-token b"},
        {"same token, one deleted", {{"a", "t", "n1", {}, true}, {"b", "t", "n2", {}}}, "a b", ""},
        {"same token, the later deleted", {{"a", "t", "n1", {}}, {"b", "t", "n2", {}, true}}, "a b", ""},
        {"no token twice", {{"a", {}, "n1", {}}, {"b", {}, "n2", {}}}, "a b", ""},
        {"same name", {{"a", "t1", "n", "d"}, {"b", "t2", "n", "d"}}, "a", "duplicate-name b"},
        {"same name, no device", {{"a", "t1", "n", {}}, {"b", "t2", "n", {}}}, "a", "duplicate-name b"},
        {"same name, empty device", {{"a", "t1", "n", {}}, {"b", "t2", "n", ""}}, "a", "duplicate-name b"},
        {"same name, other device", {{"a", "t1", "n", "d"}, {"b", "t2", "n", "e"}}, "a b", ""},
        {"same name, other type", {{"a", "t1", "n", {}}, {"b", "t2", "n", {}, false, "shared"}}, "a b", ""},
        {"parts that only look alike", {{"a", "t1", "n1:", "x"}, {"b", "t2", "n", "1:x"}}, "a b", ""},
        {"tokens that become one",
         {{"a", "t\xff", "n1", {}}, {"b", "t\xfe", "n2", {}}},
         "a",
         "utf8 a duplicate-token b"},
        {"one set aside claims nothing",
         {{"a", "t", "n", {}}, {"b", "t", "m", {}}, {"c", "u", "m", {}}},
         "a c",
         "duplicate-token b"},
        {"token too long", {{"a", long_text, "n", {}}}, "", "text-too-long a"},
        {"name too long", {{"a", "t", long_text, {}}}, "", "text-too-long a"},
        {"name and device too long together", {{"a", "t", half, half}}, "", "text-too-long a"},
        {"id too long", {{long_text, "t", "n", {}}}, "", "text-too-long " + long_text},
    };
    for (auto const& row : rows) {
        BOOST_TEST_CONTEXT(row.name)
        {
            batch all;
            for (auto const& each : row.accesses) all.add(document_of(each));
            auto const out = convert(all);
            BOOST_TEST(test::join(test::ids_of(out)) == row.written);
            BOOST_TEST(test::join(test::kept_of(out)) == row.kept);
        }
    }
}

BOOST_AUTO_TEST_CASE(remembers_earlier_batches)
{
    access_converter converter{rules{}};
    output first;
    converter.convert(batch{}.add(document_of({"a", "t", "n", {}})).records(), first);
    output second;
    auto const later = batch{}.add(document_of({"b", "t", "m", {}}));
    converter.convert(later.records(), second);
    BOOST_TEST(test::join(test::kept_of(second)) == "duplicate-token b");
}

BOOST_AUTO_TEST_CASE(a_strange_deleted_does_not_revive)
{
    auto const out = convert(
        batch{}.add(doc{}.text("_id", "a").text("token", "t").f64("modified", 9).text("deleted", "yes")));
    auto const line = test::objects_of(out.lines).at(0);
    BOOST_TEST(line.at("deleted").as_int64() == 9);
    BOOST_TEST(test::join(test::kept_of(out)) == "odd-value a");
}

BOOST_AUTO_TEST_CASE(unknown_keys_are_kept_outside)
{
    auto const out =
        convert(batch{}.add(doc{}.text("_id", "a").text("serial", "v2 only").i32("_emptyPermissions", 1)));
    BOOST_TEST(out.lines.view() == "{\"id\":\"a\"}\n");
    BOOST_TEST(test::join(test::kept_of(out)) == "unknown-key a");
}

BOOST_AUTO_TEST_CASE(findings_hold_no_tokens)
{
    auto const out = convert(batch{}
                                 .add(document_of({"a", "secret", "n", {}}))
                                 .add(document_of({"b", "secret", "m", {}}))
                                 .add(document_of({"c", "secret\xff", "k", {}})));
    for (auto const which : {rule::duplicate_token, rule::utf8})
        for (auto const& example : out.notes.examples(which))
            BOOST_TEST((example.id + example.detail).find("secret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(any_accesses_restore)
{
    std::mt19937 random{7};
    auto const below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
    auto const maybe = [&](std::string_view stem) {
        return below(4) == 0 ? std::nullopt : std::optional{std::string{stem} + std::to_string(below(6))};
    };
    for (int round = 0; round < 300; ++round) {
        batch all;
        for (unsigned n = below(30); n > 0; --n)
            all.add(document_of(
                {"a" + std::to_string(below(40)), maybe("t"), maybe("n"), maybe("d"), below(4) == 0}));
        auto const out = convert(all);
        std::set<std::string> ids;
        std::set<std::string> tokens;
        std::set<std::string> names;
        for (auto const& line : test::objects_of(out.lines)) {
            BOOST_TEST(ids.insert(serialize(line.at("id"))).second);
            if (!line.at("deleted").is_null()) continue;
            auto const part = [&](const char* key) {
                return line.contains(key) ? serialize(line.at(key)) : std::string{"-"};
            };
            if (line.contains("token")) BOOST_TEST(tokens.insert(part("token")).second);
            BOOST_TEST(names.insert(part("name") + part("type") + part("deviceName")).second);
        }
        BOOST_TEST(out.line_count + out.extra_count == all.size());
    }
}

BOOST_AUTO_TEST_SUITE_END()
