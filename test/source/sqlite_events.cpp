#include "pryv_export/base/error.hpp"
#include "pryv_export/source/sqlite_files.hpp"

#include "sqlite_builder.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace pryv_export;
using namespace pryv_export::source;
using namespace sqlite_test;

struct fixture : sqlite_place
{
    fs::path file = source / "audit-1.0.0.sqlite";
    sqlite_opener opener{scratch, std::chrono::milliseconds{0}};

    void write(const std::string& sql) { sqlite_writer{file}.run(sql); }
    std::unique_ptr<event_rows> open()
    {
        auto rows = open_event_rows(opener, file);
        BOOST_REQUIRE(rows.has_value());
        return *std::move(rows);
    }
};

std::size_t column(std::string_view name)
{
    std::size_t index = 0;
    while (event_row_column(index) != name) ++index;
    return index;
}

std::string text(const event_row& row, std::string_view name)
{
    return std::string{std::get<sqlite_text>(row.columns[column(name)]).text};
}

double real(const event_row& row, std::string_view name)
{
    return std::get<double>(row.columns[column(name)]);
}

bool is_null(const event_row& row, std::string_view name)
{
    return std::holds_alternative<std::monostate>(row.columns[column(name)]);
}

const std::string many_rows = "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
                              "INSERT INTO events (eventid, streamIds, time, type, content) "
                              "SELECT 'e' || i, 'a ..', i, 'note/txt', hex(zeroblob(100)) FROM n";

} // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite_events, fixture)

BOOST_AUTO_TEST_CASE(columns_are_found_where_each_file_has_them)
{
    for (char const* const columns :
         {"eventid, streamIds, type, content, mood", "content, type, streamIds, eventid",
          "type, eventid, streamIds, content"}) {
        file = source / columns;
        write(
            fmt::format("CREATE TABLE events ({});"
                        "INSERT INTO events (eventid, streamIds, type, content) VALUES ('e', 's', 't', 'c')",
                        columns));
        auto const rows = open();
        event_row row;
        BOOST_REQUIRE(rows->next(row));
        BOOST_TEST(text(row, "eventid") + text(row, "streamIds") + text(row, "type") + text(row, "content") ==
                   "estc");
        BOOST_TEST(is_null(row, "time"));
        BOOST_TEST(rows->unknown_columns().empty() == !std::string_view{columns}.ends_with("mood"));
    }
}

BOOST_AUTO_TEST_CASE(absent_file_is_no_error)
{
    BOOST_TEST(!open_event_rows(opener, file).has_value());
}

BOOST_AUTO_TEST_CASE(rows_come_as_stored_in_rowid_order)
{
    write(events_schema);
    write(
        R"(INSERT INTO events (rowid, eventid, streamIds, time, endTime, type, content, trashed, created, createdBy)
             VALUES (9, 'e2', '..', 2, NULL, 't', NULL, 1, 1, 'b'),
                    (3, 'e1', 'access-a action-b ..', 1.5, 2.5, 'audit-log/pryv-api', '{"a":1}', 0, 1675099361, 'a'),
                    (10, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL))");
    auto const rows = open();
    event_row row;
    BOOST_REQUIRE(rows->next(row));
    BOOST_TEST(row.rowid == 3);
    BOOST_TEST(text(row, "eventid") == "e1");
    BOOST_TEST(text(row, "streamIds") == "access-a action-b ..");
    BOOST_TEST(real(row, "time") == 1.5);
    BOOST_TEST(real(row, "endTime") == 2.5);
    BOOST_TEST(text(row, "content") == R"({"a":1})");
    BOOST_TEST(std::get<std::int64_t>(row.columns[column("trashed")]) == 0);
    BOOST_TEST(real(row, "created") == 1675099361);
    BOOST_TEST(is_null(row, "headId"));
    BOOST_REQUIRE(rows->next(row));
    BOOST_TEST(row.rowid == 9);
    BOOST_TEST(text(row, "streamIds") == "..");
    BOOST_TEST(is_null(row, "endTime"));
    BOOST_TEST(is_null(row, "content"));
    BOOST_REQUIRE(rows->next(row));
    BOOST_TEST(is_null(row, "eventid"));
    BOOST_TEST(!rows->next(row));
    BOOST_TEST(!rows->next(row));
    BOOST_TEST(rows->count() == 3U);
    BOOST_TEST(rows->unknown_columns().empty());
}

BOOST_AUTO_TEST_CASE(text_keeps_nul_and_broken_utf8)
{
    write(events_schema);
    write("INSERT INTO events (eventid, streamIds, type, content) "
          "VALUES ('e', '..', 't', CAST(x'2261006200ff22' AS TEXT))");
    event_row row;
    auto const rows = open();
    BOOST_REQUIRE(rows->next(row));
    BOOST_TEST((text(row, "content") == std::string{"\"a\0b\0\xff\"", 7}));
}

BOOST_AUTO_TEST_CASE(columns_of_another_version_are_listed_or_null)
{
    write("CREATE TABLE events (extra TEXT, type TEXT, EVENTID TEXT, streamIds TEXT, content TEXT, \"odd "
          "\"\"one\")");
    write("INSERT INTO events VALUES ('x', 't', 'e', 's ..', '1', 'y')");
    auto const rows = open();
    BOOST_TEST(rows->unknown_columns() == (std::vector<std::string>{"extra", "odd \"one"}),
               boost::test_tools::per_element());
    event_row row;
    BOOST_REQUIRE(rows->next(row));
    BOOST_TEST(text(row, "eventid") == "e");
    BOOST_TEST(is_null(row, "endTime"));
    BOOST_TEST(is_null(row, "modifiedBy"));
}

