#include "pryv_export/format/digest.hpp"
#include "pryv_export/format/stable_json.hpp"

#include "support.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace pryv_export::format;
using test::doc;

namespace {

std::string stable_of(const test::bytes& document)
{
    auto const tight = test::exact(document.data(), document.size());
    text_buffer out;
    bson_element const element{bson_type::document, "", tight, 0};
    if (append_stable_value(out, element, nul_policy::replace) != bson_errc::ok) return "error";
    return std::string{out.view()};
}

std::string sha256_of(std::string_view text)
{
    return base64(digest_of(digest_algorithm::sha256, text).view());
}

/// The stable text of parsed JSON: written again, without any BSON.
void write_again(text_buffer& out, const boost::json::value& value)
{
    if (value.is_null()) return out.append("null");
    if (value.is_bool()) return out.append(value.as_bool() ? "true" : "false");
    if (value.is_number()) return append_stable_number(out, value.to_number<double>());
    if (value.is_string()) return append_stable_string(out, value.as_string(), nul_policy::replace);
    if (value.is_array()) {
        std::string_view separator = "[";
        for (auto const& item : value.as_array()) {
            out.append(std::exchange(separator, ","));
            write_again(out, item);
        }
        return out.append(separator == "[" ? "[]" : "]");
    }
    std::vector<std::string_view> keys;
    for (auto const& member : value.as_object()) {
        if (!member.value().is_null()) keys.push_back(member.key());
    }
    std::sort(keys.begin(), keys.end(), [](auto a, auto b) { return compare_utf16(a, b) < 0; });
    std::string_view separator = "{";
    for (auto const& key : keys) {
        out.append(std::exchange(separator, ","));
        append_stable_string(out, key, nul_policy::replace);
        out.append(':');
        write_again(out, value.at(key));
    }
    out.append(separator == "{" ? "{}" : "}");
}

} // namespace

BOOST_AUTO_TEST_SUITE(stable_json)

BOOST_AUTO_TEST_CASE(gives_the_texts_that_v1_hashed)
{
    auto const attachment = [](const char* id, const char* name, const char* type, int size) {
        return doc{}.text("id", id).text("fileName", name).text("type", type).i32("size", size);
    };
    auto const event_a =
        doc{}
            .text("id", "cthisistesteventno0000000")
            .array("streamIds", doc{}
                                    .text("0", "s_0_0")
                                    .text("1", "tag-migrated-super")
                                    .text("2", "tag-migrated-cali")
                                    .text("3", "tag-migrated-fragilistic")
                                    .text("4", "tag-migrated-expiali")
                                    .text("5", "tag-migrated-docious"))
            .f64("time", 1675002160.826)
            .f64("duration", 1675005760.826 - 1675002160.826)
            .text("type", "activity/pryv")
            .null("content")
            .text("description", "First period event, with attachments")
            .array("attachments",
                   doc{}
                       .object("0", attachment("document", "document.pdf", "application/pdf", 6701))
                       .object("1", attachment("image", "image (space and special chars)\xc3\xa9__.png",
                                               "image/png", 2765)))
            .null("clientData")
            .null("deleted")
            .f64("created", 1675099360.826)
            .text("createdBy", "test")
            .f64("modified", 1675099360.826)
            .text("modifiedBy", "test")
            .done();
    BOOST_TEST(stable_of(event_a).size() == 570U);
    BOOST_TEST(sha256_of(stable_of(event_a)) == "Fu3tliSJdOlKY24mKYd4lAoCbGyidkkKMm0qWtn6nJY=");

    auto const event_b = doc{}.text("id", "cthisistesteventno0000013").f64("deleted", 1675099060.826).done();
    BOOST_TEST(sha256_of(stable_of(event_b)) == "oKT9F2pkNKNdrZGe55ZE6Iw0gp5zIEOgaeMKgdjMTH0=");

    auto const event_c = doc{}
                             .text("id", "cthisistesteventno0000009")
                             .null("duration")
                             .text("description", "One hour ago")
                             .array("streamIds", doc{}.text("0", "s_0_0"))
                             .f64("time", 1675095760.826)
                             .text("type", "activity/pryv")
                             .f64("created", 1675095760.826)
                             .text("createdBy", "test")
                             .f64("modified", 1675095760.826)
                             .text("modifiedBy", "test")
                             .done();
    BOOST_TEST(sha256_of(stable_of(event_c)) == "N43FS+rATOsQRz7QV8OtvlBh3NCjHlfd3tO7m64Y9Nc=");

    auto const access_d =
        doc{}
            .text("id", "a_4")
            .text("token", "a_4_token")
            .text("name", "test-3rd-party-app-id")
            .text("type", "app")
            .text("deviceName", "Calvin's Amazing Transmogrifier")
            .array("permissions",
                   doc{}.object("0", doc{}.text("streamId", "s_0").text("level", "contribute")))
            .f64("created", 1675099360.817)
            .text("createdBy", "test")
            .f64("modified", 1675099360.817)
            .text("modifiedBy", "test")
            .done();
    BOOST_TEST(sha256_of(stable_of(access_d)) == "XZ8LOzi+jY8qRxMl7RbqIsvZJX9uQRRUA/yVqeby9Y8=");
}

BOOST_AUTO_TEST_CASE(escapes_and_omits_as_v1_does)
{
    auto const content = doc{}
                             .null("a")
                             .array("b", doc{}.null("0").f64("1", 1e21).f64("2", 1e-7).f64("3", -0.0))
                             .text("\xc3\xa9", "\xe2\x80\x8d\xc3\xa9\x7f/");
    auto const document =
        doc{}.text("id", "x").f64("time", 1.1).f64("duration", 1.3 - 1.1).object("content", content).done();
    BOOST_TEST(stable_of(document) ==
               "{\"content\":{\"b\":[null,1e+21,1e-7,0],\"\xc3\xa9\":\"\\u200d\xc3\xa9\\u007f/\"},"
               "\"duration\":0.19999999999999996,\"id\":\"x\",\"time\":1.1}");
}

