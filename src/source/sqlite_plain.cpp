#include "sqlite_plain.hpp"

#include "pryv_export/base/file.hpp"

#include "sqlite_image.hpp"
#include "sqlite_schema.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace pryv_export::source {

namespace {

using format::column_value;

/// Whatever this reader leaves to SQLite.
struct not_plain
{
};

void require(bool plain)
{
    if (!plain) throw not_plain{};
}

constexpr std::size_t most_pages = 64;
constexpr int most_levels = 8;

enum class page_kind : std::uint8_t
{
    index_inner = 2,
    table_inner = 5,
    index_leaf = 10,
    table_leaf = 13
};

class bytes_reader
{
public:
    explicit bytes_reader(std::span<const std::uint8_t> bytes) : left_{bytes} {}

    std::span<const std::uint8_t> take(std::uint64_t count)
    {
        require(count <= left_.size());
        auto const taken = left_.first(static_cast<std::size_t>(count));
        left_ = left_.subspan(taken.size());
        return taken;
    }
    std::uint64_t big_endian(std::size_t bytes)
    {
        std::uint64_t value = 0;
        for (std::uint8_t const byte : take(bytes)) value = value << 8 | byte;
        return value;
    }
    std::uint64_t varint()
    {
        std::uint64_t value = 0;
        for (int i = 0; i < 8; ++i) {
            std::uint64_t const byte = big_endian(1);
            value = value << 7 | (byte & 0x7fU);
            if (byte < 0x80) return value;
        }
        return value << 8 | big_endian(1);
    }
    bool empty() const noexcept { return left_.empty(); }

private:
    std::span<const std::uint8_t> left_;
};

std::int64_t signed_integer(bytes_reader& body, std::size_t bytes)
{
    auto const unused = static_cast<unsigned>(64 - 8 * bytes);
    return static_cast<std::int64_t>(body.big_endian(bytes) << unused) >> unused;
}

/// One value of a record ("Record Format"). Whole numbers of REAL columns are stored as integers.
column_value value_of(std::uint64_t serial_type, bytes_reader& body, bool real)
{
    constexpr std::array<std::size_t, 7> integer_bytes{0, 1, 2, 3, 4, 6, 8};
    if (serial_type == 0) return std::monostate{};
    if (serial_type == 7) {
        auto const number = std::bit_cast<double>(body.big_endian(8));
        require(!std::isnan(number));
        return number;
    }
    if (serial_type < 10) {
        std::int64_t const number = serial_type >= 8 ? static_cast<std::int64_t>(serial_type - 8)
                                                     : signed_integer(body, integer_bytes[serial_type]);
        if (real) return static_cast<double>(number);
        return number;
    }
    require(serial_type >= 12);
    auto const bytes = body.take((serial_type - 12) / 2);
    if (serial_type % 2 == 0) return format::column_blob{bytes};
    return format::column_text{{reinterpret_cast<const char*>(bytes.data()), bytes.size()}};
}

void append_record(std::span<const std::uint8_t> record, std::span<const plain_column> columns,
                   std::vector<column_value>& out)
{
    bytes_reader start{record};
    std::uint64_t const types_bytes = start.varint();
    bytes_reader body{record};
    bytes_reader types{body.take(types_bytes)};
    types.varint();
    for (const plain_column& column : columns) out.push_back(value_of(types.varint(), body, column.real));
    require(types.empty() && body.empty());
}

class plain_file
{
public:
    explicit plain_file(const sqlite_image& image) : image_{image} { check_header(image.header()); }

    std::vector<schema_entry> schema()
    {
        static const std::array<plain_column, 5> columns{};
        plain_table found;
        read_rows(1, columns, found, 0);
        std::vector<schema_entry> entries;
        for (std::size_t i = 0; i < found.rowids.size(); ++i) {
            auto const value = std::span{found.values}.subspan(i * columns.size(), columns.size());
            auto const* const type = std::get_if<format::column_text>(&value[0]);
            auto const* const name = std::get_if<format::column_text>(&value[1]);
            auto const* const table = std::get_if<format::column_text>(&value[2]);
            auto const* const root = std::get_if<std::int64_t>(&value[3]);
            auto const* const sql = std::get_if<format::column_text>(&value[4]);
            require(type != nullptr && name != nullptr && table != nullptr && root != nullptr);
            entries.push_back({std::string{type->text}, std::string{name->text}, std::string{table->text},
                               *root, sql != nullptr ? std::string{sql->text} : std::string{}});
        }
        return entries;
    }

    plain_table table(const schema_entry& entry, const schema_entry* index)
    {
        auto const columns = plain_columns(entry.sql);
        require(columns.has_value());
        plain_table found;
        for (const plain_column& column : *columns) found.columns.push_back(column.name);
        read_rows(entry.root, *columns, found, 0);
        found.entries = index != nullptr ? count_index(index->root, found, 0) : found.rowids.size();
        require(found.entries == found.rowids.size());
        return found;
    }

private:
    struct page
    {
        page_kind kind;
        std::span<const std::uint8_t> bytes; ///< what cells may take
        std::span<const std::uint8_t> pointers;
        std::uint64_t last_child = 0;

