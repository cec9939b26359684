#include "../../src/source/mongo_chain.hpp"
#include "../../src/source/mongo_groups.hpp"
#include "wire_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <barrier>
#include <future>
#include <numeric>

using namespace test;

/// How much is fetched for somebody who does not ask for it.
BOOST_AUTO_TEST_SUITE(mongo_ahead)

namespace {

constexpr std::size_t connections = 3;
constexpr std::int64_t range_documents = 100;
constexpr std::size_t large_documents = 5000;

std::string one_kilobyte(std::size_t number, std::string_view user)
{
    return doc()
        .str("_id", fmt::format("c{:06}", number))
        .str("userId", user)
        .str("content", std::string(1000, 'x'))
        .bytes();
}

/// All threads of the pool meet: what was queued before has run. Jobs may have queued others meanwhile.
void meet(source::mongo_context& context)
{
    std::barrier all{static_cast<std::ptrdiff_t>(context.workers->size())};
    std::vector<std::shared_future<void>> met;
    for (std::size_t i = 0; i < context.workers->size(); ++i)
        met.push_back(source::start_on<void>(*context.workers, [&all] { all.arrive_and_wait(); }));
    for (auto const& each : met) each.get();
}

/// Until a chain of so many jobs, each queued by the one before, has ended.
void meet_often(source::mongo_context& context)
{
    constexpr int longest_chain = 100;
    for (int i = 0; i < longest_chain; ++i) meet(context);
}

struct large_user
{
    large_user()
    {
        std::string all;
        for (std::size_t i = 0; i < large_documents; ++i) all += one_kilobyte(i, "u");
        dump.put("events.bson", all);
        server = std::make_unique<wire_process>(dump);
    }

    source::mongo_options options(std::uint64_t read_ahead) const
    {
        auto made = server->options();
        made.connections = connections;
        made.read_ahead_bytes = read_ahead;
        return made;
    }
    source::chain_query query() const
    {
        source::chain_query made;
        made.database = "pryv-node";
        made.collection = "events";
        made.filter.add("userId", std::string_view{"u"});
        made.range_documents = range_documents;
        made.range_bytes = 100'000;
        made.batch_documents = range_documents + 1;
        made.odd_ids = false;
        return made;
    }

    dump_folder dump;
    std::unique_ptr<wire_process> server;
};

} // namespace

BOOST_AUTO_TEST_CASE(a_large_user_who_is_left_alone_is_fetched_by_some_ranges_only)
{
    large_user const data;
    source::mongo_context context{data.options(1ULL << 30)};
    auto const cursor = source::open_chain(context, data.query(), {});
    source::batch part;
    BOOST_TEST(cursor->next(part));
    meet_often(context);
    // The range that is read, one per connection behind it, and a document each to see where it ends.
    auto const sent = data.server->count("documentsOut");
    BOOST_TEST(sent >= range_documents + 1);
    BOOST_TEST(sent <= static_cast<std::int64_t>((connections + 1) * (range_documents + 1)));
    meet_often(context);
    BOOST_TEST(data.server->count("documentsOut") == sent);
    // It goes on where it was left.
    std::size_t read = part.documents.size();
    while (cursor->next(part)) read += part.documents.size();
    BOOST_TEST(read == large_documents);
}

BOOST_AUTO_TEST_CASE(what_is_fetched_ahead_is_bounded_by_its_bytes)
{
    large_user const data;
    // Room for one range beside the one that is asked for.
    source::mongo_context context{data.options(150'000)};
    auto const cursor = source::open_chain(context, data.query(), {});
    source::batch part;
    BOOST_TEST(cursor->next(part));
    meet_often(context);
    BOOST_TEST(data.server->count("documentsOut") <= 2 * (range_documents + 1));
    std::size_t read = part.documents.size();
    while (cursor->next(part)) read += part.documents.size();
    BOOST_TEST(read == large_documents);
    meet(context);
    BOOST_TEST(context.ahead.has_room_for(150'000));
}

BOOST_AUTO_TEST_CASE(what_nobody_holds_any_more_makes_room)
{
    large_user const data;
    source::mongo_context context{data.options(1'000'000)};
    {
        auto const cursor = source::open_chain(context, data.query(), {});
        source::batch part;
        BOOST_TEST(cursor->next(part));
        BOOST_TEST(!context.ahead.has_room_for(1'000'000));
    }
    meet_often(context);
    BOOST_TEST(context.ahead.has_room_for(1'000'000));
    BOOST_TEST(!context.ahead.has_room_for(1'000'001));
}

BOOST_AUTO_TEST_CASE(groups_of_users_are_fetched_two_ahead)
{
    // A group holds 1 MiB: about a thousand documents, of ten users.
    constexpr std::size_t users = 100;
    constexpr std::size_t of_each = 100;
    dump_folder dump;
    std::string all;
    for (std::size_t i = 0; i < users * of_each; ++i)
        all += one_kilobyte(i, fmt::format("u{:03}", i / of_each));
    dump.put("events.bson", all);
    wire_process const server{dump};
    for (bool const room : {true, false}) {
        auto options = server.options();
        options.connections = connections;
        options.read_ahead_bytes = room ? 1ULL << 30 : 1;
        source::mongo_context context{options};
        source::user_table table;
        source::collection_census const census = source::census_taker{context}.take("events", table);
        source::group_reader reader{context, table, "events", census};
        std::vector<source::user_slot> order(users);
        std::iota(order.begin(), order.end(), 1U);
        reader.plan(order);
        auto const before = server.count("documentsOut");
        auto const cursor = reader.open(order.front(), {});
        BOOST_TEST(documents_of(*cursor).size() == of_each);
        meet_often(context);
        auto const groups = source::group_users(census, order, 1U << 20);
        BOOST_TEST_REQUIRE(groups.size() > 5U);
        auto const expected =
            room ? groups[0].documents + groups[1].documents + groups[2].documents : groups[0].documents;
        BOOST_TEST(server.count("documentsOut") - before == static_cast<std::int64_t>(expected));
    }
}

BOOST_AUTO_TEST_CASE(counts_may_be_wrong_in_either_direction)
{
    dump_folder dump;
    std::string all;
    for (std::size_t i = 0; i < 300; ++i) all += one_kilobyte(i, fmt::format("u{}", i / 100));
    dump.put("events.bson", all);
    wire_process const server{dump};
    for (int const wrong : {-99, -1, 0, 1, 100}) {
        BOOST_TEST_CONTEXT(wrong)
        {
            source::mongo_context context{server.options()};
            source::user_table table;
            auto census = source::census_taker{context}.take("events", table);
            for (auto& user : census.users)
                if (user.documents > 0)
                    user.documents = static_cast<std::uint64_t>(static_cast<int>(user.documents) + wrong);
            source::group_reader reader{context, table, "events", census};
            std::vector<source::user_slot> const order{1, 2, 3};
            reader.plan(order);
            for (auto const user : order) {
                std::uint64_t told = 0;
                auto const cursor = reader.open(user, [&](auto documents, auto) { told = documents; });
                auto const found = documents_of(*cursor);
                BOOST_TEST(found.size() == 100U);
                BOOST_TEST(told == 100U);
                for (auto const& one : found)
                    BOOST_TEST(one.bytes.find(table.ids()[user - 1]) != std::string::npos);
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
