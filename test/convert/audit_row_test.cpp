#include "convert/tables_support.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <limits>
#include <random>

namespace {

using namespace test;

output convert(const row& columns, std::int64_t rowid = 7)
{
    output out;
    pryv_export::convert::append_audit_row(rowid, columns, nullptr, out);
    BOOST_TEST(is_consistent(out, 1));
    return out;
}

/// Whether a text or a name holds U+0000.
bool holds_nul(const boost::json::value& value)
{
    if (value.is_string()) return value.as_string().find('\0') != std::string::npos;
    if (value.is_array()) return std::any_of(value.as_array().begin(), value.as_array().end(), holds_nul);
    if (!value.is_object()) return false;
    auto const& members = value.as_object();
    return std::any_of(members.begin(), members.end(), [](auto const& member) {
        return member.key().find('\0') != std::string::npos || holds_nul(member.value());
    });
}

/// What v2's two audit engines do with a line (docs/v2-archive.md 5 "audit"). Empty when both take it.
std::string import_problem(const boost::json::object& line)
{
    static const std::set<std::string_view> names{
        "eventid",    "headId",   "streamIds",   "time",       "deleted",    "endTime",
        "type",       "content",  "description", "clientData", "integrity",  "attachments",
        "trashed",    "created",  "createdBy",   "modified",   "modifiedBy", "head_id",
        "stream_ids", "end_time", "client_data", "created_by", "modified_by"};
    if (line.size() != names.size()) return "members missing or twice";
    for (auto const& member : line) {
        std::string const key{member.key()};
        if (!names.contains(key)) return "unknown " + key;
        auto const& value = member.value();
        if (value.is_object() || value.is_array() || value.is_bool()) return "unbindable " + key;
        bool const json =
            key == "content" || key == "clientData" || key == "client_data" || key == "attachments";
        if (!json || value.is_null()) continue;
        if (!value.is_string()) return "no text " + key;
        boost::json::error_code error;
        boost::json::parse_options options;
        options.max_depth = 1001;
        auto const parsed =
            boost::json::parse(value.as_string(), error, {}, options); // refuses lone surrogates
        if (error) return "no JSON in " + key;
        if (holds_nul(parsed)) return "NUL in " + key;
    }
    if (!line.at("eventid").is_string() || line.at("eventid").as_string().size() > 2600) return "eventid";
    for (auto const* key : {"time", "deleted", "endTime", "created", "modified", "end_time"})
        if (line.at(key).is_string()) return std::string{"no number "} + key;
    auto const& flag = line.at("trashed");
    if (!flag.is_null() && flag.to_number<double>() != 0 && flag.to_number<double>() != 1) return "trashed";
    return {};
}

/// A member of the one line, as JSON text.
std::string member_of(const output& out, std::string_view name)
{
    return serialize(objects_of(out.lines).at(0).at(name));
}

constexpr std::string_view utf8_replacement = "\xef\xbf\xbd";

} // namespace

BOOST_AUTO_TEST_SUITE(audit_rows)

BOOST_AUTO_TEST_CASE(writes_the_union_of_both_engines)
{
    auto const out = convert(audit_row());
    BOOST_TEST(
        out.lines.view() ==
        "{\"eventid\":\"cl9\",\"headId\":null,\"streamIds\":\"access-a_1 action-events.get ..\","
        "\"time\":1675099361.5,\"deleted\":null,\"endTime\":1675099361.5,\"type\":\"audit-log/pryv-api\","
        "\"content\":\"{\\\"source\\\":{\\\"name\\\":\\\"http\\\",\\\"ip\\\":\\\"1.2.3.4\\\"},"
        "\\\"action\\\":\\\"events.get\\\",\\\"query\\\":{\\\"limit\\\":1}}\",\"description\":null,"
        "\"clientData\":null,\"integrity\":null,\"attachments\":null,\"trashed\":0,\"created\":1675099361.5,"
        "\"createdBy\":\"system\",\"modified\":1675099361.5,\"modifiedBy\":\"system\",\"head_id\":null,"
        "\"stream_ids\":\"access-a_1 action-events.get ..\",\"end_time\":1675099361.5,\"client_data\":null,"
        "\"created_by\":\"system\",\"modified_by\":\"system\"}\n");
    BOOST_TEST(out.counts.written == 1U);
    BOOST_TEST(out.notes.empty());
    BOOST_TEST(import_problem(objects_of(out.lines).at(0)) == "");
}

