#include "pryv_export/format/digest.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <thread>
#include <vector>

using namespace pryv_export::format;

BOOST_AUTO_TEST_SUITE(digests)

BOOST_AUTO_TEST_CASE(knows_the_four_algorithms)
{
    struct
    {
        const char* name;
        const char* hex_of_abc;
    } const table[] = {
        {"sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"sha512",
         "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
         "454d4423643ce80e2a9ac94fa54ca49f"},
        {"sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"},
        {"md5", "900150983cd24fb0d6963f7d28e17f72"},
    };
    for (auto const& row : table) {
        BOOST_TEST_CONTEXT(row.name)
        {
            digest_algorithm algorithm{};
            BOOST_TEST_REQUIRE(parse(row.name, algorithm));
            BOOST_TEST(name_of(algorithm) == row.name);
            for (int again = 0; again < 2; ++again)
                BOOST_TEST(hex(digest_of(algorithm, "abc").view()) == row.hex_of_abc);
            digest in_parts{algorithm};
            for (int again = 0; again < 2; ++again) {
                in_parts.update(std::string_view{"a"});
                in_parts.update(std::string_view{""});
                in_parts.update(std::string_view{"bc"});
                BOOST_TEST(hex(in_parts.finish().view()) == row.hex_of_abc);
            }
        }
    }
    digest_algorithm algorithm = digest_algorithm::md5;
    BOOST_TEST(!parse("SHA256", algorithm));
    BOOST_TEST(!parse("", algorithm));
    BOOST_TEST((algorithm == digest_algorithm::md5));
}

BOOST_AUTO_TEST_CASE(hashes_a_buffer_of_any_length)
{
    using enum digest_algorithm;
    for (std::size_t size = 0; size < 300; ++size) {
        std::string const text(size, 'x');
        text_buffer buffer;
        buffer.append(text);
        for (auto const algorithm : {sha256, sha512, sha1, md5})
            BOOST_TEST(hex(digest_of(algorithm, buffer).view()) == hex(digest_of(algorithm, text).view()));
        BOOST_TEST(buffer.view() == text);
    }
}

BOOST_AUTO_TEST_CASE(hashes_in_several_threads)
{
    std::string results[2];
    {
        std::jthread const first{[&] { results[0] = hex(digest_of(digest_algorithm::sha256, "").view()); }};
        std::jthread const second{[&] { results[1] = hex(digest_of(digest_algorithm::sha256, "").view()); }};
    }
    BOOST_TEST(results[0] == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    BOOST_TEST(results[1] == results[0]);
}

BOOST_AUTO_TEST_CASE(encodes_base64_with_padding)
{
    std::pair<std::string_view, std::string_view> const table[] = {
        {"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
        {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xff\xfe\xfd", "//79"}};
    for (auto const& [plain, text] : table) {
        BOOST_TEST(base64({reinterpret_cast<const std::uint8_t*>(plain.data()), plain.size()}) == text);
    }
}

BOOST_AUTO_TEST_CASE(encodes_every_digit_in_every_place)
{
    // Groups of three are texts of their own, whatever is encoded before and behind them.
    std::vector<std::uint8_t> bytes;
    for (std::uint32_t digit = 0; digit < 64; ++digit) {
        std::uint32_t const group = digit << 18 | (63 - digit) << 12 | (digit ^ 21) << 6 | (digit ^ 42);
        for (int shift = 16; shift >= 0; shift -= 8)
            bytes.push_back(static_cast<std::uint8_t>(group >> shift));
    }
    std::span<const std::uint8_t> const all{bytes};
    for (std::size_t begin = 0; begin < 48; begin += 3) {
        for (std::size_t size = 0; begin + size <= all.size(); ++size) {
            std::string expected;
            for (std::size_t at = 0; at < size; at += 3)
                expected += base64(all.subspan(begin + at, std::min<std::size_t>(3, size - at)));
            BOOST_TEST(base64(all.subspan(begin, size)) == expected);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