        std::size_t cells() const noexcept { return pointers.size() / 2; }
        bytes_reader cell(std::size_t number) const
        {
            std::uint64_t const offset = bytes_reader{pointers.subspan(2 * number, 2)}.big_endian(2);
            require(offset >= static_cast<std::size_t>(pointers.data() + pointers.size() - bytes.data()) &&
                    offset < bytes.size());
            return bytes_reader{bytes.subspan(static_cast<std::size_t>(offset))};
        }
        bool is_leaf() const noexcept
        {
            return kind == page_kind::index_leaf || kind == page_kind::table_leaf;
        }
    };

    /// "The Database Header": only what every SQLite can read and write, text in UTF-8.
    void check_header(std::span<const std::uint8_t> header)
    {
        constexpr std::size_t page_size_at = 16;
        bytes_reader at{header.subspan(page_size_at)};
        std::uint64_t const stored = at.big_endian(2);
        page_bytes_ = stored == 1 ? 65536 : static_cast<std::size_t>(stored);
        require(page_bytes_ >= 512 && std::has_single_bit(page_bytes_));
        std::uint64_t const write_version = at.big_endian(1);
        std::uint64_t const read_version = at.big_endian(1);
        require(write_version <= 2 && read_version <= 2 && write_version >= 1 && read_version >= 1);
        std::uint64_t const reserved_and_fractions = at.big_endian(4);
        require(reserved_and_fractions == 0x00402020U);
        std::uint64_t const changes = at.big_endian(4);
        pages_ = at.big_endian(4);
        require(pages_ * page_bytes_ == image_.stamp().bytes);
        at.take(12); // free list, schema cookie
        std::uint64_t const schema_format = at.big_endian(4);
        at.take(8); // cache size, vacuum
        std::uint64_t const text_encoding = at.big_endian(4);
        require(schema_format >= 1 && schema_format <= 4 && text_encoding == 1);
        constexpr std::size_t valid_for_at = 92;
        require(bytes_reader{header.subspan(valid_for_at)}.big_endian(4) == changes);
    }

    page read_page(std::uint64_t number, plain_table& owner, int level)
    {
        require(number >= 1 && number <= pages_ && level < most_levels && owner.pages.size() < most_pages);
        owner.pages.push_back(std::make_unique_for_overwrite<std::uint8_t[]>(page_bytes_));
        std::span<std::uint8_t> const bytes{owner.pages.back().get(), page_bytes_};
        require(read_at(image_.fd(), (number - 1) * page_bytes_, bytes, image_.file().native()) ==
                bytes.size());
        bytes_reader at{bytes.subspan(number == 1 ? sqlite_image::header_bytes : 0)};
        page result{.kind = static_cast<page_kind>(at.big_endian(1)), .bytes = bytes, .pointers = {}};
        at.take(2); // free blocks
        std::uint64_t const cells = at.big_endian(2);
        at.take(3); // start of the content, fragments
        if (!result.is_leaf()) result.last_child = at.big_endian(4);
        result.pointers = at.take(2 * cells);
        return result;
    }

    void read_rows(std::uint64_t root, std::span<const plain_column> columns, plain_table& out, int level)
    {
        page const here = read_page(root, out, level);
        if (here.kind == page_kind::table_inner) {
            for (std::size_t i = 0; i < here.cells(); ++i)
                read_rows(here.cell(i).big_endian(4), columns, out, level + 1);
            read_rows(here.last_child, columns, out, level + 1);
            return;
        }
        require(here.kind == page_kind::table_leaf);
        for (std::size_t i = 0; i < here.cells(); ++i) {
            bytes_reader cell = here.cell(i);
            std::uint64_t const bytes = cell.varint();
            auto const rowid = static_cast<std::int64_t>(cell.varint());
            constexpr std::size_t overflow_margin = 35;
            require(bytes <= page_bytes_ - overflow_margin);
            require(out.rowids.empty() || out.rowids.back() < rowid);
            append_record(cell.take(bytes), columns, out.values);
            out.rowids.push_back(rowid);
        }
    }

    std::uint64_t count_index(std::uint64_t root, plain_table& owner, int level)
    {
        page const here = read_page(root, owner, level);
        std::uint64_t count = here.cells();
        if (here.kind == page_kind::index_inner) {
            for (std::size_t i = 0; i < here.cells(); ++i)
                count += count_index(here.cell(i).big_endian(4), owner, level + 1);
            return count + count_index(here.last_child, owner, level + 1);
        }
        require(here.kind == page_kind::index_leaf);
        return count;
    }

    const sqlite_image& image_;
    std::size_t page_bytes_ = 0;
    std::uint64_t pages_ = 0;
};

} // namespace

std::optional<plain_tables> read_plain_tables(const sqlite_image& image,
                                              std::span<const std::string_view> names)
{
    if (image.needs_copy()) return std::nullopt;
    try {
        plain_file file{image};
        std::vector<schema_entry> const schema = file.schema();
        plain_tables tables;
        for (std::string_view const name : names) {
            named_table const found = table_named(schema, name);
            require(!found.ambiguous);
            tables.emplace_back();
            if (found.table != nullptr) tables.back() = file.table(*found.table, found.index);
        }
        if (!image.still_alone()) return std::nullopt;
        return tables;
    } catch (const not_plain&) {
        return std::nullopt;
    }
}

plain_answer read_plain_tables(const std::filesystem::path& file, std::chrono::milliseconds lock_timeout,
                               std::span<const std::string_view> names)
{
    std::optional<sqlite_image> const image = sqlite_image::look_at(file, lock_timeout);
    if (!image) return {};
    return {true, read_plain_tables(*image, names)};
}

} // namespace pryv_export::source