BOOST_AUTO_TEST_CASE(second_row_of_an_id_is_set_aside)
{
    pryv_export::convert::audit_ids seen;
    output out;
    auto other = audit_row();
    other[eventid] = text("another");
    for (auto const& columns : {audit_row(), other, audit_row()})
        pryv_export::convert::append_audit_row(7, columns, &seen, out);
    BOOST_TEST(is_consistent(out, 3));
    BOOST_TEST(out.counts.written == 2U);
    BOOST_TEST(out.counts.set_aside == 1U);
    auto const extra = objects_of(out.extra).at(0);
    BOOST_TEST(extra.at("rule") == "duplicate-id");
    BOOST_TEST(extra.at("id") == "cl9");
    BOOST_TEST(out.notes.examples(pryv_export::convert::rule::duplicate_id).size() == 1U);
}

BOOST_AUTO_TEST_CASE(values)
{
    double const infinity = std::numeric_limits<double>::infinity();
    test::bytes const three{1, 2, 255};
    std::string const deep = std::string(1001, '[') + std::string(1001, ']');
    struct case_row
    {
        std::string_view name;
        std::size_t column;
        column_value value;
        std::string written; ///< JSON of the member
        std::string kept;    ///< rules in extra
    };
    std::vector<case_row> const rows{
        {"integer time", event_time, std::int64_t{5}, "5", ""},
        {"whole real", event_time, 1675099361.0, "1675099361", ""},
        {"large real", event_time, 1e21, "1E21", ""},
        {"minus zero", event_time, -0.0, "0", ""},
        {"infinity", event_time, infinity, "null", "not-finite"},
        {"minus infinity", end_time, -infinity, "null", "not-finite"},
        {"wide integer", event_time, std::int64_t{9007199254740993}, "9007199254740993", ""},
        {"text time", event_time, text("yesterday"), "null", "odd-value"},
        {"numeric text", event_time, text("12.5"), "1.25E1", "odd-value"},
        {"blob time", event_time, blob(three), "null", "odd-value"},
        {"trashed", trashed, std::int64_t{1}, "1", ""},
        {"no flag", trashed, column_value{}, "null", ""},
        {"odd flag", trashed, std::int64_t{2}, "0", "odd-value"},
        {"text flag", trashed, text("1"), "0", "odd-value"},
        {"null content", content, column_value{}, "null", ""},
        {"JSON null", content, text("null"), "\"null\"", ""},
        {"JSON string", content, text("\"a\""), R"("\"a\"")", ""},
        {"no JSON", content, text("{a}"), R"("\"{a}\"")", "odd-value"},
        {"empty text", client_data, text(""), R"("\"\"")", "odd-value"},
        {"too deep", content, text(deep), "\"\\\"" + deep + "\\\"\"", "odd-value"},
        {"too wide a number", content, text("1e99999"), R"("\"1e99999\"")", "odd-value"},
        {"array of attachments", attachments, text("[{\"id\":1}]"), R"("[{\"id\":1}]")", ""},
        {"escaped NUL", content, text(R"({"a\u0000":"\\u0000"})"), R"("{\"a\\ufffd\":\"\\\\u0000\"}")",
         "nul"},
        {"lone surrogates", content, text(R"(["\ud800","\udc00\ud83d\ude00","\ud800\u0041"])"),
         R"("[\"\\ufffd\",\"\\ufffd\\ud83d\\ude00\",\"\\ufffd\\u0041\"]")", "utf8"},
        {"raw NUL", content, text({"\"a\0\"", 4}),
         "\"\\\"\\\\\\\"a" + std::string{utf8_replacement} + "\\\\\\\"\\\"\"", ""}, // rules below: two
        {"bytes", content, text("\"\xff\""), "\"\\\"" + std::string{utf8_replacement} + "\\\"\"", "utf8"},
        {"number for JSON", content, std::int64_t{5}, "\"5\"", "odd-value"},
        {"real for JSON", client_data, 1675099361.5, "\"1675099361.5\"", "odd-value"},
        {"infinity for JSON", content, infinity, "null", "odd-value not-finite"},
        {"blob for JSON", content, blob(three), R"("{\"type\":\"Buffer\",\"data\":[1,2,255]}")", "odd-value"},
        {"NUL in a text", description, text({"a\0b", 3}), "\"a" + std::string{utf8_replacement} + "b\"",
         "nul"},
        {"bytes in a text", stream_ids, text("a\xff"), "\"a" + std::string{utf8_replacement} + "\"", "utf8"},
        {"number for a text", description, std::int64_t{5}, "5", ""},
        {"blob for a text", description, blob(three), R"("{\"type\":\"Buffer\",\"data\":[1,2,255]}")",
         "odd-value"},
    };
    static const std::vector<std::string> names{
        "eventid", "headId",  "streamIds",   "time",       "deleted",   "endTime",
        "type",    "content", "description", "clientData", "integrity", "attachments",
        "trashed", "created", "createdBy",   "modified",   "modifiedBy"};
    for (auto const& each : rows) {
        BOOST_TEST_CONTEXT(each.name)
        {
            auto columns = audit_row();
            columns[each.column] = each.value;
            auto const out = convert(columns);
            BOOST_TEST(member_of(out, names[each.column]) == each.written);
            BOOST_TEST(import_problem(objects_of(out.lines).at(0)) == "");
            if (each.name == "raw NUL") {
                BOOST_TEST(objects_of(out.extra).at(0).at("rules") ==
                           boost::json::value({"odd-value", "nul"}));
                continue;
            }
            std::string kept;
            if (!out.extra.empty()) {
                auto const line = objects_of(out.extra).at(0);
                kept = std::string{line.at("rule").as_string()};
                if (line.contains("rules") && line.at("rules").as_array().size() > 1)
                    kept += " " + std::string{line.at("rules").at(1).as_string()};
            }
            BOOST_TEST(kept == each.kept);
            BOOST_TEST(out.counts.changed == (each.kept.empty() ? 0U : 1U));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_second_names_repeat_the_first)
{
    auto columns = audit_row();
    columns[head_id] = text("h\"\xff");
    columns[client_data] = text("{}");
    columns[end_time] = 3.25;
    columns[created_by] = text("a b");
    columns[modified_by] = text("c");
    auto const line = objects_of(convert(columns).lines).at(0);
    BOOST_TEST(line.at("head_id") == line.at("headId"));
    BOOST_TEST(line.at("stream_ids") == line.at("streamIds"));
    BOOST_TEST(line.at("end_time").as_double() == 3.25);
    BOOST_TEST(line.at("client_data") == line.at("clientData"));
    BOOST_TEST(line.at("created_by").as_string() == "a b");
    BOOST_TEST(line.at("modified_by").as_string() == "c");
}

BOOST_AUTO_TEST_CASE(equal_and_different_times)
{
    auto columns = audit_row();
    columns[event_time] = 1.5;
    columns[deleted] = 2.5;
    columns[end_time] = 1.5;
    columns[created] = 1.5;
    columns[modified] = 2.5;
    auto const out = convert(columns);
    for (auto const& [name, value] : std::vector<std::pair<std::string, double>>{
             {"time", 1.5}, {"deleted", 2.5}, {"endTime", 1.5}, {"created", 1.5}, {"modified", 2.5}})
        BOOST_TEST(objects_of(out.lines).at(0).at(name).as_double() == value);
}

BOOST_AUTO_TEST_CASE(an_id_is_made_for_rows_without)
{
    auto columns = audit_row();
    columns[eventid] = {};
    columns[trashed] = std::int64_t{1};
    auto const out = convert(columns);
    // SHA-256 as append_made_id() lays it down, computed elsewhere.
    BOOST_TEST(member_of(out, "eventid") == "\"a3f1d53ec8cfa47416fbd1ef6\"");
    BOOST_TEST(out.notes.count(rule::audit_id_made) == 1U);
    BOOST_TEST(out.counts.changed == 1U);
    BOOST_TEST(out.extra.empty()); // nothing is lost
    BOOST_TEST(member_of(convert(columns, 8), "eventid") != member_of(out, "eventid"));
    columns[description] = text("");
    BOOST_TEST(member_of(convert(columns), "eventid") != member_of(out, "eventid"));
}

BOOST_AUTO_TEST_CASE(ids_that_would_become_one_are_made)
{
    auto columns = audit_row();
    columns[eventid] = text("a\xff");
    auto const first = convert(columns, 1);
    columns[eventid] = text("a\xfe");
    auto const second = convert(columns, 2);
    BOOST_TEST(member_of(first, "eventid") != member_of(second, "eventid"));
    BOOST_TEST(member_of(first, "eventid").size() == 27U);
    BOOST_TEST(join(kept_of(first)).starts_with("utf8 a"));
}

BOOST_AUTO_TEST_CASE(the_original_is_kept_whole)
{
    auto columns = audit_row();
    columns[description] = text({"a\0\xff", 3});
    auto const line = lines_of(convert(columns).extra).at(0);
    BOOST_TEST(
        line.starts_with("{\"rule\":\"nul\",\"rules\":[\"nul\",\"utf8\"],\"kind\":\"audit\",\"id\":\"cl9\","
                         "\"record\":{\"rowid\":7,\"eventid\":\"cl9\",\"headId\":null,"));
    BOOST_TEST(line.find("\"description\":\"a\\u0000\xef\xbf\xbd\"") != std::string::npos);
    BOOST_TEST(line.ends_with("},\"bytes\":{\"description\":\"YQD/\"}}"));
}

BOOST_AUTO_TEST_CASE(texts_that_cannot_be_indexed_set_the_row_aside)
{
    std::string const long_text(2601, 'x');
    std::string const bad_bytes(1000, '\xff'); // 3000 bytes when replaced
    for (auto const column : {eventid, type, created_by, modified_by}) {
        BOOST_TEST_CONTEXT("column " << column)
        {
            auto columns = audit_row();
            columns[column] = text(long_text);
            auto const out = convert(columns);
            BOOST_TEST(out.counts.set_aside == 1U);
            BOOST_TEST(out.lines.empty());
            BOOST_TEST(out.notes.count(rule::text_too_long) == 1U);
        }
    }
    auto columns = audit_row();
    columns[type] = text(bad_bytes);
    BOOST_TEST(convert(columns).counts.set_aside == 1U);
    columns[type] = text(std::string_view{long_text}.substr(0, 2600));
    BOOST_TEST(convert(columns).counts.written == 1U);
    columns[stream_ids] = text(long_text);
    BOOST_TEST(convert(columns).counts.written == 1U);
}

BOOST_AUTO_TEST_CASE(any_row_imports)
{
    std::mt19937 random{99};
    auto const below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
    std::vector<std::string> const pieces{"{",        "}",
                                          "[",        "]",
                                          "\"",       "a",
                                          ":",        ",",
                                          "\\",       "\\u0000",
                                          "\\ud800",  "\\udc00",
                                          "\\n",      "1",
                                          "-",        ".5",
                                          "e9",       "true",
                                          "null",     " ",
                                          "\xff",     "\xed\xa0\x80",
                                          "\xc3\xa9", std::string(1, '\0')};
    test::bytes const some_bytes{0, 9, 255};
    for (int round = 0; round < 20000; ++round) {
        std::array<std::string, audit_columns> texts;
        row columns;
        for (std::size_t i = 0; i < audit_columns; ++i) {
            for (unsigned n = below(6); n > 0; --n)
                texts[i] += pieces[below(static_cast<unsigned>(pieces.size()))];
            if (below(3) == 0) texts[i] = "{\"k\":\"" + texts[i] + "\"}";
            switch (below(6)) {
            case 0: break;
            case 1: columns[i] = std::int64_t{below(3)}; break;
            case 2: columns[i] = below(2) == 0 ? 1.5 : std::numeric_limits<double>::infinity(); break;
            case 3: columns[i] = blob(some_bytes); break;
            default: columns[i] = text(texts[i]);
            }
        }
        if (std::holds_alternative<std::int64_t>(columns[eventid]) ||
            std::holds_alternative<double>(columns[eventid]))
            columns[eventid] = {};
        BOOST_TEST_CONTEXT("round " << round)
        {
            auto const out = convert(columns);
            BOOST_TEST(import_problem(objects_of(out.lines).at(0)) == "");
            for (auto const& line : objects_of(out.extra))
                BOOST_TEST(line.at("record").as_object().size() == 18U);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
