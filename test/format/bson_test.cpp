#include "pryv_export/format/bson.hpp"

#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <tuple>

using namespace pryv_export::format;
using test::doc;

namespace {

/// `levels` documents, one inside the other.
test::bytes nested(unsigned levels, std::uint8_t type = 0x03)
{
    constexpr unsigned empty = 5;
    constexpr unsigned per_level = 4 + 3 + 1; // length, type and name, terminator
    test::bytes document;
    for (unsigned inside = levels - 1; inside > 0; --inside) {
        test::add(document, doc::number(static_cast<std::int32_t>(empty + inside * per_level)));
        test::add(document, test::bytes{type, 'o', 0});
    }
    test::add(document, doc{}.done());
    document.resize(document.size() + levels - 1);
    return document;
}

/// Number of elements of this level and all below, as a reader sees them; what is broken is skipped.
std::size_t count_all(bson_bytes document, unsigned depth)
{
    if (depth > 100) return 0;
    std::size_t count = 0;
    bson_reader reader{document};
    for (bson_element e; reader.next(e); ++count) {
        if (e.type == bson_type::document || e.type == bson_type::array)
            count += count_all(e.document(), depth + 1);
    }
    return count;
}

bson_errc error_of(const test::bytes& document)
{
    bson_reader reader{document};
    for (bson_element e; reader.next(e);) {
    }
    return reader.error();
}

} // namespace

BOOST_AUTO_TEST_SUITE(bson)

BOOST_AUTO_TEST_CASE(reads_elements_in_order)
{
    auto const document = doc{}
                              .text("type", "mass/kg")
                              .f64("content", 75.5)
                              .i32("n", -3)
                              .i64("big", 1LL << 40)
                              .boolean("trashed", true)
                              .null("deleted")
                              .object("o", doc{}.i32("x", 1))
                              .done();
    bson_reader reader{document};
    bson_element e;
    BOOST_TEST((reader.next(e) && e.key == "type" && e.is_string() && e.text() == "mass/kg"));
    BOOST_TEST((reader.next(e) && e.key == "content" && e.float64() == 75.5 && e.number() == 75.5));
    BOOST_TEST((reader.next(e) && e.int32() == -3 && e.number() == -3.0));
    BOOST_TEST((reader.next(e) && e.int64() == 1LL << 40));
    BOOST_TEST((reader.next(e) && e.boolean()));
    BOOST_TEST((reader.next(e) && e.is_null() && !e.number()));
    BOOST_TEST((reader.next(e) && e.document().size() == 12 && find(e.document(), "x")->int32() == 1));
    BOOST_TEST(!reader.next(e));
    BOOST_TEST((reader.error() == bson_errc::ok));
    BOOST_TEST(reader.offset() == document.size() - 1);
}

BOOST_AUTO_TEST_CASE(tells_how_far_may_be_read)
{
    auto const document = doc{}.i32("a", 1).i32("b", 2).i32("c", 3).done();
    bson_reader reader{document};
    for (bson_element e; reader.next(e);) {
        auto const behind = document.data() + document.size() - (e.value.data() + e.value.size());
        BOOST_TEST(e.readable_after == std::min<std::ptrdiff_t>(behind, 16));
    }
}

BOOST_AUTO_TEST_CASE(tells_whether_the_next_name_is_a_likely_one)
{
    for (std::string const name : {"a", "type", "fifteen-letters", "sixteen-letters-"}) {
        likely_name const likely{name};
        for (std::string const& other : {name, name + 'x', name.substr(0, name.size() - 1), 'x' + name}) {
            auto document = doc{}.null(other).done();
            document.resize(document.size() + 16, 0xaa);
            bool const same = other == name && name.size() < 16;
            BOOST_TEST(bson_reader{document}.next_is(likely) == same);
            BOOST_TEST(!bson_reader{document}.next_is(likely_name{}));
            bson_reader reader{document};
            bson_element element;
            BOOST_TEST((same ? reader.next(element, likely.size()) : reader.next(element)));
            BOOST_TEST(element.key == other);
            BOOST_TEST(!reader.next_is(likely));
            BOOST_TEST(!reader.next(element));
        }
    }
    // The NUL that ends the document ends no name.
    std::vector<std::uint8_t> open{7, 0, 0, 0, 10, 'a', 0};
    open.resize(32, 0);
    BOOST_TEST(!bson_reader{open}.next_is(likely_name{"a"}));
}

BOOST_AUTO_TEST_CASE(finds_the_last_of_equal_names)
{
    auto const document = doc{}.i32("a", 1).i32("b", 2).i32("a", 3).done();
    BOOST_TEST(find(document, "a")->int32() == 3);
    BOOST_TEST(!find(document, "").has_value());
    BOOST_TEST(!find({}, "a").has_value());
}

BOOST_AUTO_TEST_CASE(finds_what_lies_before_an_error)
{
    auto document = doc{}.i32("a", 1).raw(0x20, "bad", {}).i32("b", 2).done();
    BOOST_TEST(find(document, "a")->int32() == 1);
    BOOST_TEST(!find(document, "b").has_value());
    bson_reader reader{document};
    for (bson_element e; reader.next(e);) {
    }
    BOOST_TEST((reader.error() == bson_errc::bad_type));
    BOOST_TEST(reader.offset() == 11U);
}

