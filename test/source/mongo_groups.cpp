#include "../../src/source/mongo_groups.hpp"

#include <boost/test/unit_test.hpp>

#include <initializer_list>
#include <numeric>
#include <vector>

using namespace pryv_export::source;

BOOST_AUTO_TEST_SUITE(mongo_groups)

namespace {

/// A collection whose users 1, 2, … have so many documents of 10 bytes.
collection_census counted(std::initializer_list<std::uint64_t> documents)
{
    collection_census census;
    census.mean_bytes = 10;
    census.users.resize(1);
    for (auto const count : documents) {
        census.users.push_back({count, 0});
        census.documents += count;
    }
    return census;
}

std::vector<user_slot> all_of(const collection_census& census)
{
    std::vector<user_slot> order(census.users.size() - 1);
    std::iota(order.begin(), order.end(), 1U);
    return order;
}

/// "1 2 | 3! | 4": the users of each group; ! for one who is read alone.
std::string shown(const std::vector<user_group>& groups)
{
    std::string text;
    for (const auto& group : groups) {
        if (!text.empty()) text += " | ";
        for (auto const user : group.users)
            text += (user == group.users.front() ? "" : " ") + std::to_string(user);
        if (group.is_long) text += "!";
    }
    return text;
}

std::string groups_of(const collection_census& census, std::uint64_t bytes)
{
    return shown(group_users(census, all_of(census), bytes));
}

} // namespace

BOOST_AUTO_TEST_CASE(users_share_a_group_up_to_its_size)
{
    BOOST_TEST(groups_of(counted({3, 3, 4, 1, 9, 2}), 100) == "1 2 3 | 4 5 | 6");
    BOOST_TEST(groups_of(counted({10, 10}), 100) == "1 | 2");
    auto const groups = group_users(counted({3, 3, 4, 1}), std::vector<user_slot>{1, 2, 3, 4}, 100);
    BOOST_TEST_REQUIRE(groups.size() == 2U);
    BOOST_TEST(groups[0].documents == 10U);
    BOOST_TEST(groups[1].documents == 1U);
}

BOOST_AUTO_TEST_CASE(a_long_user_is_alone)
{
    BOOST_TEST(groups_of(counted({1, 11, 1, 1, 12, 13, 1}), 100) == "1 | 2! | 3 4 | 5! | 6! | 7");
    BOOST_TEST(groups_of(counted({1, 10, 1}), 100) == "1 | 2 | 3");
}

BOOST_AUTO_TEST_CASE(one_huge_user)
{
    auto const census = counted({5'000'000'000});
    auto const groups = group_users(census, all_of(census), 8U << 20);
    BOOST_TEST_REQUIRE(shown(groups) == "1!");
    BOOST_TEST(groups[0].documents == 5'000'000'000U);
}

BOOST_AUTO_TEST_CASE(users_without_documents_are_in_no_group)
{
    BOOST_TEST(groups_of(counted({0, 2, 0, 3, 0}), 100) == "2 4");
    BOOST_TEST(groups_of(counted({0, 0}), 100) == "");
    // Nor are those whom the count has never seen.
    BOOST_TEST(shown(group_users(counted({2}), std::vector<user_slot>{7, 1, 9}, 100)) == "1");
}

BOOST_AUTO_TEST_CASE(no_users_make_no_groups)
{
    BOOST_TEST(group_users(counted({}), {}, 100).empty());
    BOOST_TEST(group_users(counted({3, 4}), {}, 100).empty());
}

BOOST_AUTO_TEST_CASE(the_order_of_users_is_kept)
{
    auto const census = counted({4, 4, 4, 20, 4});
    BOOST_TEST(shown(group_users(census, std::vector<user_slot>{5, 3, 4, 2, 1}, 100)) == "5 3 | 4! | 2 1");
    BOOST_TEST(shown(group_users(census, std::vector<user_slot>{4, 1, 5}, 100)) == "4! | 1 5");
}

BOOST_AUTO_TEST_CASE(a_command_names_two_thousand_users_at_most)
{
    collection_census census;
    census.mean_bytes = 1;
    census.users.assign(4502, {1, 0});
    auto const groups = group_users(census, all_of(census), 1U << 20);
    BOOST_TEST_REQUIRE(groups.size() == 3U);
    BOOST_TEST(groups[0].users.size() == 2000U);
    BOOST_TEST(groups[1].users.size() == 2000U);
    BOOST_TEST(groups[2].users.size() == 501U);
    BOOST_TEST(groups[1].users.front() == 2001U);
}

BOOST_AUTO_TEST_SUITE_END()
