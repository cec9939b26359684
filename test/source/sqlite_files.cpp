#include "pryv_export/source/sqlite_files.hpp"

#include "sqlite_builder.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>

namespace {

using namespace pryv_export::source;
using namespace sqlite_test;

struct fixture : sqlite_place
{
    fs::path file = source / "a.db";
    sqlite_opener opener{scratch, std::chrono::milliseconds{0}};

    void write(const std::string& sql) { sqlite_writer{file}.run(sql); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite_files, fixture)

BOOST_AUTO_TEST_CASE(user_index_comes_in_stored_order)
{
    BOOST_TEST(!read_user_index(opener, file).has_value());
    write("CREATE TABLE id4name (username TEXT PRIMARY KEY, userId TEXT NOT NULL);"
          "INSERT INTO id4name VALUES ('zoe', 'u_0'), ('adam', 'u_1'), ('other', 'u_1'), (NULL, '')");
    auto const entries = read_user_index(opener, file);
    BOOST_REQUIRE(entries.has_value());
    BOOST_REQUIRE(entries->size() == 4U);
    BOOST_TEST(entries->at(0).username == "zoe");
    BOOST_TEST(entries->at(0).user_id == "u_0");
    BOOST_TEST(entries->at(2).username == "other");
    BOOST_TEST(entries->at(2).user_id == "u_1");
    BOOST_TEST(entries->at(3).username.empty());
}

BOOST_AUTO_TEST_CASE(an_index_without_rows_is_no_absent_one)
{
    write("CREATE TABLE id4name (username TEXT PRIMARY KEY, userId TEXT NOT NULL)");
    auto const entries = read_user_index(opener, file);
    BOOST_REQUIRE(entries.has_value());
    BOOST_TEST(entries->empty());
}

BOOST_AUTO_TEST_CASE(account_has_passwords_by_time_and_values_by_key)
{
    BOOST_TEST(!read_account(opener, file).has_value());
    write(account_schema);
    write(key_value_schema);
    write("INSERT INTO passwords VALUES (1675099361.472, 'new', 'system'), (10, 'old', 1675099000.5)");
    write(
        R"(INSERT INTO storeKeyValueData VALUES ('b', 'k', '1'), ('a', 'z', '"s"'), ('a', 'k', '{"x":1}'))");
    auto const account = read_account(opener, file);
    BOOST_REQUIRE(account.has_value());
    BOOST_TEST(account->has_key_value_table);
    BOOST_REQUIRE(account->passwords.size() == 2U);
    BOOST_TEST(account->passwords[0].time == 10);
    BOOST_TEST(account->passwords[0].hash == "old");
    BOOST_TEST(account->passwords[0].created_by == "1675099000.5");
    BOOST_TEST(account->passwords[1].time == 1675099361.472);
    BOOST_TEST(account->passwords[1].created_by == "system");
    BOOST_REQUIRE(account->key_values.size() == 3U);
    BOOST_TEST(account->key_values[0].store_id == "a");
    BOOST_TEST(account->key_values[0].value_json == R"({"x":1})");
    BOOST_TEST(account->key_values[1].key == "z");
    BOOST_TEST(account->key_values[2].store_id == "b");
}

BOOST_AUTO_TEST_CASE(account_of_1_8_has_no_key_values)
{
    write(account_schema);
    auto const account = read_account(opener, file);
    BOOST_REQUIRE(account.has_value());
    BOOST_TEST(!account->has_key_value_table);
    BOOST_TEST(account->passwords.empty());
}

BOOST_AUTO_TEST_CASE(a_password_in_the_log_only_is_read)
{
    sqlite_writer writer{file};
    writer.run(account_schema).run("INSERT INTO passwords VALUES (1, 'h', 'system')");
    auto const account = read_account(opener, file);
    BOOST_REQUIRE(account.has_value());
    BOOST_TEST(account->passwords.size() == 1U);
    BOOST_TEST(!account->has_key_value_table);
}

BOOST_AUTO_TEST_CASE(platform_comes_by_key)
{
    BOOST_TEST(!read_platform(opener, file).has_value());
    write(
        "CREATE TABLE keyValue (key TEXT PRIMARY KEY, value TEXT NOT NULL);"
        "INSERT INTO keyValue VALUES ('user-unique/email/a/b@c', 'zoe'), ('user-indexed/language/zoe', 12)");
    auto const rows = read_platform(opener, file);
    BOOST_REQUIRE(rows.has_value());
    BOOST_REQUIRE(rows->size() == 2U);
    BOOST_TEST(rows->at(0).key == "user-indexed/language/zoe");
    BOOST_TEST(rows->at(0).value == "12");
    BOOST_TEST(rows->at(1).key == "user-unique/email/a/b@c");
}

BOOST_AUTO_TEST_CASE(a_file_without_its_table_is_an_error)
{
    write("CREATE TABLE other (a)");
    struct row
    {
        const char* table;
        std::function<void()> read;
    };
    row const rows[] = {{"id4name", [&] { read_user_index(opener, file); }},
                        {"passwords", [&] { read_account(opener, file); }},
                        {"keyValue", [&] { read_platform(opener, file); }},
                        {"events", [&] { open_event_rows(opener, file); }}};
    for (const row& r : rows) {
        BOOST_TEST_CONTEXT(r.table)
        {
            std::string const message = message_of(r.read);
            BOOST_TEST(holds(message, fmt::format("a.db: has no table {};", r.table)), message);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_table_with_other_columns_is_an_error)
{
    write("CREATE TABLE passwords (time REAL, hashed TEXT)");
    std::string const message = message_of([&] { read_account(opener, file); });
    BOOST_TEST(holds(message, "a.db, table passwords: cannot be read (no such column: hash)"), message);
}

BOOST_AUTO_TEST_SUITE_END()
