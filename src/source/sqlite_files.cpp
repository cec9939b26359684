#include "pryv_export/source/sqlite_files.hpp"

#include "pryv_export/base/error.hpp"

#include "sqlite_plain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

namespace pryv_export::source {

namespace {

constexpr int max_attempts = 3;

/// v1 is lenient about types, so are we: NULL is empty, a number its SQLite text.
std::string text_of(const sqlite_value& value)
{
    struct visitor
    {
        std::string operator()(std::monostate) const { return {}; }
        std::string operator()(std::int64_t number) const { return std::to_string(number); }
        std::string operator()(double number) const { return fmt::format("{}", number); }
        std::string operator()(sqlite_text text) const { return std::string{text.text}; }
        std::string operator()(sqlite_blob blob) const
        {
            return {reinterpret_cast<const char*>(blob.bytes.data()), blob.bytes.size()};
        }
    };
    return std::visit(visitor{}, value);
}

double number_of(const sqlite_value& value)
{
    if (auto const* const whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
    if (auto const* const real = std::get_if<double>(&value)) return *real;
    std::string const text = text_of(value);
    double parsed = 0;
    std::from_chars(text.data(), text.data() + text.size(), parsed);
    return parsed;
}

std::string table_in(const sqlite_opener::database& database, std::string_view table)
{
    return fmt::format("{}, table {}", database.file().native(), table);
}

sqlite_rows rows_of(const sqlite_opener::database& database, std::string_view table, std::string_view sql)
{
    if (!database.has_table(table)) {
        throw export_error{exit_status::io_error, database.file().native(),
                           fmt::format("has no table {}", table),
                           "it is not the file that v1 wrote; restore it from a backup"};
    }
    return {database, sql, table_in(database, table)};
}

/// Reads a whole file, again when v1 wrote to it meanwhile.
template <class Read>
auto read_file(const sqlite_opener& opener, const place& file, Read read)
    -> std::optional<decltype(read(std::declval<const sqlite_opener::database&>()))>
{
    for (int attempt = 0; attempt < max_attempts; ++attempt) {
        std::optional<sqlite_opener::database> const database = opener.open(file);
        if (!database) return std::nullopt;
        try {
            auto result = read(*database);
            if (!database->changed()) return result;
        } catch (const export_error&) {
            if (!database->changed()) throw;
        }
    }
    throw export_error{exit_status::io_error, file.path(), "is being written while it is read",
                       "stop v1's API and run again"};
}

std::vector<index_entry> index_entries(const sqlite_opener::database& database)
{
    std::vector<index_entry> entries;
    sqlite_rows rows = rows_of(database, "id4name", "SELECT userId, username FROM id4name ORDER BY rowid");
    while (rows.next()) entries.push_back({text_of(rows.value(0)), text_of(rows.value(1))});
    return entries;
}

std::vector<platform_row> platform_rows(const sqlite_opener::database& database)
{
    std::vector<platform_row> entries;
    sqlite_rows rows = rows_of(database, "keyValue", "SELECT key, value FROM keyValue ORDER BY key, rowid");
    while (rows.next()) entries.push_back({text_of(rows.value(0)), text_of(rows.value(1))});
    return entries;
}

account_rows account_of(const sqlite_opener::database& database)
{
    account_rows account;
    sqlite_rows passwords =
        rows_of(database, "passwords", "SELECT time, hash, createdBy FROM passwords ORDER BY time, rowid");
    while (passwords.next()) {
        account.passwords.push_back(
            {number_of(passwords.value(0)), text_of(passwords.value(1)), text_of(passwords.value(2))});
    }
    account.has_key_value_table = database.has_table("storeKeyValueData");
    if (!account.has_key_value_table) return account;
    sqlite_rows values = rows_of(database, "storeKeyValueData",
                                 "SELECT storeId, key, value FROM storeKeyValueData ORDER BY storeId, key");
    while (values.next()) {
        account.key_values.push_back(
            {text_of(values.value(0)), text_of(values.value(1)), text_of(values.value(2))});
    }
    return account;
}

/// Places of columns of a plain table; nullopt when one is not there.
template <std::size_t N>
std::optional<std::array<std::size_t, N>> places_of(const plain_table& table,
                                                    const std::array<std::string_view, N>& names)
{
    std::array<std::size_t, N> places{};
    for (std::size_t i = 0; i < N; ++i) {
        auto const& columns = table.layout->columns;
        auto const found = std::find_if(columns.begin(), columns.end(),
                                        [&](const plain_column& column) { return column.name == names[i]; });
        if (found == columns.end()) return std::nullopt;
        places[i] = static_cast<std::size_t>(found - columns.begin());
    }
    return places;
}

/// False: SQLite has to say how these rows are sorted.
bool take_passwords(const plain_table& table, std::vector<password_row>& passwords)
{
    auto const places = places_of<3>(table, {"time", "hash", "createdBy"});
    if (!places) return false;
    auto const [time, hash, created_by] = *places;
    for (std::size_t i = 0; i < table.rowids.size(); ++i) {
        auto const row = table.row(i);
        if (!std::holds_alternative<double>(row[time])) return false;
        passwords.push_back({number_of(row[time]), text_of(row[hash]), text_of(row[created_by])});
    }
    std::stable_sort(passwords.begin(), passwords.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    return true;
}

bool take_key_values(const plain_table& table, std::vector<key_value_row>& values)
{
    auto const places = places_of<3>(table, {"storeId", "key", "value"});
    if (!places) return false;
    auto const [store, key, value] = *places;
    for (std::size_t i = 0; i < table.rowids.size(); ++i) {
        auto const row = table.row(i);
        if (!std::holds_alternative<sqlite_text>(row[store]) ||
            !std::holds_alternative<sqlite_text>(row[key]))
            return false;
        values.push_back({text_of(row[store]), text_of(row[key]), text_of(row[value])});
    }
    std::stable_sort(values.begin(), values.end(), [](const auto& a, const auto& b) {
        return std::tie(a.store_id, a.key) < std::tie(b.store_id, b.key);
    });
    return true;
}

std::optional<account_rows> plain_account(const plain_tables& tables)
{
    const auto& [passwords, key_values] = std::tie(tables[0], tables[1]);
    account_rows account;
    account.has_key_value_table = key_values.has_value();
    if (!passwords || !take_passwords(*passwords, account.passwords)) return std::nullopt;
    if (key_values && !take_key_values(*key_values, account.key_values)) return std::nullopt;
    return account;
}

} // namespace

std::optional<std::vector<index_entry>> read_user_index(const sqlite_opener& opener, const place& file)
{
    return read_file(opener, file, index_entries);
}

std::optional<account_rows> read_account(const sqlite_opener& opener, const place& file)
{
    static constexpr std::array<std::string_view, 2> names{"passwords", "storeKeyValueData"};
    plain_answer const plain = read_plain_tables(file, opener.lock_timeout(), names);
    if (!plain.file_is_there) return std::nullopt;
    if (plain.tables) {
        if (auto account = plain_account(*plain.tables)) return account;
    }
    return read_file(opener, file, account_of);
}

std::optional<std::vector<platform_row>> read_platform(const sqlite_opener& opener, const place& file)
{
    return read_file(opener, file, platform_rows);
}

} // namespace pryv_export::source