BOOST_AUTO_TEST_CASE(a_table_of_something_else_is_an_error)
{
    write("CREATE TABLE events (eventid TEXT, a TEXT)");
    std::string const message = message_of([&] { open(); });
    BOOST_TEST(holds(message, "audit-1.0.0.sqlite: its table events has no column streamIds"), message);
}

BOOST_AUTO_TEST_CASE(a_view_is_no_table)
{
    write("CREATE VIEW events AS SELECT 1 AS eventid, 2 AS streamIds, 3 AS type, 4 AS content");
    BOOST_TEST(holds(message_of([&] { open(); }), "has no table events"));
}

BOOST_AUTO_TEST_CASE(full_text_modules_are_not_needed)
{
    write(events_schema);
    write("INSERT INTO events (eventid, streamIds, type) VALUES ('e', '..', 't')");
    write("PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = 'CREATE VIRTUAL TABLE events_fts USING "
          "missing(a)' "
          "WHERE name = 'events_fts'");
    auto const rows = open();
    event_row row;
    BOOST_TEST(rows->next(row));
    BOOST_TEST(rows->count() == 1U);
}

BOOST_AUTO_TEST_CASE(a_column_called_rowid_does_not_hide_the_rowid)
{
    write("CREATE TABLE events (rowid TEXT, eventid TEXT, streamIds TEXT, type TEXT, content TEXT)");
    write("INSERT INTO events VALUES ('z', 'e1', '..', 't', ''), ('a', 'e2', '..', 't', '')");
    auto const rows = open();
    event_row row;
    BOOST_REQUIRE(rows->next(row));
    BOOST_TEST(row.rowid == 1);
    BOOST_TEST(text(row, "eventid") == "e1");
}

BOOST_AUTO_TEST_CASE(rows_of_v0_take_the_new_shape)
{
    write(v0_schema);
    write(R"(INSERT INTO events VALUES
        ('e1', 'access-app_A action-accesses.get', 1647867748.112, NULL, 'audit-log/pryv-api', '{"a":1}', NULL, NULL,
         0, 1, 'system', 1647867748.112, 'system'),
        ('e2', 's', 1.1, 0.2, 't', NULL, 'd', 'say "hi"', 1, 1, 'system', 2, 'system'),
        ('e3', '', 5, 0, 't', NULL, NULL, NULL, 0, 1, 'system', 2, 'system'))");
    auto const rows = open();
    BOOST_TEST(rows->unknown_columns().empty());
    event_row row;
    BOOST_REQUIRE(rows->next(row));
    BOOST_TEST(text(row, "streamIds") == "access-app_A action-accesses.get ..");
    BOOST_TEST(real(row, "endTime") == 1647867748.112);
    BOOST_TEST(text(row, "content") == R"({"a":1})");
    BOOST_TEST(is_null(row, "clientData"));
    BOOST_TEST(real(row, "modified") == 1647867748.112);
    BOOST_REQUIRE(rows->next(row));
    BOOST_TEST(real(row, "endTime") == 1.1 + 0.2);
    BOOST_TEST(text(row, "clientData") == R"("say \"hi\"")");
    BOOST_TEST(text(row, "description") == "d");
    BOOST_REQUIRE(rows->next(row));
    BOOST_TEST(text(row, "streamIds") == "..");
    BOOST_TEST(real(row, "endTime") == 5);
    BOOST_TEST(!rows->next(row));
    BOOST_TEST(rows->count() == 3U);
}

BOOST_AUTO_TEST_CASE(rows_before_a_damaged_page_are_delivered_and_the_place_is_named)
{
    std::int64_t page = 0;
    {
        sqlite_writer writer{file};
        writer.run(events_schema).run(many_rows);
        page = writer.number("SELECT pageno FROM dbstat WHERE name = 'events' AND pagetype = 'leaf' "
                             "ORDER BY path LIMIT 1 OFFSET 40");
    }
    std::string content = read_file(file);
    content.replace(static_cast<std::size_t>(page - 1) * 4096, 4096, 4096, '\xff');
    write_file(file, content);
    auto const rows = open();
    event_row row;
    std::uint64_t delivered = 0;
    std::string const message = message_of([&] {
        while (rows->next(row)) ++delivered;
    });
    BOOST_TEST(delivered > 100U);
    BOOST_TEST(delivered < 2900U);
    std::string const expected =
        fmt::format("audit-1.0.0.sqlite, table events, after row {}: is damaged (", delivered);
    BOOST_TEST(holds(message, expected), message);
    BOOST_TEST(!rows->next(row));
}

BOOST_AUTO_TEST_CASE(a_write_meanwhile_is_an_error_at_the_end)
{
    sqlite_writer writer{file};
    writer.run(events_schema).run(many_rows).run("PRAGMA wal_checkpoint(TRUNCATE)");
    auto const rows = open();
    event_row row;
    BOOST_REQUIRE(rows->next(row));
    writer.run(R"(UPDATE events SET content = 'x')").run("PRAGMA wal_checkpoint(TRUNCATE)");
    std::string const message = message_of([&] {
        while (rows->next(row)) {
        }
    });
    BOOST_TEST(holds(message, "table events: was written to while it was read; stop v1's API"), message);
}

BOOST_AUTO_TEST_SUITE_END()
