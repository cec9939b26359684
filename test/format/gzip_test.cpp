#include "pryv_export/format/gzip.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace pryv_export::format;
using status = gzip_reader::status;

namespace {

std::string json_like(std::size_t size)
{
    std::mt19937 random{1};
    std::string text;
    while (text.size() < size)
        text += R"({"id":"c)" + std::to_string(random()) +
                R"(","type":"mass/kg"})"
                "\n";
    text.resize(size);
    return text;
}

std::string noise(std::size_t size)
{
    std::mt19937 random{2};
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random());
    return text;
}

std::string compress(int level, std::string_view text)
{
    text_buffer out;
    gzip_compressor{level}.append_member(out, text);
    return std::string{out.view()};
}

/// Inflates, giving the input and taking the output in pieces.
std::pair<std::string, status> inflate(std::string_view input, std::size_t in_piece = 65536,
                                       std::size_t out_piece = 65536)
{
    gzip_reader reader;
    std::string text;
    std::vector<std::uint8_t> out(out_piece);
    for (;;) {
        auto const piece = input.substr(0, in_piece);
        input.remove_prefix(piece.size());
        std::vector<std::uint8_t> const copy(piece.begin(), piece.end());
        reader.feed(copy);
        for (;;) {
            std::size_t produced = 0;
            auto const now = reader.read(out, produced);
            text.append(reinterpret_cast<const char*>(out.data()), produced);
            if (now != status::more) return {text, now};
            if (produced == 0) break;
        }
        BOOST_TEST_REQUIRE(!copy.empty());
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(gzip)

BOOST_AUTO_TEST_CASE(gives_back_what_it_took)
{
    std::vector<std::string> texts{
        "", "a", json_like(70000), std::string(300000, 'x'), noise(200000), json_like(3000000)};
    for (int const size : {65534, 65535, 65536, 131070, 131071})
        texts.push_back(noise(static_cast<std::size_t>(size)));
    for (std::size_t const size : {2, 15, 16, 17, 300, 8190, 8191, 8192, 8193}) {
        texts.push_back(json_like(size));
        texts.push_back(noise(size));
    }
    for (int level = 0; level <= 9; ++level) {
        gzip_compressor compressor{level};
        BOOST_TEST(compressor.level() == level);
        for (auto const& text : texts) {
            BOOST_TEST_CONTEXT("level " << level << ", " << text.size() << " bytes")
            {
                text_buffer out;
                compressor.append_member(out, text);
                auto const [inflated, ended] = inflate(out.view());
                BOOST_TEST((inflated == text));
                BOOST_TEST((ended == status::end));
                BOOST_TEST((compress(level, text) == out.view())); // no memory of earlier members
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(begins_members_alike_at_all_levels)
{
    for (int level = 0; level <= 9; ++level) {
        BOOST_TEST(
            (compress(level, "text").substr(0, 10) == std::string_view{"\x1f\x8b\x08\0\0\0\0\0\0\xff", 10}));
    }
}

/// ISA-L's output once depended on where its state lay in memory, at about one place in 500.
BOOST_AUTO_TEST_CASE(equal_input_gives_equal_bytes_wherever_the_compressor_lies)
{
    std::vector<std::string> texts{json_like(3000), json_like(9000)};
    for (int i = 0; i < 24; ++i) {
        std::string const word = std::to_string(i * 7919);
        texts.push_back(R"({"id":"private","data":{"keyOne":"tab )" + word + R"(","keyTwo":80,"cleared":null}}
{"id":"public","data":{"keyOne":"better )" +
                        word + R"(","keyTwo":17,"cleared":null}}
)");
    }
    for (int level : {1, 2}) {
        std::vector<std::string> first;
        std::mt19937 random{3};
        std::vector<std::unique_ptr<char[]>> spacers;
        for (int i = 0; i < 1500; ++i) {
            spacers.push_back(std::make_unique<char[]>(1 + random() % 5000));
            gzip_compressor compressor{level};
            for (std::size_t t = 0; t < texts.size(); ++t) {
                text_buffer out;
                compressor.append_member(out, texts[t]);
                if (i == 0)
                    first.emplace_back(out.view());
                else
                    BOOST_REQUIRE(out.view() == first[t]);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(equal_text_gives_equal_bytes_wherever_it_lies)
{
    std::string const text = json_like(2000);
    std::string const expected = compress(1, text);
    for (std::size_t shift = 1; shift < 300; ++shift) {
        std::string const moved = noise(shift) + text;
        BOOST_REQUIRE(compress(1, std::string_view{moved}.substr(shift)) == expected);
    }
}

/// The code that small texts share costs a little; one that does not fit records would cost a third.
BOOST_AUTO_TEST_CASE(small_records_stay_small_at_the_fast_level)
{
    std::mt19937 random{5};
    auto const word = [&random](std::string_view letters, std::size_t size) {
        std::string text;
        while (text.size() < size) text += letters[random() % letters.size()];
        return text;
    };
    std::string text;
    while (text.size() < 4000) {
        std::string const time = "16" + word("0123456789", 8) + '.' + word("0123456789", 3);
        text += R"({"id":"c)" + word("abcdefghijklmnopqrstuvwxyz0123456789", 24) +
                R"(","streamIds":["weight"],"type":"mass/kg","content":)" + word("123456789", 2) +
                R"(,"time":)" + time + R"(,"createdBy":"system","integrity":"EVENT:0:sha256-)" +
                word("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 43) +
                R"(=","trashed":false,"deleted":null,"description":null})" + "\n";
    }
    BOOST_TEST(compress(1, text).size() < compress(2, text).size() * 118 / 100);
}

BOOST_AUTO_TEST_CASE(refuses_other_levels)
{
    BOOST_CHECK_THROW(gzip_compressor{10}, std::invalid_argument);
    BOOST_CHECK_THROW(gzip_compressor{-1}, std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(reads_members_one_after_the_other)
{
    auto const text = json_like(5000);
    auto const members = compress(1, text) + compress(6, "") + compress(0, text) + compress(6, "end");
    for (std::size_t const piece : {1, 7, 1000, 100000}) {
        auto const [inflated, ended] = inflate(members, piece, 1 + piece / 2);
        BOOST_TEST((inflated == text + text + "end"));
        BOOST_TEST((ended == status::end));
    }
}

BOOST_AUTO_TEST_CASE(takes_zeros_behind_a_member_as_the_end)
{
    auto const member = compress(6, "text");
    for (std::size_t const piece : {1, 1000}) {
        BOOST_TEST(
            (inflate(member + std::string(700, '\0'), piece) == std::pair{std::string{"text"}, status::end}));
        BOOST_TEST((inflate(member + std::string(3, '\0') + member, piece).second == status::corrupt));
        BOOST_TEST((inflate(member + "garbage", piece) == std::pair{std::string{"text"}, status::corrupt}));
        BOOST_TEST((inflate(member + "\x1f", piece) == std::pair{std::string{"text"}, status::truncated}));
    }
    BOOST_TEST((inflate(std::string(5, '\0') + member).second == status::corrupt));
    BOOST_TEST((inflate("plain text").second == status::corrupt));
}

BOOST_AUTO_TEST_CASE(tells_a_truncated_stream)
{
    auto const member = compress(6, json_like(2000));
    for (std::size_t size = 0; size < member.size(); ++size) {
        BOOST_TEST_REQUIRE((inflate(member.substr(0, size), 100, 64).second == status::truncated));
    }
}

BOOST_AUTO_TEST_CASE(tells_a_wrong_checksum_or_length)
{
    auto member = compress(6, json_like(2000));
    for (std::size_t from_end = 1; from_end <= 8; ++from_end) {
        auto broken = member;
        broken[broken.size() - from_end] ^= 1;
        BOOST_TEST((inflate(broken).second == status::corrupt));
    }
}

BOOST_AUTO_TEST_CASE(stays_corrupt)
{
    gzip_reader reader;
    std::vector<std::uint8_t> const garbage{1, 2, 3};
    std::vector<std::uint8_t> out(10);
    std::size_t produced = 7;
    reader.feed(garbage);
    BOOST_TEST((reader.read(out, produced) == status::corrupt));
    BOOST_TEST(produced == 0U);
    reader.feed({});
    BOOST_TEST((reader.read(out, produced) == status::corrupt));
}

BOOST_AUTO_TEST_SUITE_END()
