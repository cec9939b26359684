#include "pryv_export/export/user_list.hpp"

#include "pryv_export/base/error.hpp"

#include "temporary_folder.hpp"

#include <boost/test/unit_test.hpp>

using namespace pryv_export;
using namespace pryv_export::exporting;

namespace {

std::vector<std::string> shown(const user_list& list)
{
    std::vector<std::string> out;
    for (const auto& user : list.users)
        out.push_back(user.id + "=" + user.name + " (" + user.name_from + ")");
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(user_list_suite)

BOOST_AUTO_TEST_CASE(joins_index_documents_and_folders_in_this_order)
{
    user_sources sources;
    sources.index = {{"u2", "123"}, {"u1", "alice"}, {"u9", "ghost"}};
    sources.in_documents = {"u5", "u1", "u3"};
    sources.folders = {"u1", "u2", "u4"};
    sources.register_names = {{"u3", "carol"}, {"u1", "not-used"}};
    sources.event_names = {{"u5", "eve"}};
    auto const list = join_users(sources);
    std::vector<std::string> const expected{"u2=123 (index)",         "u1=alice (index)",
                                            "u9=ghost (index)",       "u3=carol (register)",
                                            "u5=eve (account event)", "u4=u4 (id)"};
    BOOST_TEST(shown(list) == expected, boost::test_tools::per_element());
    BOOST_TEST(list.not_in_index == (std::vector<std::string>{"u3", "u5", "u4"}),
               boost::test_tools::per_element());
    BOOST_TEST(list.index_only == std::vector<std::string>{"u9"}, boost::test_tools::per_element());
    BOOST_TEST(list.warnings.empty());
}

BOOST_AUTO_TEST_CASE(keeps_ids_and_names_unique)
{
    user_sources sources;
    sources.index = {{"u1", "alice"}, {"u1", "alice-again"}, {"u2", "alice"}};
    auto const list = join_users(sources);
    std::vector<std::string> const expected{"u1=alice (index)", "u2=u2 (id)"};
    BOOST_TEST(shown(list) == expected, boost::test_tools::per_element());
    BOOST_TEST(list.warnings.size() == 2U);
}

BOOST_AUTO_TEST_CASE(selects_by_id_and_by_name)
{
    user_sources sources;
    sources.index = {{"u1", "alice"}, {"u2", "bob"}, {"u3", "carol"}};
    auto list = join_users(sources);
    select_users(list, {"u3", "alice"});
    std::vector<std::string> const expected{"u1=alice (index)", "u3=carol (index)"};
    BOOST_TEST(shown(list) == expected, boost::test_tools::per_element());
    BOOST_CHECK_EXCEPTION(select_users(list, {"nobody"}), export_error,
                          [](const auto& e) { return e.status() == exit_status::source_missing; });
}

BOOST_AUTO_TEST_CASE(knows_names_that_v2_can_route)
{
    for (std::string_view const good : {"alice", "a-b-c", "12345", "a2345"})
        BOOST_TEST(is_routable_name(good), good);
    for (std::string_view const bad : {"", "abcd", "-alice", "alice-", "Alice", "al ice", "al/ice"})
        BOOST_TEST(!is_routable_name(bad), bad);
    BOOST_TEST(!is_routable_name(std::string(61, 'a')));
}

BOOST_AUTO_TEST_CASE(reads_register_names_and_skips_what_is_none)
{
    testing::temporary_folder folder;
    std::vector<std::string> warnings;
    BOOST_TEST(!read_register_names(folder.path(), warnings));
    folder.write(
        "users.jsonl",
        "{\"id\":\"cu1x\",\"username\":\"alice\"}\n\nnonsense\n{\"id\":\"0\",\"username\":\"wactiv\"}\n"
        "{\"username\":\"old\"}\n{\"id\":\"cu2x\",\"username\":\"bob\"}");
    auto const names = read_register_names(folder.path(), warnings);
    BOOST_REQUIRE(names);
    BOOST_TEST(names->size() == 2U);
    BOOST_TEST(names->at("cu1x") == "alice");
    BOOST_TEST(names->at("cu2x") == "bob");
    BOOST_REQUIRE(warnings.size() == 1U);
    BOOST_TEST(warnings[0].find("line 3") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
