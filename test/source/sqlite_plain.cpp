#include "../../src/source/sqlite_plain.hpp"

#include "pryv_export/source/sqlite_files.hpp"

#include "../../src/source/sqlite_image.hpp"
#include "../../src/source/sqlite_schema.hpp"
#include "sqlite_builder.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstring>

namespace {

using namespace pryv_export;
using namespace pryv_export::source;
using namespace sqlite_test;
using namespace std::chrono_literals;

std::string text_of(const sqlite_value& value)
{
    struct visitor
    {
        std::string operator()(std::monostate) const { return "null"; }
        std::string operator()(std::int64_t number) const { return fmt::format("integer {}", number); }
        std::string operator()(double number) const { return fmt::format("real {}", number); }
        std::string operator()(sqlite_text text) const { return fmt::format("text {}", text.text); }
        std::string operator()(sqlite_blob blob) const { return fmt::format("blob {}", blob.bytes.size()); }
    };
    return std::visit(visitor{}, value);
}

struct fixture : sqlite_place
{
    fs::path file = source / "a.sqlite";
    sqlite_opener opener{scratch, 0ms};

    void write(const std::string& sql) { sqlite_writer{file}.run(sql); }

    std::optional<plain_tables> read(std::string_view name = "t")
    {
        std::array const names{name};
        plain_answer answer = read_plain_tables(file, 0ms, names);
        BOOST_TEST(answer.file_is_there);
        return std::move(answer.tables);
    }
    bool is_refused() { return !read().has_value(); }

