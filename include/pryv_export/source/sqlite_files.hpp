#pragma once

#include "pryv_export/format/column.hpp"
#include "pryv_export/source/place.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

/// v1's SQLite files (docs/v1-data.md "SQLite"). All calls block. The files of v1 are never written to: a
/// database with a live write-ahead log is read from a private copy of db + wal.
namespace pryv_export::source {

/// Why a database gave nothing: five answers that are never mixed up. `empty` is a good database without
/// rows.
enum class database_state : std::uint8_t
{
    absent,
    empty,
    readable,
    locked,
    corrupt,
    unreadable
};
std::string_view describe(database_state state) noexcept;

class sqlite_image;

/// Opens v1's SQLite files read-only without changing a byte of them, their -wal or their -shm.
class sqlite_opener
{
public:
    /// scratch: an existing private folder for copies. lock_timeout: how long open() waits while another
    /// process holds a file exclusively.
    explicit sqlite_opener(std::filesystem::path scratch,
                           std::chrono::milliseconds lock_timeout = std::chrono::seconds{5});

    class database
    {
    public:
        database(database&&) noexcept;
        database& operator=(database&&) noexcept;
        ~database();
        sqlite3* handle() const noexcept;
        /// v1's file, for messages (not the private copy).
        const std::filesystem::path& file() const noexcept;
        /// True when v1 wrote to the file since it was opened and that could have mixed two states in what
        /// was read (never for a private copy): read again.
        bool changed() const;
        bool has_table(std::string_view name) const;
        /// Columns of a table, in order; empty when there is no such table.
        std::vector<std::string> columns(std::string_view table) const;

    private:
        friend class sqlite_opener;
        struct impl;
        explicit database(std::unique_ptr<impl> state) noexcept;
        std::unique_ptr<impl> impl_;
    };

    /// nullopt when the file is absent. Throws export_error naming the file otherwise: denied
    /// (unreadable), io_error with cause "is locked…", "is damaged…", "is no SQLite database…", "is encrypted
    /// or…". Also checks that the schema can be read. A zero-byte file is an error of its own ("is empty (0
    /// bytes)…") unless v1 could have left it so (a WAL beside it holds the content). "is being written…"
    /// when a writer spoilt every try to copy it.
    std::optional<database> open(const place& file) const;

    /// Copies of at most `most_bytes` (log included) go to `folder` first, which should be memory (tmpfs):
    /// thousands of users' small databases cost no inodes of the disk. When it is full, the other folder
    /// serves.
    void use_memory_folder(std::filesystem::path folder, std::uint64_t most_bytes);

    const std::filesystem::path& scratch() const noexcept { return scratch_; }
    std::chrono::milliseconds lock_timeout() const noexcept { return lock_timeout_; }

private:
    std::unique_ptr<database::impl> open_copy(const sqlite_image& image) const;

    std::filesystem::path scratch_;
    std::filesystem::path memory_folder_;
    std::uint64_t most_memory_bytes_ = 0;
    std::chrono::milliseconds lock_timeout_;
};

/// One value of a row. BLOBs and TEXT are raw bytes (TEXT should be UTF-8).
using sqlite_text = format::column_text;
using sqlite_blob = format::column_blob;
using sqlite_value = format::column_value;

/// Steps through a query. Views are good until the next step. Errors throw export_error naming file, table
/// and row.
class sqlite_rows
{
public:
    sqlite_rows(const sqlite_opener::database& database, std::string_view sql, std::string thing);
    sqlite_rows(sqlite_rows&&) noexcept;
    ~sqlite_rows();
    /// False after the last row, and ever after that or an error.
    bool next();
    int columns() const noexcept;
    std::string_view name(int column) const;
    sqlite_value value(int column) const;

private:
    sqlite3_stmt* statement_ = nullptr;
    std::string thing_;
    std::uint64_t row_ = 0;
    bool ended_ = false;
};

/// ---- the files, by name
/// -------------------------------------------------------------------------------------

struct index_entry
{
    std::string user_id;
    std::string username;
};
/// `user-index.db`, table id4name, in rowid order. nullopt: file absent. Throws export_error.
std::optional<std::vector<index_entry>> read_user_index(const sqlite_opener& opener, const place& file);

struct password_row
{
    double time = 0;
    std::string hash;
    std::string created_by;
};
struct key_value_row
{
    std::string store_id;
    std::string key;
    std::string value_json;
};
struct account_rows
{
    std::vector<password_row> passwords;   ///< time ascending
    std::vector<key_value_row> key_values; ///< by (storeId, key)
    bool has_key_value_table = false;      ///< absent in files of 1.8
};
/// `account-1.0.0.sqlite`. nullopt: file absent. A file without a `passwords` table throws.
std::optional<account_rows> read_account(const sqlite_opener& opener, const place& file);

struct platform_row
{
    std::string key;
    std::string value;
};
/// `platform-wide.db`, table keyValue, by key. nullopt: file absent.
std::optional<std::vector<platform_row>> read_platform(const sqlite_opener& opener, const place& file);

/// One row of the `events` table of `audit-1.0.0.sqlite` / `local-1.0.0.sqlite`, or of v0 `audit.sqlite`
/// brought into the same shape (endTime = time + duration when duration is truthy, else time; streamIds gains
/// the " .." tail; clientData to JSON text). Columns in v1's order; absent columns are NULL. Views are good
/// until the next row.
struct event_row
{
    std::int64_t rowid = 0;
    static constexpr std::size_t column_count = 17;
    /// eventid headId streamIds time deleted endTime type content description clientData integrity
    /// attachments trashed created createdBy modified modifiedBy
    std::array<sqlite_value, column_count> columns;
};
std::string_view event_row_column(std::size_t index) noexcept;

/// Reads an `events` table in rowid order.
class event_rows
{
public:
    virtual ~event_rows() = default;
    /// Throws export_error after the last readable row of a damaged file ("…, table events, after row N: …"),
    /// and at the end when v1 wrote to the file meanwhile.
    virtual bool next(event_row& row) = 0;
    virtual std::uint64_t count() = 0; ///< the source's own count (SELECT count(*))
    virtual const std::vector<std::string>& unknown_columns() const = 0; ///< columns v1 1.9 does not know
};
/// nullopt: file absent. A file without the table throws.
std::optional<std::unique_ptr<event_rows>> open_event_rows(const sqlite_opener& opener, const place& file);

} // namespace pryv_export::source
