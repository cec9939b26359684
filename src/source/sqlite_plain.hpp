#pragma once

#include "pryv_export/format/column.hpp"
#include "pryv_export/source/place.hpp"

#include "sqlite_schema.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace pryv_export::source {

class sqlite_image;

/// What a schema says about a table.
struct plain_layout
{
    std::vector<plain_column> columns;
    std::uint64_t root = 0;
    std::uint64_t index_root = 0; ///< of an index with an entry for every row; 0: there is none
};

/// One table of a database file, as its pages have it.
struct plain_table
{
    /// Files that one thread reads share it when their schemas are the same.
    std::shared_ptr<const plain_layout> layout;
    std::vector<std::int64_t> rowids;         ///< ascending
    std::vector<format::column_value> values; ///< row by row; the bytes are in `memory`
    std::uint64_t entries = 0;                ///< of the table's own index: what SELECT count(*) says
    std::vector<std::shared_ptr<const std::uint8_t[]>> memory;

    std::span<const format::column_value> row(std::size_t number) const
    {
        std::size_t const columns = layout->columns.size();
        return std::span{values}.subspan(number * columns, columns);
    }
};

/// Reads tables straight from the pages (sqlite.org/fileformat2.html): for small databases SQLite needs
/// far longer to open them and to parse v1's schema than to read their rows. It only knows what v1 writes;
/// at anything else - a large or damaged file, a value on overflow pages, a column that is more than a name
/// and a type, a writer at work - it gives nothing, and the caller asks SQLite, who says what is wrong.
/// Blocking.
///
/// names: tables to read. The answer has one item for each, in this order; an item is empty when there is no
/// such table. nullopt: ask SQLite. Throws export_error when the file cannot be read.
using plain_tables = std::vector<std::optional<plain_table>>;
std::optional<plain_tables> read_plain_tables(const sqlite_image& image,
                                              std::span<const std::string_view> names);

struct plain_answer
{
    bool file_is_there = false;
    std::optional<plain_tables> tables;
};
/// The same for a file that may be absent; `lock_timeout` as sqlite_image::look_at() takes it.
plain_answer read_plain_tables(const place& file, std::chrono::milliseconds lock_timeout,
                               std::span<const std::string_view> names);

} // namespace pryv_export::source
