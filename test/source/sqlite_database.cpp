#include "pryv_export/base/error.hpp"
#include "pryv_export/source/sqlite_files.hpp"

#include "../../src/source/sqlite_image.hpp"
#include "sqlite_builder.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <unistd.h>

namespace {

using namespace pryv_export;
using namespace pryv_export::source;
using namespace sqlite_test;
using namespace std::chrono_literals;

struct fixture : sqlite_place
{
    fs::path file = source / "a.db";
    sqlite_opener opener{scratch, 0ms};

    std::int64_t count()
    {
        auto const database = opener.open(file);
        BOOST_REQUIRE(database.has_value());
        sqlite_rows rows{*database, "SELECT count(*) FROM t", "t"};
        BOOST_REQUIRE(rows.next());
        return std::get<std::int64_t>(rows.value(0));
    }
};

void fill(sqlite_writer& writer, int rows)
{
    writer.run("CREATE TABLE IF NOT EXISTS t (a INTEGER, b TEXT)");
    writer.run(fmt::format("WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
                           "INSERT INTO t SELECT i, hex(zeroblob(200)) FROM n",
                           rows));
}

/// As another user than root, so that modes count.
class as_nobody
{
public:
    as_nobody() : was_{::geteuid()}
    {
        if (was_ == 0) BOOST_REQUIRE(::seteuid(65534) == 0);
    }
    ~as_nobody() { (void)!::seteuid(was_); }

private:
    uid_t was_;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite_database, fixture)

BOOST_AUTO_TEST_CASE(absent_file_is_no_error)
{
    BOOST_TEST(!opener.open(file).has_value());
}

BOOST_AUTO_TEST_CASE(a_closed_database_is_read_in_place)
{
    {
        sqlite_writer writer{file};
        fill(writer, 100);
    }
    auto const before = snapshot(source);
    BOOST_TEST(before.size() == 1U);
    {
        auto const database = opener.open(file);
        BOOST_REQUIRE(database.has_value());
        BOOST_TEST(fs::is_empty(scratch));
        BOOST_TEST(!database->changed());
        BOOST_TEST(database->file() == file);
    }
    BOOST_TEST(count() == 100);
    BOOST_TEST((snapshot(source) == before));
}

BOOST_AUTO_TEST_CASE(rows_in_the_log_are_read_and_the_files_stay_as_they_are)
{
    sqlite_writer writer{file};
    fill(writer, 50);
    writer.run("PRAGMA wal_checkpoint(TRUNCATE)");
    fill(writer, 7);
    auto const before = snapshot(source);
    BOOST_TEST(before.size() == 3U);
    BOOST_TEST(count() == 57);
    BOOST_TEST((snapshot(source) == before));
    BOOST_TEST(fs::is_empty(scratch));
}

BOOST_AUTO_TEST_CASE(a_log_left_without_its_index_is_read)
{
    {
        sqlite_writer writer{source / "live" / "a.db"};
        fill(writer, 9);
        fs::copy_file(source / "live" / "a.db", file);
        fs::copy_file(source / "live" / "a.db-wal", source / "a.db-wal");
    }
    auto const before = snapshot(source);
    BOOST_TEST(count() == 9);
    BOOST_TEST((snapshot(source) == before));
}

BOOST_AUTO_TEST_CASE(only_the_current_round_of_the_log_is_copied)
{
    sqlite_writer writer{file};
    fill(writer, 2000);
    writer.run("PRAGMA wal_checkpoint(PASSIVE)");
    fill(writer, 1);
    auto const log_bytes = fs::file_size(source / "a.db-wal");
    auto const database = opener.open(file);
    for (const auto& item : fs::recursive_directory_iterator{scratch}) {
        if (item.path().filename() == "db-wal") BOOST_TEST(item.file_size() < log_bytes / 4);
    }
    BOOST_TEST(count() == 2001);
}

BOOST_AUTO_TEST_CASE(copies_are_private)
{
    sqlite_writer writer{file};
    fill(writer, 3);
    auto const database = opener.open(file);
    std::size_t seen = 0;
    for (const auto& item : fs::recursive_directory_iterator{scratch}) {
        auto const expected = item.is_directory() ? fs::perms{0700} : fs::perms{0600};
        BOOST_TEST((item.status().permissions() == expected), item.path());
        ++seen;
    }
    BOOST_TEST(seen == 3U);
}

BOOST_AUTO_TEST_CASE(small_copies_go_to_the_memory_folder_while_it_serves)
{
    fs::path const memory = root.path() / "memory";
    fs::create_directory(memory);
    sqlite_writer writer{file};
    fill(writer, 3);
    auto const folder_used = [&](std::uint64_t most_bytes) {
        opener.use_memory_folder(memory, most_bytes);
        auto const database = opener.open(file);
        bool const in_memory = fs::exists(memory) && !fs::is_empty(memory);
        BOOST_TEST(in_memory == fs::is_empty(scratch));
        return in_memory;
    };
    BOOST_TEST(folder_used(1U << 20));
    BOOST_TEST(fs::is_empty(memory));
    BOOST_TEST(!folder_used(1000));
    fs::remove(memory);
    BOOST_TEST(!folder_used(1U << 20));
    BOOST_TEST(count() == 3);
}

BOOST_AUTO_TEST_CASE(a_database_that_is_all_in_the_log_is_read)
{
    {
        sqlite_writer writer{source / "live" / "a.db"};
        fill(writer, 9);
        writer.run("UPDATE t SET a = 1");
        fs::copy_file(source / "live" / "a.db-wal", source / "a.db-wal");
    }
    write_file(file, "");
    BOOST_TEST(count() == 9);
}

BOOST_AUTO_TEST_CASE(an_empty_log_is_no_reason_to_copy)
{
    {
        sqlite_writer writer{file};
        fill(writer, 4);
    }
    write_file(source / "a.db-wal", "");
    auto const database = opener.open(file);
    BOOST_TEST(fs::is_empty(scratch));
    BOOST_TEST(count() == 4);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said)
{
    std::string database;
    {
        sqlite_writer writer{source / "good" / "b.db"};
        fill(writer, 20);
    }
    database = read_file(source / "good" / "b.db");
    struct row
    {
        std::string name;
        std::function<void()> make;
        std::string expected;
    };
    row const table[] = {
        {"zero bytes", [&] { write_file(file, ""); }, "a.db: is empty (0 bytes)"},
        {"text", [&] { write_file(file, std::string(8192, 'x')); },
         "a.db: is no SQLite database, or is encrypted"},
        {"short text", [&] { write_file(file, "x"); }, "a.db: is no SQLite database, or is encrypted"},
        {"cut in the header", [&] { write_file(file, database.substr(0, 50)); },
         "a.db: is damaged (only 50 bytes are left of it)"},
        {"cut behind", [&] { write_file(file, database.substr(0, 4096)); }, "a.db: is damaged ("},
        {"schema overwritten",
         [&] {
             write_file(file, database.substr(0, 100) + std::string(3996, '\xff') + database.substr(4096));
         },
         "a.db: is damaged ("},
        {"folder", [&] { fs::create_directory(file); }, "a.db: is a folder, not a regular file"},
        {"link", [&] { fs::create_symlink(source / "good" / "b.db", file); },
         "a.db: is a link, not a regular file"},
        {"dangling link", [&] { fs::create_symlink("nowhere", file); },
         "a.db: is a link, not a regular file"},
        {"pipe", [&] { BOOST_REQUIRE(::mkfifo(file.c_str(), 0600) == 0); },
         "a.db: is a pipe, not a regular file"},
        {"log without database", [&] { write_file(source / "a.db-wal", "x"); },
         "a.db: is absent, but its write-ahead log"},
        {"log is a link",
         [&] {
             write_file(file, database);
             fs::create_symlink(source / "good" / "b.db", source / "a.db-wal");
         },
         "a.db-wal: is a link, not a regular file"},
        {"parent is a file", [&] { file = source / "good" / "b.db" / "a.db"; },
         "a.db: cannot open for reading"},
    };
    for (const row& r : table) {
        BOOST_TEST_CONTEXT(r.name)
        {
            fs::remove_all(file);
            fs::remove(source / "a.db-wal");
            r.make();
            std::string const message = message_of([&] { opener.open(file); });
            BOOST_TEST(holds(message, r.expected), message);
        }
    }
    BOOST_TEST(fs::is_empty(scratch));
}

BOOST_AUTO_TEST_CASE(no_permission_is_not_absence)
{
    fs::permissions(root.path(), fs::perms{0755});
    fs::create_directory(source / "user");
    {
        sqlite_writer writer{file};
        fill(writer, 1);
    }
    for (bool const hidden : {false, true}) {
        BOOST_TEST_CONTEXT((hidden ? "folder" : "file"))
        {
            fs::path const target = hidden ? source / "user" / "a.db" : file;
            fs::permissions(hidden ? source / "user" : file, fs::perms{0});
            as_nobody const other;
            BOOST_CHECK_EXCEPTION(opener.open(target), export_error, [](const export_error& error) {
                return error.status() == exit_status::denied && holds(error.what(), "a.db: cannot open");
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(a_writer_that_only_means_to_write_is_not_waited_for)
{
    sqlite_writer writer{file, "DELETE"};
    fill(writer, 5);
    writer.run("BEGIN IMMEDIATE");
    BOOST_TEST(opener.open(file).has_value());
}

BOOST_AUTO_TEST_CASE(a_locked_database_is_named)
{
    sqlite_writer writer{file, "DELETE"};
    fill(writer, 1);
    writer.run("BEGIN EXCLUSIVE");
    std::string const message = message_of([&] { opener.open(file); });
    BOOST_TEST(holds(message, "a.db: is locked by another process; stop v1's API"), message);
    writer.run("COMMIT");
    BOOST_TEST(count() == 1);
}

BOOST_AUTO_TEST_CASE(a_half_written_transaction_is_rolled_back_in_the_copy)
{
    fs::path const live = source / "live" / "a.db";
    {
        sqlite_writer writer{live, "DELETE"};
        fill(writer, 500);
        writer.run("PRAGMA cache_size=1").run("BEGIN").run("DELETE FROM t WHERE a > 3");
        fs::copy_file(live, file);
        fs::copy_file(live.native() + "-journal", source / "a.db-journal");
    }
    BOOST_TEST(read_file(file) != read_file(live));
    auto const before = snapshot(source);
    BOOST_TEST(count() == 500);
    BOOST_TEST((snapshot(source) == before));
}

BOOST_AUTO_TEST_CASE(a_journal_that_is_kept_but_over_is_ignored)
{
    {
        sqlite_writer writer{file, "PERSIST"};
        fill(writer, 5);
    }
    BOOST_TEST(fs::file_size(source / "a.db-journal") > 0U);
    auto const database = opener.open(file);
    BOOST_TEST(fs::is_empty(scratch));
    BOOST_TEST(count() == 5);
}

BOOST_AUTO_TEST_CASE(paths_are_taken_as_they_are)
{
    std::string const deep =
        std::string(200, 'd') + "/" + std::string(200, 'e') + "/" + std::string(200, 'f');
    for (std::string const name : {"a%20b?mode=rw#c.db", "é ü\n.db", "file:x.db"}) {
        for (const fs::path& folder : {source / "near", root.path() / deep}) {
            BOOST_TEST_CONTEXT(folder / name)
            {
                file = source / name;
                {
                    sqlite_writer writer{file};
                    fill(writer, 3);
                }
                fs::create_directories(folder);
                fs::rename(file, folder / name);
                file = folder / name;
                BOOST_TEST(count() == 3);
                BOOST_TEST(std::distance(fs::directory_iterator{folder}, {}) == 1);
                fs::remove(file);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_write_during_the_reading_is_noticed)
{
    sqlite_writer writer{file};
    fill(writer, 5);
    writer.run("PRAGMA wal_checkpoint(TRUNCATE)");
    auto const database = opener.open(file);
    fill(writer, 5);
    BOOST_TEST(!database->changed());
    writer.run("PRAGMA wal_checkpoint(TRUNCATE)");
    BOOST_TEST(database->changed());
}

BOOST_AUTO_TEST_CASE(a_copy_mixed_of_two_rounds_of_the_log_is_refused)
{
    sqlite_writer writer{file};
    fill(writer, 5);
    auto const image = sqlite_image::look_at(file, 0ms);
    BOOST_REQUIRE(image.has_value());
    BOOST_TEST(image->needs_copy());

    fill(writer, 5);
    BOOST_TEST(image->copy_to(scratch / "appended"));

    writer.run("PRAGMA wal_checkpoint(RESTART)");
    fill(writer, 5);
    BOOST_TEST(!image->copy_to(scratch / "restarted"));

    writer.run("PRAGMA wal_checkpoint(TRUNCATE)");
    BOOST_TEST(!image->copy_to(scratch / "truncated"));
}

BOOST_AUTO_TEST_CASE(a_log_that_appears_ends_the_reading_in_place)
{
    {
        sqlite_writer writer{file};
        fill(writer, 5);
    }
    auto const image = sqlite_image::look_at(file, 0ms);
    BOOST_TEST(!image->needs_copy());
    BOOST_TEST(image->still_alone());
    sqlite_writer writer{file};
    fill(writer, 5);
    BOOST_TEST(!image->still_alone());
}

BOOST_AUTO_TEST_CASE(tables_and_columns_are_listed)
{
    {
        sqlite_writer writer{file};
        writer.run("CREATE TABLE \"a\"\"b'c\" (\"x y\" TEXT, Z)").run("CREATE VIEW v AS SELECT 1 AS one");
        writer.run("CREATE VIRTUAL TABLE words USING fts5(body)");
    }
    auto const database = opener.open(file);
    BOOST_TEST(database->has_table("a\"b'c"));
    BOOST_TEST(database->has_table("A\"B'C"));
    BOOST_TEST(!database->has_table("v"));
    BOOST_TEST(!database->has_table("words"));
    BOOST_TEST(!database->has_table("none"));
    BOOST_TEST(database->columns("a\"b'c") == (std::vector<std::string>{"x y", "Z"}),
               boost::test_tools::per_element());
    BOOST_TEST(database->columns("v").empty());
}

BOOST_AUTO_TEST_CASE(values_keep_their_type_and_bytes)
{
    {
        sqlite_writer writer{file};
        writer.run("CREATE TABLE t (a)");
        writer.run("INSERT INTO t VALUES (9007199254740993), (-0.0), (CAST(x'610062ff' AS TEXT)), (x'00ff'), "
                   "(NULL), "
                   "(''), (x'')");
    }
    auto const database = opener.open(file);
    sqlite_rows rows{*database, "SELECT a FROM t ORDER BY rowid", "t"};
    auto const value = [&] {
        BOOST_REQUIRE(rows.next());
        return rows.value(0);
    };
    BOOST_TEST(std::get<std::int64_t>(value()) == 9007199254740993);
    BOOST_TEST(std::get<double>(value()) == 0.0);
    BOOST_TEST((std::get<sqlite_text>(value()).text == std::string_view{"a\0b\xff", 4}));
    BOOST_TEST(std::get<sqlite_blob>(value()).bytes.size() == 2U);
    BOOST_TEST(std::holds_alternative<std::monostate>(value()));
    BOOST_TEST(std::get<sqlite_text>(value()).text.empty());
    BOOST_TEST(std::get<sqlite_blob>(value()).bytes.empty());
    BOOST_TEST(!rows.next());
    BOOST_TEST(!rows.next());
}

BOOST_AUTO_TEST_CASE(a_query_that_does_not_fit_names_the_thing)
{
    {
        sqlite_writer writer{file};
        fill(writer, 1);
    }
    auto const database = opener.open(file);
    std::string const message = message_of([&] {
        sqlite_rows{*database, "SELECT missing FROM t", "a.db, table t"};
    });
    BOOST_TEST(message == "a.db, table t: cannot be read (no such column: missing)");
}

BOOST_AUTO_TEST_SUITE_END()
