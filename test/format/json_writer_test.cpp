#include "pryv_export/format/json_writer.hpp"
#include "pryv_export/format/sanitized_document.hpp"

#include "support.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <charconv>
#include <cmath>
#include <limits>
#include <tuple>

using namespace pryv_export::format;
using test::doc;

namespace {

std::string json_of(const test::bytes& document, json_notes* notes = nullptr,
                    nul_policy nul = nul_policy::escape)
{
    auto const copy = test::exact(document.data(), document.size());
    text_buffer out;
    json_notes met = 0;
    if (append_document(out, copy, nul, met) != bson_errc::ok) return "error";
    if (notes != nullptr) *notes = met;
    return std::string{out.view()};
}

json_notes notes_of(const test::bytes& document)
{
    json_notes notes = 0;
    json_of(document, &notes);
    return notes;
}

std::string string_of(std::string_view text, nul_policy nul = nul_policy::escape)
{
    test::bytes const copy(text.begin(), text.end());
    auto const tight = test::exact(copy.data(), copy.size());
    text_buffer out;
    json_notes notes = 0;
    append_string(out, {reinterpret_cast<const char*>(tight.data()), tight.size()}, nul, notes);
    return std::string{out.view()};
}

std::string number_of(double value)
{
    text_buffer out;
    json_notes notes = 0;
    append_number(out, value, notes);
    return std::string{out.view()};
}

std::string id_of(std::uint8_t type, const test::bytes& value)
{
    auto const document = doc{}.raw(type, "_id", value).done();
    text_buffer out;
    json_notes notes = 0;
    if (append_id(out, *find(document, "_id"), nul_policy::escape, notes) != bson_errc::ok) return "error";
    return std::string{out.view()};
}

test::bytes deep(unsigned levels, const doc& innermost)
{
    test::bytes inner = innermost.done();
    for (unsigned i = 1; i < levels; ++i) inner = doc{}.raw(i % 2 != 0 ? 0x03 : 0x04, "o", inner).done();
    return inner;
}

} // namespace

BOOST_AUTO_TEST_SUITE(json_writer)

