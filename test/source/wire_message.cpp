#include "../../src/source/wire_message.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

using namespace pryv_export::source;

BOOST_AUTO_TEST_SUITE(wire_message)

namespace {

constexpr std::int32_t op_reply = 1;
constexpr std::int32_t op_query = 2004;
constexpr std::int32_t op_compressed = 2012;
constexpr std::int32_t op_msg = 2013;
constexpr std::int32_t header = 16;

/// The beginning of a message, number by number.
struct frame
{
    std::vector<std::uint8_t> bytes;

    frame(std::int32_t length, std::int32_t opcode) { number(length).number(7).number(8).number(opcode); }
    frame& number(std::int32_t value)
    {
        std::array<std::uint8_t, 4> raw{};
        std::memcpy(raw.data(), &value, raw.size());
        bytes.insert(bytes.end(), raw.begin(), raw.end());
        return *this;
    }
    frame& byte(std::uint8_t value)
    {
        bytes.push_back(value);
        return *this;
    }
};

frame message(std::int32_t length, std::int32_t flags, std::uint8_t section, std::int32_t document)
{
    return frame{length, op_msg}.number(flags).byte(section).number(document);
}

frame reply(std::int32_t length, std::int32_t documents, std::int32_t document)
{
    return frame{length, op_reply}.number(8).number(0).number(0).number(0).number(documents).number(document);
}

frame compressed(std::int32_t length, std::int32_t inside)
{
    return frame{length, op_compressed}.number(op_msg).number(inside).byte(1);
}

std::size_t prefix_of(const frame& from)
{
    return wire_prefix_bytes(
        std::span<const std::uint8_t, wire_header_bytes>{from.bytes.data(), wire_header_bytes});
}

/// What is wrong with it; "header" when the header alone tells.
std::string_view problem_of(const frame& from)
{
    auto const size = prefix_of(from);
    if (size == 0) return "header";
    BOOST_TEST_REQUIRE(size == from.bytes.size());
    return wire_problem({from.bytes.data(), size});
}

constexpr std::string_view sound{};
constexpr std::string_view unfilled{"a document that does not fill its message"};
constexpr std::string_view unfilled_reply{"a document that does not fill its reply"};

} // namespace

BOOST_AUTO_TEST_CASE(a_message_holds_one_document_that_fills_it)
{
    constexpr std::int32_t around = header + 4 + 1;
    BOOST_TEST(problem_of(message(around + 100, 0, 0, 100)) == sound);
    BOOST_TEST(problem_of(message(around + 5, 0, 0, 5)) == sound);
    for (std::int32_t const document : {99, 101, 0, -100, 4, INT32_MAX, INT32_MIN})
        BOOST_TEST_CONTEXT(document)
    BOOST_TEST(problem_of(message(around + 100, 0, 0, document)) == unfilled);
}

BOOST_AUTO_TEST_CASE(a_checksum_takes_four_bytes_of_a_message)
{
    constexpr std::int32_t around = header + 4 + 1 + 4;
    BOOST_TEST(problem_of(message(around + 100, 1, 0, 100)) == sound);
    BOOST_TEST(problem_of(message(around + 5, 1, 0, 5)) == sound);
    BOOST_TEST(problem_of(message(around + 100, 1, 0, 104)) == unfilled);
    BOOST_TEST(problem_of(message(around + 100, 0, 0, 100)) == unfilled);
    // Other flags (moreToCome, exhaustAllowed) change nothing of the lengths.
    BOOST_TEST(problem_of(message(around + 100, 1 | 2 | (1 << 16), 0, 100)) == sound);
    BOOST_TEST(problem_of(message(around + 96, 2 | (1 << 16), 0, 100)) == sound);
}

BOOST_AUTO_TEST_CASE(a_message_begins_with_its_body)
{
    constexpr std::int32_t around = header + 4 + 1;
    for (int const section : {1, 2, 255})
        BOOST_TEST(problem_of(message(around + 100, 0, static_cast<std::uint8_t>(section), 100)) ==
                   "a message without a body");
}

BOOST_AUTO_TEST_CASE(no_document_is_shorter_than_five_bytes)
{
    BOOST_TEST(problem_of(message(header + 9, 0, 0, 4)) == unfilled);
    BOOST_TEST(problem_of(message(header + 9, 1, 0, 0)) == unfilled);
    BOOST_TEST(problem_of(message(header + 13, 1, 0, 4)) == unfilled);
    BOOST_TEST(problem_of(reply(header + 24, 1, 4)) == unfilled_reply);
}

BOOST_AUTO_TEST_CASE(a_reply_holds_one_document_that_fills_it)
{
    constexpr std::int32_t around = header + 20;
    BOOST_TEST(problem_of(reply(around + 100, 1, 100)) == sound);
    BOOST_TEST(problem_of(reply(around + 5, 1, 5)) == sound);
    for (std::int32_t const document : {99, 101, 0, -1, INT32_MAX, INT32_MIN}) BOOST_TEST_CONTEXT(document)
    BOOST_TEST(problem_of(reply(around + 100, 1, document)) == unfilled_reply);
    for (std::int32_t const documents : {0, 2, -1, INT32_MAX, INT32_MIN}) BOOST_TEST_CONTEXT(documents)
    BOOST_TEST(problem_of(reply(around + 100, documents, 100)) == "a reply of other than one document");
}

BOOST_AUTO_TEST_CASE(a_compressed_message_claims_a_possible_size)
{
    for (std::int32_t const inside : {0, 1, most_message_bytes})
        BOOST_TEST(problem_of(compressed(header + 50, inside)) == sound);
    for (std::int32_t const inside : {-1, most_message_bytes + 1, INT32_MAX, INT32_MIN})
        BOOST_TEST(problem_of(compressed(header + 50, inside)) == "a compressed message of impossible size");
}

BOOST_AUTO_TEST_CASE(a_length_is_that_of_a_whole_message)
{
    struct bounds
    {
        std::int32_t opcode;
        std::int32_t prefix;
    };
    for (auto const [opcode, prefix] :
         {bounds{op_msg, header + 9}, bounds{op_reply, header + 24}, bounds{op_compressed, header + 9}}) {
        BOOST_TEST_CONTEXT(opcode)
        {
            BOOST_TEST(prefix_of({prefix, opcode}) == static_cast<std::size_t>(prefix));
            BOOST_TEST(prefix_of({most_message_bytes, opcode}) == static_cast<std::size_t>(prefix));
            for (std::int32_t const length :
                 {prefix - 1, header, 0, -1, most_message_bytes + 1, INT32_MAX, INT32_MIN})
                BOOST_TEST(prefix_of({length, opcode}) == 0U);
            BOOST_TEST(static_cast<std::size_t>(prefix) <= most_prefix_bytes);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_no_server_answers_with_is_refused)
{
    for (std::int32_t const opcode : {0, -1, 2, op_query, 2001, 2005, 2010, 2011, 2014, INT32_MAX, INT32_MIN})
        BOOST_TEST(prefix_of({100, opcode}) == 0U);
    // An HTTP server that was taken for MongoDB.
    frame http{0, 0};
    std::memcpy(http.bytes.data(), "HTTP/1.1 400 Bad", wire_header_bytes);
    BOOST_TEST(prefix_of(http) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
