#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The part of SQLite's schema that the reader of plain tables understands. Pure.
namespace pryv_export::source {

/// A row of sqlite_schema.
struct schema_entry
{
    std::string type;
    std::string name;
    std::string table;
    std::int64_t root = 0;
    std::string sql; ///< empty: NULL, as the indexes of constraints have it
};

struct plain_column
{
    std::string name;
    bool real = false; ///< REAL affinity: what is stored as an integer is a double
};

/// The columns of `CREATE TABLE name (…)`. nullopt when anything in it decides about the stored values that
/// is not just names and types: quoted names, generated columns, collations, a rowid with a name, WITHOUT
/// ROWID.
std::optional<std::vector<plain_column>> plain_columns(std::string_view sql);

struct named_table
{
    const schema_entry* table = nullptr; ///< null: no table of this name
    const schema_entry* index = nullptr; ///< one that has an entry for every row; null: none has
    bool ambiguous = false;              ///< something of this name is not simply a table of its own
};

/// Names are compared as SQLite does, without ASCII case.
named_table table_named(const std::vector<schema_entry>& schema, std::string_view name);

} // namespace pryv_export::source
