#include "../../src/source/mongodump_damage.hpp"

#include "mongodump_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace test;
using source::collection;

BOOST_AUTO_TEST_SUITE(mongodump_damage)

namespace {

/// What was delivered and what was reported as damaged, from one file.
struct reading
{
    std::map<std::uint64_t, std::string> documents;
    std::vector<source::damage> damages;

    std::uint64_t accounted() const
    {
        std::uint64_t bytes = 0;
        for (auto const& [position, text] : documents) bytes += text.size();
        for (auto const& place : damages) bytes += place.bytes;
        return bytes;
    }
};

reading read_dump(const dump_folder& dump, std::string_view bytes)
{
    dump.put("events.bson", bytes);
    auto const store = dump.open();
    return {all_documents(*store, collection::events), store->damages()};
}

/// Bytes [begin, end) of the original became [begin, begin + size) of the broken file.
struct change
{
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t size = 0;
};

change break_something(std::string& bytes, std::mt19937& random)
{
    auto const below = [&](std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random);
    };
    std::size_t const at = below(bytes.size());
    switch (below(4)) {
    case 0: // a flipped bit
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        return {at, at + 1, 1};
    case 1: { // a run of zeros, as after a lost sector
        std::size_t const size = std::min(1 + below(300), bytes.size() - at);
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), size, '\0');
        return {at, at + size, size};
    }
    case 2: { // bytes that came in between
        std::size_t const size = 1 + below(40);
        std::string noise;
        for (std::size_t i = 0; i < size; ++i) noise.push_back(static_cast<char>(below(256)));
        bytes.insert(at, noise);
        return {at, at, size};
    }
    default: { // bytes that went
        std::size_t const size = std::min(1 + below(40), bytes.size() - at);
        bytes.erase(at, size);
        return {at, at + size, 0};
    }
    }
}

