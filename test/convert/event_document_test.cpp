#include "pryv_export/format/json_writer.hpp"

#include "convert/tables_support.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

namespace {

using namespace test;
using pryv_export::format::bson_type;
using pryv_export::format::nul_policy;
using pryv_export::format::text_buffer;

row event_row()
{
    row columns;
    columns[eventid] = text("c1");
    columns[stream_ids] = text("s_0 s_1 ..");
    columns[event_time] = 1675002160.826;
    columns[end_time] = 1675005760.826;
    columns[type] = text("mass/kg");
    columns[content] = text("60");
    columns[trashed] = std::int64_t{0};
    columns[created] = 5.0;
    columns[created_by] = text("a_1");
    columns[modified] = 6.5;
    columns[modified_by] = text("a_1");
    columns[integrity] = text("EVENT:0:sha256-x");
    return columns;
}

/// The document as JSON; "error: …" when there is none.
std::string json_of(const row& columns)
{
    text_buffer bson;
    bson.append("before");
    std::string error;
    if (!pryv_export::convert::append_event_document(columns, bson, error)) {
        BOOST_TEST(bson.view() == "before");
        return "error: " + error;
    }
    test::bytes const document(bson.data() + 6, bson.data() + bson.size());
    BOOST_TEST((pryv_export::format::validate(document) == pryv_export::format::bson_errc::ok));
    text_buffer json;
    std::uint32_t notes = 0;
    pryv_export::format::append_document(json, document, nul_policy::escape, notes);
    return std::string{json.view()};
}

/// JSON of what `content` became, and the BSON type of it.
std::pair<std::string, bson_type> content_of(std::string_view json)
{
    auto columns = event_row();
    columns[content] = text(json);
    text_buffer bson;
    std::string error;
    BOOST_REQUIRE(pryv_export::convert::append_event_document(columns, bson, error));
    test::bytes const document(bson.data(), bson.data() + bson.size());
    BOOST_TEST((pryv_export::format::validate(document) == pryv_export::format::bson_errc::ok));
    auto const element = pryv_export::format::find(document, "content");
    BOOST_REQUIRE(element);
    text_buffer text;
    std::uint32_t notes = 0;
    pryv_export::format::append_value(text, *element, nul_policy::escape, notes);
    return {std::string{text.view()}, element->type};
}

} // namespace

BOOST_AUTO_TEST_SUITE(event_documents)

BOOST_AUTO_TEST_CASE(documents)
{
    auto const with = [](std::initializer_list<std::pair<column, column_value>> changes) {
        auto columns = event_row();
        for (auto const& [column, value] : changes) columns[column] = value;
        return columns;
    };
    row deletion;
    deletion[eventid] = text("c2");
    deletion[stream_ids] = text("..");
    deletion[deleted] = 7.5;
    deletion[trashed] = std::int64_t{0};
    struct case_row
    {
        std::string_view name;
        row columns;
        std::string json;
    };
    std::string const head =
        R"({"_id":"c1","streamIds":["s_0","s_1"],"type":"mass/kg","content":60,"trashed":false,"time":1675002160.826,)";
    std::string const tail =
        R"("created":5,"createdBy":"a_1","modified":6.5,"modifiedBy":"a_1","integrity":"EVENT:0:sha256-x"})";
    std::vector<case_row> const rows{
        {"period", event_row(), head + R"("endTime":1675005760.826,)" + tail},
        {"running", with({{end_time, {}}}), head + R"("endTime":null,)" + tail},
        {"deletion", deletion, R"({"_id":"c2","trashed":false,"deleted":7.5})"},
        {"history and all else",
         with({{head_id, text("c0")},
               {description, text("d")},
               {client_data, text(R"({"k":[1]})")},
               {attachments, text(R"([{"id":"f","size":5}])")},
               {trashed, std::int64_t{1}},
               {deleted, 8.0}}),
         R"({"_id":"c1","headId":"c0","streamIds":["s_0","s_1"],"type":"mass/kg","content":60,"description":"d",)"
         R"("attachments":[{"id":"f","size":5}],"clientData":{"k":[1]},"trashed":true,"time":1675002160.826,)"
         R"("endTime":1675005760.826,"created":5,"createdBy":"a_1","modified":6.5,"modifiedBy":"a_1",)"
         R"("integrity":"EVENT:0:sha256-x","deleted":8})"},
        {"one stream", with({{stream_ids, text("s ..")}, {end_time, 1.0}}),
         R"({"_id":"c1","streamIds":["s"],"type":"mass/kg","content":60,"trashed":false,"time":1675002160.826,"endTime":1,)" +
             tail},
        {"no tail", with({{stream_ids, text("s_0 s_1")}, {end_time, 1.0}}), head + R"("endTime":1,)" + tail},
        {"no JSON", with({{client_data, text("{x")}}), "error: clientData is no JSON (byte 1)"},
        {"JSON and more", with({{content, text("1 2")}}), "error: content is no JSON (byte 2)"},
    };
    for (auto const& each : rows) BOOST_TEST_CONTEXT(each.name)
        {
            BOOST_TEST(json_of(each.columns) == each.json);
        }
}