BOOST_AUTO_TEST_CASE(escapes_at_every_place_of_a_block)
{
    std::tuple<std::string_view, std::string_view> const specials[] = {
        {"\"", "\\\""},           {"\\", "\\\\"},      {"\n", "\\n"},
        {{"\0", 1}, "\\u0000"},   {"\x1f", "\\u001f"}, {"\xc3\xa9", "\xc3\xa9"},
        {"\xff", "\xef\xbf\xbd"}, {"\x7f", "\x7f"},
    };
    for (std::size_t size = 0; size < 50; ++size) {
        for (std::size_t place = 0; place <= size; ++place) {
            for (auto const& [special, text] : specials) {
                std::string const before(place, 'a');
                std::string const after(size - place, 'b');
                BOOST_TEST_REQUIRE(string_of(before + std::string{special} + after) ==
                                   '"' + before + std::string{text} + after + '"');
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(replaces_nul_where_asked)
{
    std::string_view const text{"a\0\xc3\xa9\0", 5};
    BOOST_TEST(string_of(text, nul_policy::escape) == "\"a\\u0000\xc3\xa9\\u0000\"");
    BOOST_TEST(string_of(text, nul_policy::replace) == "\"a\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\"");
}

BOOST_AUTO_TEST_CASE(prints_numbers_as_javascript)
{
    std::tuple<double, const char*> const table[] = {
        {0.0, "0"},
        {-0.0, "-0"},
        {1.0, "1"},
        {-1.5, "-1.5"},
        {0.001, "0.001"},
        {0.000001, "0.000001"},
        {0.0000015, "0.0000015"},
        {1e-7, "1e-7"},
        {123456.789012, "123456.789012"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1675099361.472, "1675099361.472"},
        {99999999999.999, "99999999999.999"},
        {1e11, "100000000000"},
        {1e15, "1000000000000000"},
        {1e20, "100000000000000000000"},
        {1e21, "1e+21"},
        {1.5e300, "1.5e+300"},
        {5e-324, "5e-324"},
        {std::numeric_limits<double>::max(), "1.7976931348623157e+308"},
        {9007199254740993.0, "9007199254740992"},
        {0.09999990463256836, "0.09999990463256836"},
        {std::numeric_limits<double>::infinity(), "1e999"},
        {-std::numeric_limits<double>::infinity(), "-1e999"},
        {std::nan(""), "null"},
    };
    for (auto const& [value, text] : table) BOOST_TEST(number_of(value) == text);
}

BOOST_AUTO_TEST_CASE(prints_shortest_numbers_that_read_back)
{
    std::mt19937_64 random{42};
    for (int i = 0; i < 100000; ++i) {
        double value = 0;
        auto const bits = random();
        if (i % 3 == 0)
            std::memcpy(&value, &bits, sizeof value);
        else if (i % 3 == 1)
            value = static_cast<double>(bits % 100000000000000ULL) / 1000;
        else
            value = static_cast<double>(bits % 1000000000000ULL) / 1000000;
        if (!std::isfinite(value)) continue;
        auto const text = number_of(value);
        BOOST_TEST_REQUIRE(std::strtod(text.c_str(), nullptr) == value);
        char shortest[40];
        auto const end = std::to_chars(shortest, shortest + 40, value, std::chars_format::scientific).ptr;
        auto const digits = [](std::string_view from) {
            std::string only;
            for (char const c : from.substr(0, from.find('e'))) {
                if (c >= '0' && c <= '9' && !(only.empty() && c == '0')) only += c;
            }
            while (!only.empty() && only.back() == '0') only.pop_back();
            return only;
        };
        BOOST_TEST_REQUIRE(digits(text) ==
                           digits(std::string_view{shortest, static_cast<std::size_t>(end - shortest)}));
    }
}

BOOST_AUTO_TEST_CASE(prints_integers)
{
    text_buffer out;
    std::uint64_t power = 1;
    for (int digits = 1; digits <= 19; ++digits, power *= 10) {
        for (std::int64_t const value :
             {static_cast<std::int64_t>(power - 1), static_cast<std::int64_t>(power),
              -static_cast<std::int64_t>(power), static_cast<std::int64_t>(power + 1)}) {
            out.clear();
            append_integer(out, value);
            BOOST_TEST(out.view() == std::to_string(value));
        }
    }
    out.clear();
    append_integer(out, std::numeric_limits<std::int64_t>::min());
    BOOST_TEST(out.view() == "-9223372036854775808");
}

BOOST_AUTO_TEST_CASE(orders_names_as_javascript)
{
    BOOST_TEST(json_of(doc{}.i32("0", 1).i32("1", 2).i32("b", 3).i32("a", 4).done()) ==
               R"({"0":1,"1":2,"b":3,"a":4})");
    BOOST_TEST(json_of(doc{}.i32("b", 3).i32("10", 2).i32("9", 1).done()) == R"({"9":1,"10":2,"b":3})");
    BOOST_TEST(json_of(doc{}.i32("1", 1).i32("1", 2).done()) == R"({"1":2})");
    BOOST_TEST(json_of(doc{}.i32("a", 1).i32("b", 2).i32("a", 3).done()) == R"({"a":3,"b":2})");
    BOOST_TEST(is_array_index("4294967294"));
    BOOST_TEST(!is_array_index("4294967295"));
    BOOST_TEST(!is_array_index("01"));
    BOOST_TEST(!is_array_index(""));
}

BOOST_AUTO_TEST_CASE(settles_repeated_names_of_large_objects)
{
    for (int const count : {5, 127, 128, 129, 1000}) {
        doc document;
        std::string expected = "{";
        for (int i = 0; i < count; ++i) {
            auto const key = "a rather long common beginning " + std::to_string(i);
            document.i32(key, i);
            expected += '"' + key + "\":" + std::to_string(i == 2 ? -1 : i) + ',';
        }
        document.i32("a rather long common beginning 2", -1);
        expected.back() = '}';
        BOOST_TEST(json_of(document.done()) == expected);
    }
}

BOOST_AUTO_TEST_CASE(notes_what_it_met)
{
    auto const plain =
        doc{}.text("a", "b").f64("x", 1.5).i64("n", 1LL << 53).null("z").raw(0x07, "_id", test::bytes(12));
    BOOST_TEST(notes_of(plain.done()) == 0U);
    struct
    {
        json_note note;
        std::uint8_t type;
        test::bytes value;
    } const table[] = {
        {json_note::nul, 0x02, doc::text_value({"a\0b", 3})},
        {json_note::invalid_utf8, 0x02, doc::text_value("\xff")},
        {json_note::non_finite, 0x01, doc::number(std::nan(""))},
        {json_note::wide_integer, 0x12, doc::number((1LL << 53) + 1)},
        {json_note::decimal128, 0x13, test::bytes(16)},
        {json_note::regex, 0x0b, {0, 0}},
        {json_note::min_max_key, 0x7f, {}},
        {json_note::min_max_key, 0xff, {}},
        {json_note::date_out_of_range, 0x09, doc::number(std::int64_t{8640000000000001})},
        {json_note::odd_boolean, 0x08, {2}},
        {json_note::db_reference, 0x03, doc{}.text("$ref", "c").i32("$id", 1).done()},
        {json_note::foreign_type, 0x09, doc::number(std::int64_t{0})},
        {json_note::foreign_type, 0x11, test::bytes(8)},
        {json_note::foreign_type, 0x05, test::bytes(5)},
    };
    for (auto const& row : table) {
        BOOST_TEST_CONTEXT("note " << static_cast<unsigned>(row.note))
        {
            BOOST_TEST(has(notes_of(doc{}.raw(row.type, "k", row.value).done()), row.note));
        }
    }
    BOOST_TEST(has(notes_of(doc{}.i32("\xff", 1).done()), json_note::invalid_utf8));
}

BOOST_AUTO_TEST_CASE(forgets_notes_of_values_that_a_repeated_name_replaced)
{
    auto const document = doc{}.f64("a", std::nan("")).i32("a", 1).done();
    json_notes notes = 0;
    BOOST_TEST(json_of(document, &notes) == R"({"a":1})");
    BOOST_TEST(notes == 0U);
}

BOOST_AUTO_TEST_CASE(limits_the_depth)
{
    doc const plain = doc{}.i32("a", 1);
    doc const irregular = doc{}.i32("a", 1).i32("a", 2);
    for (auto const* innermost : {&plain, &irregular}) {
        BOOST_TEST(json_of(deep(max_bson_depth, *innermost)) != "error");
        text_buffer out;
        out.append("before");
        json_notes notes = 0;
        auto const document = deep(max_bson_depth + 1, *innermost);
        BOOST_TEST((append_document(out, document, nul_policy::escape, notes) == bson_errc::too_deep));
        auto const value = find(document, "o");
        BOOST_TEST((append_value(out, *value, nul_policy::escape, notes) == bson_errc::too_deep));
        BOOST_TEST(out.view() == "before");
    }
}

BOOST_AUTO_TEST_CASE(makes_room_for_the_widest_texts)
{
    doc regexes;
    doc controls;
    for (int i = 0; i < 3000; ++i) regexes.raw(0x0b, "", {0, 0});
    auto const array = doc{}.array("a", regexes).done();
    auto const parsed = boost::json::parse(json_of(array));
    BOOST_TEST(parsed.at("a").as_array().size() == 3000U);
    BOOST_TEST(json_of(doc{}.text("a", std::string(5000, '\x01')).done()).size() == 8 + 6 * 5000U);
    BOOST_TEST(json_of(doc{}.i32(std::string(5000, '\x01'), 1).done()).size() == 6 + 6 * 5000U);
}

BOOST_AUTO_TEST_CASE(takes_no_time_for_irregular_nests)
{
    test::bytes inner = doc{}.done();
    for (int i = 1; i < 1000; ++i) inner = doc{}.raw(0x03, "o", inner).i32("0", 1).done();
    BOOST_TEST(json_of(inner).size() == 999 * 12 + 2U);
}

BOOST_AUTO_TEST_CASE(writes_ids)
{
    BOOST_TEST(id_of(0x02, doc::text_value("a\"b")) == R"("a\"b")");
    BOOST_TEST(id_of(0x07, test::from_hex("507f1f77bcf86cd799439011")) == R"("507f1f77bcf86cd799439011")");
    BOOST_TEST(id_of(0x05, test::bytes(5)) == R"("")");
    BOOST_TEST(id_of(0x10, doc::number(7)) == "7");
    BOOST_TEST(id_of(0x12, doc::number((1LL << 53) + 1)) == R"("9007199254740993")");
    BOOST_TEST(id_of(0x03, doc{}.text("x", "\"").done()) == R"("{\"x\":\"\\\"\"}")");
    BOOST_TEST(id_of(0x04, doc{}.i32("0", 1).null("1").object("2", doc{}.i32("x", 1)).done()) ==
               R"("1,,{\"x\":1}")");
    BOOST_TEST(id_of(0x09, doc::number(std::int64_t{0})) == R"("1970-01-01T00:00:00.000Z")");
}

BOOST_AUTO_TEST_CASE(writes_the_same_text_quickly_and_exactly)
{
    test::random_documents random{3};
    for (int n = 0; n < 2000; ++n) {
        auto const document = random.document();
        auto const alone = json_of(document.done());
        // A misplaced index sends the whole text through the exact emitter.
        auto const beside = json_of(doc{}.object("o", document).i32("0", 1).done());
        BOOST_TEST_REQUIRE(beside == "{\"0\":1,\"o\":" + alone + '}');
        text_buffer out;
        json_notes notes = 0;
        auto const holder = doc{}.object("o", document).done();
        BOOST_TEST_REQUIRE(
            (append_value(out, *find(holder, "o"), nul_policy::escape, notes) == bson_errc::ok));
        BOOST_TEST_REQUIRE(out.view() == alone);
    }
}

BOOST_AUTO_TEST_CASE(writes_json_that_a_parser_accepts)
{
    test::random_documents random{4};
    for (int n = 0; n < 2000; ++n) {
        auto const document = random.document().done();
        BOOST_TEST_REQUIRE((validate(document) == bson_errc::ok));
        boost::system::error_code error;
        boost::json::parse(json_of(document), error);
        bool const overflow = error == boost::json::error::exponent_overflow;
        BOOST_TEST_REQUIRE((!error || overflow));
        text_buffer out;
        json_notes notes = 0;
        BOOST_TEST_REQUIRE((append_sanitized_document(out, document, id_fields::both, nul_policy::replace,
                                                      notes) == bson_errc::ok));
        boost::json::parse(out.view(), error);
        BOOST_TEST_REQUIRE((!error || error == boost::json::error::exponent_overflow));
        BOOST_TEST_REQUIRE(out.view().find("\\u0000") == std::string_view::npos);
    }
}

BOOST_AUTO_TEST_CASE(survives_any_one_changed_byte)
{
    test::random_documents random{5};
    for (int n = 0; n < 30; ++n) {
        auto document = random.document().done();
        for (std::size_t i = 0; i < document.size(); ++i) {
            auto const saved = document[i];
            for (int value = 0; value < 256; value += 15) {
                document[i] = static_cast<std::uint8_t>(value);
                // Only a value that a repeated name replaced may be broken inside and go unnoticed.
                bool const valid = validate(document) == bson_errc::ok;
                BOOST_TEST_REQUIRE((json_of(document) != "error" || !valid));
            }
            document[i] = saved;
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
