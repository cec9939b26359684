#include "../../src/source/mongo_cursor.hpp"
#include "../../src/source/mongo_error.hpp"
#include "bson_builder.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>
#include <string_view>

using namespace pryv_export::source;
using namespace test;
namespace format = pryv_export::format;

BOOST_AUTO_TEST_SUITE(mongo_command)

namespace {

std::string bytes_of(const command& made)
{
    auto const bytes = made.bytes();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

format::bson_bytes view(const std::string& bytes)
{
    return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

/// A value of every type that BSON has.
std::string one_of_each()
{
    std::string const eight{"\1\2\3\4\5\6\7\x8", 8};
    std::string const text{"\3\0\0\0ab\0", 7};
    std::string const empty_document{"\5\0\0\0\0", 5};
    return doc()
        .float64("double", -0.5)
        .str("string", std::string_view{"a\0b", 3})
        .sub("document", doc().int32("x", 1))
        .raw(0x04, "array", doc().str("0", "x").bytes())
        .raw(0x05, "binary", std::string_view{"\3\0\0\0\4abc", 8})
        .raw(0x05, "old binary", std::string_view{"\7\0\0\0\2\3\0\0\0abc", 12})
        .raw(0x05, "empty binary", std::string_view{"\0\0\0\0\0", 5})
        .raw(0x06, "undefined", {})
        .oid("object id", 7)
        .raw(0x08, "true", std::string_view{"\1", 1})
        .raw(0x08, "false", std::string_view{"\0", 1})
        .raw(0x09, "date", eight)
        .null("null")
        .raw(0x0b, "regex", std::string_view{"a.c\0im\0", 7})
        .raw(0x0c, "pointer", text + "123456789012")
        .raw(0x0d, "code", text)
        .raw(0x0e, "symbol", text)
        .raw(0x0f, "scoped code", std::string{"\x10\0\0\0", 4} + text + empty_document)
        .int32("int32", -7)
        .raw(0x11, "timestamp", eight)
        .raw(0x12, "int64", eight)
        .raw(0x13, "decimal", eight + eight)
        .raw(0x7f, "max key", {})
        .raw(0xff, "min key", {})
        .str("", "no name")
        .bytes();
}

} // namespace

BOOST_AUTO_TEST_CASE(members_come_in_the_order_they_were_added)
{
    command inner;
    inner.add("x", std::int64_t{1});
    command list;
    list.push(std::string_view{"a"}).push(inner).push(std::string_view{});
    command made = one("find", std::string_view{"events"});
    made.add("limit", std::int64_t{5}).add("filter", inner).add_flag("yes", true).add_flag("no", false);
    made.add_array("list", list);
    BOOST_TEST(bytes_of(made) ==
               doc()
                   .str("find", "events")
                   .int32("limit", 5)
                   .sub("filter", doc().int32("x", 1))
                   .raw(0x08, "yes", std::string_view{"\1", 1})
                   .raw(0x08, "no", std::string_view{"\0", 1})
                   .raw(0x04, "list", doc().str("0", "a").sub("1", doc().int32("x", 1)).str("2", "").bytes())
                   .bytes());
}

BOOST_AUTO_TEST_CASE(numbers_are_as_short_as_they_can_be)
{
    auto const type_of = [](std::int64_t number) {
        command const made = one("n", number);
        auto const found = format::find(made.bytes(), "n");
        BOOST_TEST_REQUIRE(found.has_value());
        BOOST_TEST((found->type == format::bson_type::int32 ? found->int32() : found->int64()) == number);
        return found->type;
    };
    for (std::int64_t const number : {std::int64_t{0}, std::int64_t{INT32_MIN}, std::int64_t{INT32_MAX}})
        BOOST_TEST((type_of(number) == format::bson_type::int32));
    for (std::int64_t const number :
         {std::int64_t{INT32_MIN} - 1, std::int64_t{INT32_MAX} + 1, INT64_MIN, INT64_MAX})
        BOOST_TEST((type_of(number) == format::bson_type::int64));
}

BOOST_AUTO_TEST_CASE(empty_texts_are_texts)
{
    command made;
    made.add("default", std::string_view{}).add("empty", std::string_view{""});
    made.add("", std::string_view{"no name"});
    BOOST_TEST(bytes_of(made) == doc().str("default", "").str("empty", "").str("", "no name").bytes());
}

BOOST_AUTO_TEST_CASE(texts_may_hold_nul_and_be_cut_from_others)
{
    std::string_view const key = std::string_view{"keys"}.substr(0, 3);
    std::string_view const text{"a\0bc", 3};
    BOOST_TEST(bytes_of(one(key, text)) == doc().str("key", text).bytes());
}

BOOST_AUTO_TEST_CASE(a_value_of_any_type_is_copied_as_it_is)
{
    std::string const all = one_of_each();
    BOOST_TEST_REQUIRE((format::validate(view(all)) == format::bson_errc::ok));
    command made;
    format::bson_reader reader{view(all)};
    int values = 0;
    for (format::bson_element each; reader.next(each); ++values) made.add(each.key, each);
    BOOST_TEST((reader.error() == format::bson_errc::ok));
    BOOST_TEST(values == 25);
    BOOST_TEST(bytes_of(made) == all);
}

BOOST_AUTO_TEST_CASE(a_broken_value_is_a_broken_reply)
{
    std::array<std::uint8_t, 3> const short_number{1, 2, 3};
    command made;
    BOOST_CHECK_THROW(made.add("x", format::bson_element{format::bson_type::int64, "x", short_number, 0}),
                      mongo_failure);
    BOOST_TEST(bytes_of(made) == doc().bytes());
}

BOOST_AUTO_TEST_CASE(a_copy_is_on_its_own)
{
    command first = one("a", std::int64_t{1});
    command second = first.copy();
    second.add("b", std::int64_t{2});
    first.add("c", std::int64_t{3});
    BOOST_TEST(bytes_of(first) == doc().int32("a", 1).int32("c", 3).bytes());
    BOOST_TEST(bytes_of(second) == doc().int32("a", 1).int32("b", 2).bytes());
    BOOST_TEST(bytes_of(command{}.copy()) == doc().bytes());
}

BOOST_AUTO_TEST_CASE(what_was_moved_goes_on)
{
    command list;
    list.push(std::string_view{"a"});
    command moved{std::move(list)};
    moved.push(std::string_view{"b"});
    BOOST_TEST(bytes_of(moved) == doc().str("0", "a").str("1", "b").bytes());
    command assigned;
    assigned = std::move(moved);
    assigned.push(std::string_view{"c"});
    BOOST_TEST(bytes_of(assigned) == doc().str("0", "a").str("1", "b").str("2", "c").bytes());
}

BOOST_AUTO_TEST_CASE(a_batch_is_an_array_of_documents)
{
    auto const texts = [](const std::string& array) {
        std::string all;
        for_each_in(view(array), [&](format::bson_bytes each) {
            all += std::string{format::find(each, "x")->text()} + " ";
        });
        return all;
    };
    BOOST_TEST(texts(doc().sub("0", doc().str("x", "a")).sub("1", doc().str("x", "b")).bytes()) == "a b ");
    BOOST_TEST(texts(doc().bytes()) == "");
    BOOST_CHECK_THROW(texts(doc().sub("0", doc().str("x", "a")).int32("1", 5).bytes()), mongo_failure);
    std::string broken = doc().sub("0", doc().str("x", "a")).sub("1", doc().str("x", "b")).bytes();
    broken[broken.size() - 2] = 'x';
    BOOST_CHECK_THROW(texts(broken), mongo_failure);
    BOOST_CHECK_THROW(texts(std::string{"\5\0\0", 3}), mongo_failure);
}

BOOST_AUTO_TEST_SUITE_END()