BOOST_AUTO_TEST_CASE(escapes_the_wider_set)
{
    struct
    {
        const char* text;
        const char* stable;
    } const table[] = {
        {"\x7e\x7f", "~\\u007f"},
        {"\xc2\x80\xc2\x9f\xc2\xa0", "\\u0080\\u009f\xc2\xa0"},
        {"\xc2\xac\xc2\xad\xc2\xae", "\xc2\xac\\u00ad\xc2\xae"},
        {"\xd7\xbf\xd8\x80\xd8\x84\xd8\x85", "\xd7\xbf\\u0600\\u0604\xd8\x85"},
        {"\xdc\x8e\xdc\x8f\xdc\x90", "\xdc\x8e\\u070f\xdc\x90"},
        {"\xe1\x9e\xb3\xe1\x9e\xb4\xe1\x9e\xb5\xe1\x9e\xb6", "\xe1\x9e\xb3\\u17b4\\u17b5\xe1\x9e\xb6"},
        {"\xe2\x80\x8b\xe2\x80\x8c\xe2\x80\x8f\xe2\x80\x90", "\xe2\x80\x8b\\u200c\\u200f\xe2\x80\x90"},
        {"\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xaf\xe2\x80\xb0", "\xe2\x80\xa7\\u2028\\u202f\xe2\x80\xb0"},
        {"\xe2\x81\x9f\xe2\x81\xa0\xe2\x81\xaf\xe2\x81\xb0", "\xe2\x81\x9f\\u2060\\u206f\xe2\x81\xb0"},
        {"\xef\xbb\xbe\xef\xbb\xbf\xef\xbc\x80", "\xef\xbb\xbe\\ufeff\xef\xbc\x80"},
        {"\xef\xbf\xaf\xef\xbf\xb0\xef\xbf\xbf\xf0\x90\x80\x80",
         "\xef\xbf\xaf\\ufff0\\uffff\xf0\x90\x80\x80"},
        {"\b\t\n\f\r\x0b\"\\/", "\\b\\t\\n\\f\\r\\u000b\\\"\\\\/"},
        {"a\xffz", "a\\ufffdz"},
    };
    for (auto const& row : table) {
        text_buffer out;
        append_stable_string(out, row.text, nul_policy::replace);
        BOOST_TEST(out.view() == '"' + std::string{row.stable} + '"');
    }
}

BOOST_AUTO_TEST_CASE(sorts_by_utf16_code_unit)
{
    std::vector<std::string_view> const sorted{"",
                                               "$id",
                                               "0",
                                               "10",
                                               "2",
                                               "a",
                                               "aa",
                                               "\xc3\xa9",
                                               "\xed\x9f\xbf",
                                               "\xf0\x90\x80\x80",
                                               "\xf4\x8f\xbf\xbf",
                                               "\xee\x80\x80",
                                               "\xef\xbf\xbd"};
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        for (std::size_t j = 0; j < sorted.size(); ++j) {
            int const order = compare_utf16(sorted[i], sorted[j]);
            BOOST_TEST((order < 0) == (i < j));
            BOOST_TEST((order > 0) == (i > j));
        }
    }
}

BOOST_AUTO_TEST_CASE(leaves_out_what_json_made_null)
{
    auto const inf = std::numeric_limits<double>::infinity();
    BOOST_TEST(stable_of(doc{}
                             .f64("a", inf)
                             .array("b", doc{}.f64("0", inf).raw(0x06, "1", {}))
                             .raw(0x06, "c", {})
                             .done()) == R"({"b":[null,null]})");
    BOOST_TEST(stable_of(doc{}.i32("a", 1).null("a").done()) == "{}");
}

BOOST_AUTO_TEST_CASE(equals_the_text_made_from_the_written_json)
{
    test::random_documents random{9, false};
    int compared = 0;
    for (int n = 0; n < 2000; ++n) {
        auto const document = random.document().done();
        text_buffer json;
        json_notes notes = 0;
        BOOST_TEST_REQUIRE((append_document(json, document, nul_policy::replace, notes) == bson_errc::ok));
        if (has(notes, json_note::non_finite)) continue; // ±1e999: Boost.JSON refuses it
        boost::json::parse_options options;
        options.allow_invalid_utf8 = false;
        text_buffer expected;
        write_again(expected, boost::json::parse(json.view(), {}, options));
        auto const stable = stable_of(document);
        BOOST_TEST_CONTEXT(json.view())
        {
            BOOST_TEST_REQUIRE(stable == expected.view());
        }
        ++compared;
    }
    BOOST_TEST(compared > 1500);
}

BOOST_AUTO_TEST_CASE(limits_the_depth_and_fails_cleanly)
{
    test::bytes inner = doc{}.done();
    for (unsigned i = 1; i < max_bson_depth; ++i) inner = doc{}.raw(0x03, "o", inner).done();
    text_buffer out;
    out.append("before");
    auto const too_deep = doc{}.raw(0x03, "o", inner).done();
    bson_element const element{bson_type::document, "", too_deep, 0};
    BOOST_TEST((append_stable_value(out, element, nul_policy::escape) == bson_errc::too_deep));
    BOOST_TEST(out.view() == "before");
    auto const fine = *find(too_deep, "o");
    BOOST_TEST((append_stable_value(out, bson_element{bson_type::document, "", fine.value.subspan(7), 0},
                                    nul_policy::escape) == bson_errc::ok));
}

BOOST_AUTO_TEST_SUITE_END()
