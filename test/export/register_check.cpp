#include "pryv_export/export/register_check.hpp"

#include "pryv_export/export/user_core.hpp"

#include "temporary_folder.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <string>
#include <vector>

namespace pryv_export::exporting {

namespace {

user_entry user(std::string name, std::string id)
{
    user_entry entry;
    entry.name = std::move(name);
    entry.id = std::move(id);
    return entry;
}

std::string server_row(std::string_view name, std::string_view server)
{
    return fmt::format("{{\"username\":\"{}\",\"server\":\"{}\"}}\n", name, server);
}

std::string user_row(std::string_view name, std::string_view id, std::string_view email)
{
    return fmt::format("{{\"username\":\"{}\",\"id\":\"{}\",\"email\":\"{}\"}}\n", name, id, email);
}

} // namespace

BOOST_AUTO_TEST_SUITE(register_check_)

BOOST_AUTO_TEST_CASE(a_core_may_be_told_its_name)
{
    testing::temporary_folder const folder;
    folder.write("servers.jsonl", server_row("ada", "co1") + server_row("eve", "co2"));
    std::vector<user_entry> const users{user("ada", "c1")};
    register_check const found = check_register(folder.path(), users, folder.path(), "co2");
    using list = std::vector<std::string>;
    BOOST_TEST((found.elsewhere.examples == list{"ada (co1)"}));
    BOOST_TEST((found.without_data.examples == list{"eve"}));
}

BOOST_AUTO_TEST_CASE(a_core_that_no_user_has_in_the_register_is_noticed)
{
    testing::temporary_folder const folder;
    folder.write("servers.jsonl", server_row("eve", "co2"));
    std::vector<user_entry> const users{user("ada", "c1")};
    register_check const found = check_register(folder.path(), users, folder.path());
    BOOST_TEST((found.without_entry.examples == std::vector<std::string>{"ada"}));
}

BOOST_AUTO_TEST_CASE(users_that_no_core_has_are_found)
{
    testing::temporary_folder const folder;
    folder.write("servers.jsonl",
                 server_row("ada", "co1") + server_row("gone", "co9") + server_row("wactiv", "x"));
    folder.write("users.jsonl",
                 user_row("bob", "c2", "") + user_row("lost", "c3", "") + user_row("wactiv", "0", ""));
    std::vector<user_entry> const one{user("ada", "c1")};
    std::vector<user_entry> const two{user("bob", "c2")};
    std::vector<const std::vector<user_entry>*> const cores{&one, &two};
    auto const found = users_on_no_core(folder.path(), cores, folder.path());
    BOOST_TEST((found.examples == std::vector<std::string>{"gone (co9)", "lost (no server)"}));
    BOOST_TEST(!sentence_about_users_on_no_core({}).has_value());
}

BOOST_AUTO_TEST_CASE(finds_every_kind_of_disagreement)
{
    testing::temporary_folder const folder;
    // In no order, as the Node tool writes them.
    folder.write("servers.jsonl", server_row("zoe", "co1") + server_row("ada", "co1") +
                                      server_row("bob", "co2") + server_row("eve", "co1") +
                                      server_row("far", "co2") + "no json\n");
    folder.write("users.jsonl", user_row("ada", "c1", "a@b.c") + user_row("bob", "c9", "b@b.c") +
                                    user_row("far", "c5", "a@b.c") + user_row("zoe", "", ""));
    folder.write("emails.jsonl", "{\"email\":\"b@b.c\",\"username\":\"zoe\"}\n"
                                 "{\"email\":\"a@b.c\",\"username\":\"ada\"}\n");
    std::vector<user_entry> const users{user("zoe", "c4"), user("bob", "c2"), user("ada", "c1"),
                                        user("new", "c7")};
    register_check const found = check_register(folder.path(), users, folder.path());
    using list = std::vector<std::string>;
    BOOST_TEST(found.own_server == "co1");
    BOOST_TEST((found.elsewhere.examples == list{"bob (co2)"}));
    BOOST_TEST((found.without_data.examples == list{"eve"}));
    BOOST_TEST((found.without_entry.examples == list{"new"}));
    BOOST_TEST((found.other_id.examples == list{"bob (c9, here c2)"}));
    BOOST_TEST((found.shared_email.examples == list{"a@b.c (ada, far)", "b@b.c (bob, zoe)"}));
    BOOST_TEST(found.sentences().size() == 5U);
    BOOST_TEST(found.sentences().front() ==
               "Register: 1 users have data here (co1), but the register says another core: bob (co2).");
}

BOOST_AUTO_TEST_CASE(agreement_and_absence_find_nothing)
{
    testing::temporary_folder const folder;
    std::vector<user_entry> const users{user("ada", "c1")};
    BOOST_TEST(check_register(folder.path(), users, folder.path()).sentences().empty());
    folder.write("servers.jsonl", server_row("ada", "co1"));
    folder.write("users.jsonl", user_row("ada", "c1", "a@b.c"));
    BOOST_TEST(check_register(folder.path(), users, folder.path()).sentences().empty());
}

BOOST_AUTO_TEST_CASE(many_findings_are_counted_and_the_first_are_named)
{
    testing::temporary_folder const folder;
    std::string servers = server_row("ada", "co1");
    for (int i = 0; i < 5000; ++i) servers += server_row("gone" + std::to_string(i), "co1");
    folder.write("servers.jsonl", servers);
    register_check const found = check_register(folder.path(), {user("ada", "c1")}, folder.path());
    BOOST_TEST(found.without_data.count == 5000U);
    BOOST_TEST(found.without_data.examples.size() == register_check::finding::most_examples);
    BOOST_TEST(found.sentences().front().ends_with(", …"));
}

BOOST_AUTO_TEST_CASE(servers_become_core_ids)
{
    testing::temporary_folder const folder;
    folder.write("servers.jsonl", server_row("ada", "co1.x") + server_row("o'neil", "co2.x") +
                                      server_row("lost", "co3.x") + server_row("a\\nb", "co1.x"));
    auto const rows =
        write_user_core(folder.path(), {{"co1.x", "one"}, {"co2.x", "two"}}, {.gzip = false, .level = 1});
    BOOST_TEST(folder.read("user-core.jsonl") == "{\"key\":\"user-core/ada\",\"value\":\"one\"}\n"
                                                 "{\"key\":\"user-core/o'neil\",\"value\":\"two\"}\n"
                                                 "{\"key\":\"user-core/a\\nb\",\"value\":\"one\"}\n");
    BOOST_TEST(folder.read("user-core.sql") ==
               "INSERT OR REPLACE INTO keyValue(key, value) VALUES('user-core/ada', 'one');\n"
               "INSERT OR REPLACE INTO keyValue(key, value) VALUES('user-core/o''neil', 'two');\n");
    BOOST_TEST(rows.rows == 3U);
    BOOST_TEST(rows.unwritable == 1U);
    BOOST_TEST(rows.unmapped.at("co3.x") == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pryv_export::exporting