BOOST_AUTO_TEST_CASE(values_of_json)
{
    struct case_row
    {
        std::string_view json;
        std::string_view read;
        bson_type type;
    };
    std::vector<case_row> const rows{
        {"0", "0", bson_type::int32},
        {"2147483647", "2147483647", bson_type::int32},
        {"-2147483648", "-2147483648", bson_type::int32},
        {"2147483648", "2147483648", bson_type::float64},
        {"5.0", "5", bson_type::int32},
        {"1e3", "1000", bson_type::int32},
        {"-0", "-0", bson_type::float64},
        {"0.1", "0.1", bson_type::float64},
        {"9007199254740992", "9007199254740992", bson_type::float64},
        {"9007199254740993", "9007199254740993", bson_type::int64},
        {"-9223372036854775808", "-9223372036854775808", bson_type::int64},
        {"9223372036854775808", "9223372036854776000", bson_type::float64},
        {"1e999", "1e999", bson_type::float64},
        {"-1e999", "-1e999", bson_type::float64},
        {"1e-999", "0", bson_type::int32},
        {"5e-324", "5e-324", bson_type::float64},
        {"4.35", "4.35", bson_type::float64},
        {"0.1234567890123456789", "0.12345678901234568", bson_type::float64},
        {" true ", "true", bson_type::boolean},
        {"false", "false", bson_type::boolean},
        {"null", "null", bson_type::null},
        {"\"\"", "\"\"", bson_type::string},
        {R"("a\"\\\/\b\f\n\r\té\u0001")", "\"a\\\"\\\\/\\b\\f\\n\\r\\t\xc3\xa9\\u0001\"", bson_type::string},
        {R"("\u20ac\ud83d\ude00")", "\"\xe2\x82\xac\xf0\x9f\x98\x80\"", bson_type::string},
        {R"("\u0000")", "\"\\u0000\"", bson_type::string},
        {R"("\ud800x\udc00\ud800\u0041")",
         "\"\xef\xbf\xbdx\xef\xbf\xbd\xef\xbf\xbd"
         "A\"",
         bson_type::string},
        {"[]", "[]", bson_type::array},
        {"{}", "{}", bson_type::document},
        {"[1,[2,{\"a\":[]}],\"x\"]", "[1,[2,{\"a\":[]}],\"x\"]", bson_type::array},
        {R"({"b":{"c":null},"a":[{},{"d":1}]})", R"({"b":{"c":null},"a":[{},{"d":1}]})", bson_type::document},
        {R"({"\u00e9\n":1})", "{\"\xc3\xa9\\n\":1}", bson_type::document},
        {R"({"a\u0000b":1})",
         "{\"a\xef\xbf\xbd"
         "b\":1}",
         bson_type::document},
        {R"({"a":1,"a":2})", R"({"a":2})", bson_type::document},
        {"[0,1,2,3,4,5,6,7,8,9,10,11]", "[0,1,2,3,4,5,6,7,8,9,10,11]", bson_type::array},
    };
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.json)
        {
            auto const [read, type] = content_of(each.json);
            BOOST_TEST(read == each.read);
            BOOST_TEST((type == each.type));
        }
    }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_stored_is_reported_downstream)
{
    auto columns = event_row();
    columns[content] = text(R"("\ud800")");
    text_buffer bson;
    std::string error;
    BOOST_REQUIRE(pryv_export::convert::append_event_document(columns, bson, error));
    test::bytes const document(bson.data(), bson.data() + bson.size());
    text_buffer json;
    std::uint32_t notes = 0;
    pryv_export::format::append_document(json, document, nul_policy::escape, notes);
    BOOST_TEST(has(notes, pryv_export::format::json_note::invalid_utf8));
}

BOOST_AUTO_TEST_SUITE_END()