BOOST_AUTO_TEST_CASE(reads_a_document_that_more_bytes_follow)
{
    auto document = doc{}.i32("a", 1).done();
    document.resize(document.size() + 40, 0x7f);
    BOOST_TEST((validate(document) == bson_errc::ok));
    BOOST_TEST(count_all(document, 0) == 1U);
}

BOOST_AUTO_TEST_CASE(refuses_values_that_reach_outside)
{
    using test::bytes;
    struct
    {
        const char* name;
        std::uint8_t type;
        bytes value;
        bson_errc error;
    } const table[] = {
        {"string of length 0", 0x02, {0, 0, 0, 0, 0}, bson_errc::bad_length},
        {"negative string", 0x02, {0xff, 0xff, 0xff, 0xff, 0}, bson_errc::bad_length},
        {"string over the end", 0x02, {3, 0, 0, 0, 'a', 0}, bson_errc::bad_length},
        {"string without NUL", 0x02, {2, 0, 0, 0, 'a', 'b'}, bson_errc::bad_terminator},
        {"short string", 0x02, {1, 0, 0}, bson_errc::too_short},
        {"tiny document", 0x03, {4, 0, 0, 0, 0}, bson_errc::bad_length},
        {"document over the end", 0x04, {6, 0, 0, 0, 0}, bson_errc::bad_length},
        {"document without NUL", 0x03, {5, 0, 0, 0, 1}, bson_errc::bad_terminator},
        {"negative binary", 0x05, {0xff, 0xff, 0xff, 0xff, 0}, bson_errc::bad_length},
        {"binary over the end", 0x05, {1, 0, 0, 0, 0}, bson_errc::bad_length},
        {"regex of one string", 0x0b, {'a', 0}, bson_errc::bad_terminator},
        {"regex without NUL", 0x0b, {'a'}, bson_errc::bad_terminator},
        {"pointer without id", 0x0c, {1, 0, 0, 0, 0, 1, 2}, bson_errc::too_short},
        {"scoped code too short", 0x0f, {13, 0, 0, 0, 1, 0, 0, 0, 0, 5, 0, 0, 0, 0}, bson_errc::bad_length},
        {"scope leaves a gap", 0x0f, {15, 0, 0, 0, 1, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0}, bson_errc::bad_length},
        {"code eats scope", 0x0f, {14, 0, 0, 0, 6, 0, 0, 0, 0, 5, 0, 0, 0, 0}, bson_errc::too_short},
        {"short double", 0x01, {1, 2, 3}, bson_errc::too_short},
        {"short boolean", 0x08, {}, bson_errc::too_short},
        {"type 0", 0x00, {}, bson_errc::bad_type},
        {"type 0x14", 0x14, {}, bson_errc::bad_type},
    };
    for (auto const& row : table) {
        BOOST_TEST_CONTEXT(row.name)
        {
            auto const built = doc{}.raw(row.type, "k", row.value).done();
            auto const document = test::exact(built.data(), built.size());
            BOOST_TEST(describe(error_of(document)) == describe(row.error));
            BOOST_TEST(describe(validate(document)) == describe(row.error));
        }
    }
}

BOOST_AUTO_TEST_CASE(accepts_the_smallest_value_of_each_type)
{
    using test::bytes;
    std::tuple<std::uint8_t, bytes> const table[] = {
        {0x02, {1, 0, 0, 0, 0}},
        {0x03, {5, 0, 0, 0, 0}},
        {0x05, {0, 0, 0, 0, 0}},
        {0x05, {1, 0, 0, 0, 2, 7}}, // old binary without its inner length
        {0x0b, {0, 0}},
        {0x0c, {1, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
        {0x0f, {14, 0, 0, 0, 1, 0, 0, 0, 0, 5, 0, 0, 0, 0}},
    };
    for (auto const& [type, value] : table) {
        BOOST_TEST_CONTEXT("type " << int{type})
        {
            auto const document = doc{}.raw(type, "", value).done();
            BOOST_TEST(describe(validate(document)) == "no error");
            BOOST_TEST(describe(error_of(document)) == "no error");
        }
    }
}

BOOST_AUTO_TEST_CASE(limits_the_depth)
{
    BOOST_TEST((validate(nested(max_bson_depth)) == bson_errc::ok));
    BOOST_TEST((validate(nested(max_bson_depth + 1)) == bson_errc::too_deep));
    BOOST_TEST((validate(nested(100000)) == bson_errc::too_deep));
    BOOST_TEST((validate(nested(max_bson_depth, 0x04)) == bson_errc::ok));
}

BOOST_AUTO_TEST_CASE(validates_below_the_top_level)
{
    auto const broken = doc{}.raw(0x20, "bad", {});
    auto const document = doc{}.object("a", doc{}.array("b", broken)).done();
    BOOST_TEST((error_of(document) == bson_errc::ok));
    BOOST_TEST((validate(document) == bson_errc::bad_type));
}

BOOST_AUTO_TEST_CASE(survives_any_one_changed_byte)
{
    test::random_documents random{7};
    for (int n = 0; n < 25; ++n) {
        auto document = random.document().done();
        for (std::size_t i = 0; i < document.size(); ++i) {
            auto const saved = document[i];
            for (int value = 0; value < 256; value += 15) {
                document[i] = static_cast<std::uint8_t>(value);
                auto const copy = test::exact(document.data(), document.size());
                std::ignore = validate(copy);
                std::ignore = count_all(copy, 0);
                std::ignore = find(copy, "a");
            }
            document[i] = saved;
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