/// The documents that a change did not touch, by their place in the broken file.
std::map<std::uint64_t, std::string> untouched(const std::vector<std::string>& documents, const change& made)
{
    std::map<std::uint64_t, std::string> all;
    std::size_t at = 0;
    for (auto const& one : documents) {
        if (at + one.size() <= made.begin)
            all.emplace(at, one);
        else if (at >= made.end)
            all.emplace(at - made.end + made.begin + made.size, one);
        at += one.size();
    }
    return all;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_dump_cut_anywhere_gives_all_before_the_cut)
{
    dump_folder dump;
    auto const events = interleaved(8, 3);
    auto const whole = joined(events);
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        BOOST_TEST_CONTEXT(cut)
        {
            auto const found = read_dump(dump, whole.substr(0, cut));
            std::size_t complete = 0;
            std::size_t count = 0;
            while (complete + events[count].size() <= cut) complete += events[count++].size();
            BOOST_TEST(found.documents.size() == count);
            BOOST_TEST(found.accounted() == cut);
            BOOST_TEST_REQUIRE(found.damages.size() == (complete == cut ? 0U : 1U));
            if (complete != cut) BOOST_TEST(found.damages[0].offset == complete);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_thousand_random_corruptions_lose_only_what_they_touch)
{
    dump_folder dump;
    std::mt19937 random{20'240'131};
    auto const events = interleaved(60, 5);
    for (int round = 0; round < 1000; ++round) {
        auto bytes = joined(events);
        auto const made = break_something(bytes, random);
        BOOST_TEST_CONTEXT("round " << round << " bytes " << made.begin << " to " << made.end << ", now "
                                    << made.size)
        {
            auto const found = read_dump(dump, bytes);
            BOOST_TEST(found.accounted() == bytes.size());
            for (auto const& [position, text] : untouched(events, made)) {
                auto const at = found.documents.find(position);
                BOOST_TEST((at != found.documents.end() && at->second == text),
                           "lost the document at " << position);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(many_corruptions_at_once_are_all_accounted_for)
{
    dump_folder dump;
    std::mt19937 random{7};
    for (int round = 0; round < 200; ++round) {
        auto bytes = joined(interleaved(60, 5));
        for (int i = 0; i < 20; ++i) break_something(bytes, random);
        BOOST_TEST_CONTEXT("round " << round)
        {
            BOOST_TEST(read_dump(dump, bytes).accounted() == bytes.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(damage_is_the_document_whose_inside_is_broken)
{
    dump_folder dump;
    auto const good = event("c1", "u");
    auto broken = event("c2", "u");
    broken[broken.find("type") - 1] = '\x60'; // no BSON type
    auto const found = read_dump(dump, good + broken + good);
    BOOST_TEST_REQUIRE(found.damages.size() == 1U);
    BOOST_TEST(found.damages[0].offset == good.size());
    BOOST_TEST(found.damages[0].bytes == broken.size());
    BOOST_TEST(found.damages[0].thing == (dump.folder() / "events.bson").native());
    BOOST_TEST(found.documents.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_nested_document_is_no_place_to_go_on)
{
    dump_folder dump;
    auto const nested = doc().str("_id", "inner").str("userId", "intruder");
    auto broken = doc().str("_id", "c2").sub("content", nested).bytes();
    broken[3] = '\x7f';
    for (std::string const& behind : {event("c3", "u"), std::string{}}) {
        auto const found = read_dump(dump, event("c1", "u") + broken + behind);
        BOOST_TEST(found.documents.size() == (behind.empty() ? 1U : 2U));
        BOOST_TEST_REQUIRE(found.damages.size() == 1U);
        BOOST_TEST(found.damages[0].bytes == broken.size());
    }
}

BOOST_AUTO_TEST_CASE(damage_deep_inside_is_left_to_the_reader)
{
    dump_folder dump;
    auto broken = event("c2", "u");
    broken[broken.find("text") - 1] = '\x60';
    auto const found = read_dump(dump, event("c1", "u") + broken);
    BOOST_TEST(found.damages.empty());
    BOOST_TEST(found.documents.size() == 2U);
}

BOOST_AUTO_TEST_CASE(damage_is_skipped_across_many_reads)
{
    dump_folder dump;
    auto const good = event("c1", "u");
    std::string const hole(5U << 20, '\0');
    auto const found = read_dump(dump, good + hole + good + good);
    BOOST_TEST(found.documents.size() == 3U);
    BOOST_TEST_REQUIRE(found.damages.size() == 1U);
    BOOST_TEST(found.damages[0].offset == good.size());
    BOOST_TEST(found.damages[0].bytes == hole.size());
}

BOOST_AUTO_TEST_CASE(documents_larger_than_a_read_are_found)
{
    dump_folder dump;
    auto const big = event("big", "u", std::string(15U << 20, 'b'));
    auto const found = read_dump(dump, event("c1", "v") + big + event("c2", "u"));
    BOOST_TEST(found.damages.empty());
    BOOST_TEST_REQUIRE(found.documents.size() == 3U);
    BOOST_TEST((found.documents.at(event("c1", "v").size()) == big));
}

BOOST_AUTO_TEST_CASE(many_false_beginnings_do_not_take_forever)
{
    dump_folder dump;
    // Each of these begins like a document that ends at the end of the file.
    std::string bytes(8U << 20, '\x01');
    for (std::size_t at = 1; at + 32 < bytes.size(); at += 16) {
        auto const length = static_cast<std::int32_t>(bytes.size() - at);
        std::memcpy(bytes.data() + at, &length, 4);
        std::memcpy(bytes.data() + at + 4, "\x01_id\0", 5);
    }
    bytes.back() = '\0';
    BOOST_TEST(read_dump(dump, bytes).accounted() == bytes.size());
}

BOOST_AUTO_TEST_CASE(the_list_of_damages_is_bounded)
{
    source::damage_list list{"folder", 3};
    for (std::uint64_t i = 0; i < 10; ++i) list.add({"file", i * 100, 10, "broken"});
    list.add({"file", 0, 10, "broken"}); // known
    auto const& all = list.snapshot();
    BOOST_TEST_REQUIRE(all.size() == 4U);
    BOOST_TEST(all.back().bytes == 70U);
    BOOST_TEST(all.back().cause.find("7 more") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