    std::vector<std::string> plain_values(const plain_table& table)
    {
        std::vector<std::string> values;
        for (std::size_t i = 0; i < table.rowids.size(); ++i) {
            values.push_back(fmt::format("row {}", table.rowids[i]));
            for (const auto& value : table.row(i)) values.push_back(text_of(value));
        }
        return values;
    }
    std::vector<std::string> sqlite_values(std::string_view name = "t")
    {
        auto const database = opener.open(file);
        sqlite_rows rows{*database, fmt::format("SELECT rowid, * FROM {} ORDER BY rowid", name), "t"};
        std::vector<std::string> values;
        while (rows.next()) {
            values.push_back(fmt::format("row {}", std::get<std::int64_t>(rows.value(0))));
            for (int i = 1; i < rows.columns(); ++i) values.push_back(text_of(rows.value(i)));
        }
        return values;
    }
    void check_same(std::string_view name = "t")
    {
        auto const tables = read(name);
        BOOST_REQUIRE(tables.has_value());
        BOOST_REQUIRE(tables->front().has_value());
        auto const expected = sqlite_values(name);
        auto const found = plain_values(*tables->front());
        BOOST_TEST(found == expected, boost::test_tools::per_element());
    }
};

const std::string many_rows = "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) "
                              "INSERT INTO t SELECT 'key' || i, i, i * 0.5 FROM n;";

/// Schemas of a table t that SQLite has to read.
const std::array<std::string, 14> refused_schemas{
    "CREATE TABLE t (a INTEGER PRIMARY KEY, b)",
    "CREATE TABLE t (a INTEGER, b, PRIMARY KEY (a))",
    "CREATE TABLE t (a TEXT PRIMARY KEY, b) WITHOUT ROWID",
    "CREATE TABLE t (a TEXT, b TEXT) STRICT",
    "CREATE TABLE t (a TEXT, b AS (a || 'x') STORED)",
    "CREATE TABLE t (a TEXT, b GENERATED ALWAYS AS (a || 'x') STORED)",
    "CREATE TABLE t (a TEXT COLLATE NOCASE, b)",
    "CREATE TABLE t (\"a\" TEXT, b)",
    "CREATE TABLE t ([a] TEXT, b)",
    "CREATE TABLE t (a TEXT DEFAULT 'x)', b)",
    "CREATE TABLE t (a /* b */ TEXT, b)",
    "CREATE TABLE t (a TEXT, -- x\n b)",
    "CREATE TABLE t (a TEXT, b, UNIQUE (a DESC))",
    "CREATE VIRTUAL TABLE t USING fts5(a, b)",
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite_plain, fixture)

BOOST_AUTO_TEST_CASE(an_absent_file_is_told)
{
    std::array<std::string_view, 1> const names{"t"};
    BOOST_TEST(!read_plain_tables(file, 0ms, names).file_is_there);
}

BOOST_AUTO_TEST_CASE(every_kind_of_value_is_as_sqlite_says)
{
    write(
        "CREATE TABLE t (a TEXT, b REAL, c, d INTEGER DEFAULT 0);"
        "INSERT INTO t VALUES ('x', 1, 1, 1), ('', -1.5, x'00ff', NULL), (NULL, 0, 'y', -1),"
        " ('\xc3\xa9', 9007199254740993, 127, 128), ('z', 1e300, 32767, -32769), ('z', 2, 8388607, -8388609),"
        " ('z', 3, 2147483647, -2147483649), ('z', 4, 140737488355327, -140737488355329),"
        " ('z', 5, 9223372036854775807, -9223372036854775808), ('z', 6, 1.5, 0);"
        "INSERT INTO t(rowid, a) VALUES (-5, 'low'), (9223372036854775807, 'high')");
    check_same();
}

BOOST_AUTO_TEST_CASE(a_table_of_several_pages_is_read_and_counted_by_its_index)
{
    write("CREATE TABLE t (k TEXT PRIMARY KEY, i INTEGER_OF_T, d DOUBLE);" + many_rows);
    check_same();
    BOOST_TEST(read()->front()->entries == 300U);
}

BOOST_AUTO_TEST_CASE(v1s_own_schemas_are_plain)
{
    write(std::string{events_schema} + account_schema + key_value_schema +
          "INSERT INTO events (eventid, streamIds, time, type) VALUES ('e', '..', 5, 't');"
          "INSERT INTO passwords VALUES (12, 'h', 'system'), (3.5, 'g', 'x');"
          "INSERT INTO storeKeyValueData VALUES ('s', 'k', 'v')");
    for (auto const* const name : {"events", "passwords", "storeKeyValueData"}) check_same(name);
}

BOOST_AUTO_TEST_CASE(every_file_is_read_by_its_own_schema)
{
    for (int round = 0; round < 2; ++round) {
        for (char const* const columns :
             {"a REAL, b", "b, a REAL", "a REAL, c", "a, b REAL", "c REAL, b, a"}) {
            file = source / columns;
            write(fmt::format(
                "DROP TABLE IF EXISTS t; CREATE TABLE t ({}); INSERT INTO t(a) VALUES (1), ('x')", columns));
            check_same();
            auto const tables = read();
            auto const& layout = tables->front()->layout->columns;
            std::string const first = columns;
            BOOST_TEST(layout.front().name == first.substr(0, 1));
        }
    }
}

BOOST_AUTO_TEST_CASE(other_tables_of_the_same_schema_are_others)
{
    write("CREATE TABLE t (a REAL); CREATE TABLE u (b); INSERT INTO t VALUES (1); INSERT INTO u VALUES (2)");
    check_same("t");
    check_same("u");
    BOOST_TEST(!read("v")->front().has_value());
}

BOOST_AUTO_TEST_CASE(files_of_one_schema_share_its_layout)
{
    std::string const schema = "CREATE TABLE t (a TEXT UNIQUE, b REAL);";
    write(schema + "INSERT INTO t VALUES ('x', 1)");
    auto const one = read();
    file = source / "b.sqlite";
    write(schema + "INSERT INTO t VALUES ('y', 2), ('z', 3)");
    auto const other = read();
    BOOST_TEST(one->front()->layout == other->front()->layout);
    check_same();
}

BOOST_AUTO_TEST_CASE(a_table_that_is_not_there_is_told)
{
    write("CREATE TABLE u (a)");
    auto const tables = read();
    BOOST_REQUIRE(tables.has_value());
    BOOST_TEST(!tables->front().has_value());
}

BOOST_DATA_TEST_CASE(what_needs_sqlite_is_refused, boost::unit_test::data::make(refused_schemas), schema)
{
    write(schema);
    BOOST_TEST(is_refused(), schema);
}

BOOST_AUTO_TEST_CASE(a_view_is_refused)
{
    write("CREATE VIEW t AS SELECT 1 AS a");
    BOOST_TEST(is_refused());
}

BOOST_AUTO_TEST_CASE(rows_from_before_a_column_was_added_are_refused)
{
    write("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('x'); ALTER TABLE t ADD COLUMN b DEFAULT 7");
    BOOST_TEST(is_refused());
}

BOOST_AUTO_TEST_CASE(rows_with_more_values_than_columns_are_refused)
{
    write("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2); PRAGMA writable_schema=ON;"
          "UPDATE sqlite_schema SET sql = 'CREATE TABLE t (a)'");
    BOOST_TEST(is_refused());
}

BOOST_AUTO_TEST_CASE(a_file_that_is_longer_than_it_says_is_refused)
{
    write("CREATE TABLE t (a)");
    BOOST_TEST(!is_refused());
    write_file(file, read_file(file) + std::string(4096, '\0'));
    BOOST_TEST(is_refused());
}

BOOST_AUTO_TEST_CASE(a_value_on_overflow_pages_is_refused)
{
    write("CREATE TABLE t (a TEXT); INSERT INTO t VALUES (hex(zeroblob(3000)))");
    BOOST_TEST(is_refused());
}

BOOST_AUTO_TEST_CASE(a_log_with_rows_is_refused)
{
    sqlite_writer writer{file};
    writer.run("CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('x')");
    BOOST_TEST(is_refused());
}

BOOST_AUTO_TEST_CASE(another_text_encoding_is_refused)
{
    write("PRAGMA encoding='UTF-16le'; CREATE TABLE t (a TEXT)");
    BOOST_TEST(is_refused());
}

BOOST_AUTO_TEST_CASE(a_large_table_is_refused)
{
    write("CREATE TABLE t (k TEXT, i, d);" + many_rows);
    BOOST_TEST(!is_refused());
    for (int i = 0; i < 6; ++i) write("INSERT INTO t SELECT k || hex(zeroblob(50)), i, d FROM t");
    BOOST_TEST(is_refused());
}

BOOST_AUTO_TEST_CASE(an_index_with_other_entries_is_refused)
{
    write("CREATE TABLE t (a TEXT UNIQUE); INSERT INTO t VALUES ('x'), ('y')");
    std::int64_t const root_page =
        sqlite_writer{file}.number("SELECT rootpage FROM sqlite_schema WHERE type = 'index'");
    std::string content = read_file(file);
    std::size_t const cells = static_cast<std::size_t>(root_page - 1) * 4096 + 4;
    BOOST_REQUIRE(content[cells] == 2);
    content[cells] = 1;
    write_file(file, content);
    BOOST_TEST(is_refused());
}

BOOST_AUTO_TEST_CASE(a_shortened_file_is_refused)
{
    write("CREATE TABLE t (k TEXT, i, d);" + many_rows);
    std::string const content = read_file(file);
    for (std::size_t size = 200; size < content.size(); size += 999) {
        write_file(file, content.substr(0, size));
        BOOST_TEST(is_refused());
    }
}

/// Values may differ after a change in the middle of a text; nothing worse may happen.
BOOST_AUTO_TEST_CASE(no_changed_byte_leads_outside_of_the_file)
{
    write("CREATE TABLE t (k TEXT UNIQUE, r REAL); INSERT INTO t VALUES ('abc', 1.5), "
          "('d', 2)");
    std::string const good = read_file(file);
    std::size_t answered = 0;
    for (std::size_t at = 16; at < good.size(); at += at < 200 ? 1 : 7) {
        for (char const byte : {'\x00', '\x7f', '\xff'}) {
            std::string changed = good;
            changed[at] = byte;
            write_file(file, changed);
            auto const tables = read();
            if (tables && tables->front()) answered += plain_values(*tables->front()).empty() ? 0 : 1;
        }
    }
    BOOST_TEST(answered > 0U);
}

BOOST_AUTO_TEST_CASE(a_page_that_is_its_own_child_ends)
{
    write("CREATE TABLE t (k TEXT, i, d);" + many_rows);
    std::string content = read_file(file);
    std::int64_t const root_page = sqlite_writer{file}.number("SELECT rootpage FROM sqlite_schema");
    std::size_t const page = static_cast<std::size_t>(root_page - 1) * 4096;
    BOOST_REQUIRE(content[page] == 5);
    content[page + 11] = static_cast<char>(root_page);
    write_file(file, content);
    BOOST_TEST(is_refused());
}

BOOST_AUTO_TEST_CASE(names_and_affinities_come_from_the_text)
{
    auto const columns = plain_columns("CREATE TABLE x (a, b VARCHAR(10) NOT NULL, c Double Precision,\n"
                                       "d FLOATING POINT, e REAL DEFAULT 1.5, UNIQUE (a, b))");
    BOOST_REQUIRE(columns.has_value());
    std::string found;
    for (const auto& column : *columns) found += column.name + (column.real ? "=real " : " ");
    // "FLOATING POINT" has INT in it.
    BOOST_TEST(found == "a b c=real d e=real ");
}

BOOST_AUTO_TEST_CASE(half_a_definition_is_none)
{
    for (auto const* const text :
         {"", "CREATE", "CREATE TABLE", "CREATE TABLE t", "CREATE TABLE t (", "CREATE TABLE t ()",
          "CREATE TABLE t (a", "CREATE TABLE t (a,", "CREATE TABLE t (a,)", "CREATE TABLE t (a (",
          "CREATE TABLE t (a) x", "CREATE TABLE t AS SELECT 1"})
        BOOST_TEST(!plain_columns(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
