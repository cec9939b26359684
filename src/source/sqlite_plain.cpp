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

/// What a schema says about the tables that somebody asks for.
struct known_schema
{
    std::vector<std::uint8_t> page; ///< the first one, without the header of the file
    std::vector<std::string> names; ///< of the tables
    std::vector<std::shared_ptr<const plain_layout>> layouts; ///< null: there is no such table
};

/// The last schemas that lay on one page: the files of all users have the same one.
class known_schemas
{
public:
    const known_schema* find(std::span<const std::uint8_t> page,
                             std::span<const std::string_view> names) const
    {
        auto const found = std::find_if(known_.begin(), known_.end(), [&](const known_schema& each) {
            return std::equal(each.page.begin(), each.page.end(), page.begin(), page.end()) &&
                   std::equal(each.names.begin(), each.names.end(), names.begin(), names.end());
        });
        return found == known_.end() ? nullptr : &*found;
    }
    void add(known_schema schema) { known_[next_++ % known_.size()] = std::move(schema); }

private:
    std::array<known_schema, 4> known_;
    std::size_t next_ = 0;
};

class plain_file
{
public:
    explicit plain_file(const sqlite_image& image) : image_{image}
    {
        check_header(image.head().first(sqlite_image::header_bytes));
    }

    plain_tables tables(std::span<const std::string_view> names)
    {
        plain_tables found;
        found.reserve(names.size());
        for (const auto& layout : layouts_of(names)) {
            found.emplace_back();
            if (layout) found.back() = table(layout);
        }
        return found;
    }

private:
    using layouts = std::vector<std::shared_ptr<const plain_layout>>;

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

    layouts layouts_of(std::span<const std::string_view> names)
    {
        thread_local known_schemas known;
        plain_table first;
        auto const key = page_bytes(1, first).subspan(sqlite_image::header_bytes);
        if (auto const* const same = known.find(key, names)) return same->layouts;
        layouts found;
        auto const entries = schema();
        bool const on_one_page = pages_read_ == 1;
        for (std::string_view const name : names) {
            named_table const named = table_named(entries, name);
            require(!named.ambiguous);
            found.push_back(named.table != nullptr ? layout_of(named) : nullptr);
        }
        if (on_one_page) known.add({{key.begin(), key.end()}, {names.begin(), names.end()}, found});
        return found;
    }

    std::vector<schema_entry> schema()
    {
        static const auto layout = std::make_shared<const plain_layout>(
            plain_layout{.columns = std::vector<plain_column>(5), .root = 1});
        plain_table const found = table(layout);
        std::vector<schema_entry> entries;
        for (std::size_t i = 0; i < found.rowids.size(); ++i) {
            auto const value = found.row(i);
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

    static std::shared_ptr<const plain_layout> layout_of(const named_table& named)
    {
        auto columns = plain_columns(named.table->sql);
        require(columns.has_value());
        require(named.index == nullptr || named.index->root > 0);
        return std::make_shared<const plain_layout>(plain_layout{
            .columns = *std::move(columns),
            .root = static_cast<std::uint64_t>(named.table->root),
            .index_root = named.index != nullptr ? static_cast<std::uint64_t>(named.index->root) : 0});
    }

    plain_table table(const std::shared_ptr<const plain_layout>& layout)
    {
        plain_table found;
        found.layout = layout;
        found.memory.push_back(image_.head_owner());
        pages_read_ = 0;
        read_rows(layout->root, found, 0);
        found.entries =
            layout->index_root != 0 ? count_index(layout->index_root, found, 0) : found.rowids.size();
        require(found.entries == found.rowids.size());
        return found;
    }

    std::span<const std::uint8_t> page_bytes(std::uint64_t number, plain_table& owner)
    {
        std::uint64_t const offset = (number - 1) * page_bytes_;
        if (offset + page_bytes_ <= image_.head().size())
            return image_.head().subspan(static_cast<std::size_t>(offset), page_bytes_);
        auto const memory = std::make_shared_for_overwrite<std::uint8_t[]>(page_bytes_);
        owner.memory.push_back(memory);
        std::span<std::uint8_t> const bytes{memory.get(), page_bytes_};
        require(read_at(image_.fd(), offset, bytes, image_.path()) == bytes.size());
        return bytes;
    }

    page read_page(std::uint64_t number, plain_table& owner, int level)
    {
        require(number >= 1 && number <= pages_ && level < most_levels && pages_read_ < most_pages);
        ++pages_read_;
        auto const bytes = page_bytes(number, owner);
        bytes_reader at{bytes.subspan(number == 1 ? sqlite_image::header_bytes : 0)};
        page result{.kind = static_cast<page_kind>(at.big_endian(1)), .bytes = bytes, .pointers = {}};
        at.take(2); // free blocks
        std::uint64_t const cells = at.big_endian(2);
        at.take(3); // start of the content, fragments
        if (!result.is_leaf()) result.last_child = at.big_endian(4);
        result.pointers = at.take(2 * cells);
        return result;
    }

    void read_rows(std::uint64_t root, plain_table& out, int level)
    {
        page const here = read_page(root, out, level);
        if (here.kind == page_kind::table_inner) {
            for (std::size_t i = 0; i < here.cells(); ++i)
                read_rows(here.cell(i).big_endian(4), out, level + 1);
            read_rows(here.last_child, out, level + 1);
            return;
        }
        require(here.kind == page_kind::table_leaf);
        const auto& columns = out.layout->columns;
        if (level == 0) {
            out.rowids.reserve(here.cells());
            out.values.reserve(here.cells() * columns.size());
        }
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
    std::size_t pages_read_ = 0; ///< of the table that is being read
};

} // namespace

std::optional<plain_tables> read_plain_tables(const sqlite_image& image,
                                              std::span<const std::string_view> names)
{
    if (image.needs_copy()) return std::nullopt;
    try {
        auto tables = plain_file{image}.tables(names);
        if (!image.still_alone()) return std::nullopt;
        return tables;
    } catch (const not_plain&) {
        return std::nullopt;
    }
}

/// v1's files begin with the schema, a page for each table and one or two for its indexes, of 4 KiB each.
constexpr std::size_t head_bytes_per_table = 3 * 4096;

plain_answer read_plain_tables(const place& file, std::chrono::milliseconds lock_timeout,
                               std::span<const std::string_view> names)
{
    std::optional<sqlite_image> const image =
        sqlite_image::look_at(file, lock_timeout, names.size() * head_bytes_per_table);
    if (!image) return {};
    return {true, read_plain_tables(*image, names)};
}

} // namespace pryv_export::source
