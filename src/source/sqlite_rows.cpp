#include "pryv_export/source/sqlite_files.hpp"

#include "sqlite_error.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

namespace pryv_export::source {

sqlite_rows::sqlite_rows(const sqlite_opener::database& database, std::string_view sql, std::string thing)
    : thing_{std::move(thing)}
{
    int const code =
        sqlite3_prepare_v2(database.handle(), sql.data(), static_cast<int>(sql.size()), &statement_, nullptr);
    if (code != SQLITE_OK) throw sqlite_error(database.handle(), code, thing_);
}

sqlite_rows::sqlite_rows(sqlite_rows&& other) noexcept
    : statement_{std::exchange(other.statement_, nullptr)}, thing_{std::move(other.thing_)}, row_{other.row_},
      ended_{other.ended_}
{
}

sqlite_rows::~sqlite_rows()
{
    sqlite3_finalize(statement_);
}

bool sqlite_rows::next()
{
    // SQLite would begin again after the last row, and after an error.
    if (ended_) return false;
    int const code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) {
        ++row_;
        return true;
    }
    ended_ = true;
    if (code == SQLITE_DONE) return false;
    throw sqlite_error(sqlite3_db_handle(statement_), code, fmt::format("{}, after row {}", thing_, row_));
}

int sqlite_rows::columns() const noexcept
{
    return sqlite3_column_count(statement_);
}

std::string_view sqlite_rows::name(int column) const
{
    char const* const name = sqlite3_column_name(statement_, column);
    if (name == nullptr) throw std::bad_alloc{};
    return name;
}

sqlite_value sqlite_rows::value(int column) const
{
    auto const bytes = [&] { return static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)); };
    switch (sqlite3_column_type(statement_, column)) {
    case SQLITE_INTEGER: return std::int64_t{sqlite3_column_int64(statement_, column)};
    case SQLITE_FLOAT: return sqlite3_column_double(statement_, column);
    case SQLITE_TEXT: {
        auto const* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
        if (text == nullptr) throw std::bad_alloc{};
        return sqlite_text{{text, bytes()}};
    }
    case SQLITE_BLOB: {
        auto const* const blob = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
        return sqlite_blob{{blob, blob == nullptr ? 0 : bytes()}};
    }
    default: return std::monostate{};
    }
}

} // namespace pryv_export::source
