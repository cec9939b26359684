#include "pryv_export/source/sqlite_files.hpp"

#include "sqlite_error.hpp"
#include "sqlite_image.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

namespace pryv_export::source {

namespace {

constexpr int max_attempts = 5;
constexpr int max_value_bytes = 256 << 20;
/// SQLite's own limit for a path is 512 bytes.
constexpr std::size_t max_path_bytes = 480;

/// A path as an SQLite URI (sqlite.org/uri.html).
std::string uri_of(const std::filesystem::path& file, std::string_view query)
{
    std::filesystem::path const absolute = std::filesystem::absolute(file);
    std::string uri = "file:";
    for (char const c : absolute.native()) {
        if (c == '%' || c == '?' || c == '#') {
            uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        } else {
            uri += c;
        }
    }
    uri += query;
    return uri;
}

/// The file may come from anybody: nothing of its schema is run but the tables that we name.
void harden(sqlite3* handle)
{
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    // A misspelt "column" is an error then, not a text.
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, max_value_bytes);
}

std::string quoted(std::string_view text, char quote)
{
    std::string out{quote};
    for (char const c : text) out.append(c == quote ? 2 : 1, c);
    return out += quote;
}

/// Of a private copy: the index of the log stays in memory, nothing needs to be durable.
constexpr const char* copy_pragmas = "PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=OFF";
constexpr const char* schema_query = "PRAGMA cell_size_check=ON; SELECT 1 FROM sqlite_schema LIMIT 1";

/// SQLite counts the bytes of all connections behind one lock by default; nobody asks for the sum, and
/// thousands of small databases are opened.
void set_up_library()
{
    static int const done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(done);
}

} // namespace

std::string_view describe(database_state state) noexcept
{
    switch (state) {
    case database_state::absent: return "absent";
    case database_state::empty: return "empty";
    case database_state::readable: return "readable";
    case database_state::locked: return "locked by another process";
    case database_state::corrupt: return "damaged";
    case database_state::unreadable: return "unreadable";
    }
    return "unknown";
}

struct sqlite_opener::database::impl
{
    std::filesystem::path file;
    std::optional<private_folder> folder; ///< of the copy; none when the file is read in place
    file_stamp stamp;
    sqlite3* handle = nullptr;

    impl(const sqlite_image& image, std::optional<private_folder> copy_folder)
        : file{image.path()}, folder{std::move(copy_folder)}, stamp{image.stamp()}
    {
    }
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;
    ~impl() { sqlite3_close_v2(handle); }

    void open(const std::string& name, int flags)
    {
        int const code =
            sqlite3_open_v2(name.c_str(), &handle,
                            flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
        if (code != SQLITE_OK) throw sqlite_error(handle, code, file.native());
        harden(handle);
    }
    void run(const char* sql)
    {
        int const code = sqlite3_exec(handle, sql, nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) throw sqlite_error(handle, code, file.native());
    }

    /// Null when the file changed under the reader.
    static std::unique_ptr<impl> open_in_place(const sqlite_image& image)
    {
        auto state = std::make_unique<impl>(image, std::nullopt);
        try {
            // Immutable: no lock is taken, no log or index made beside the file.
            state->open(uri_of(image.path(), "?mode=ro&immutable=1"), SQLITE_OPEN_READONLY);
            state->run(schema_query);
        } catch (const export_error&) {
            if (image.still_alone()) throw;
        }
        return image.still_alone() ? std::move(state) : nullptr;
    }

    /// Null when a writer was faster than the copy.
    static std::unique_ptr<impl> open_copy(const sqlite_image& image, const std::filesystem::path& scratch)
    {
        auto state = std::make_unique<impl>(image, private_folder{scratch});
        std::filesystem::path const copy = state->folder->path() / "db";
        if (!image.copy_to(copy)) return nullptr;
        state->open(uri_of(copy, "?mode=rw"), SQLITE_OPEN_READWRITE);
        state->run(copy_pragmas);
        state->run(schema_query);
        return state;
    }
};

sqlite_opener::sqlite_opener(std::filesystem::path scratch, std::chrono::milliseconds lock_timeout)
    : scratch_{std::move(scratch)}, lock_timeout_{lock_timeout}
{
    set_up_library();
}

std::optional<sqlite_opener::database> sqlite_opener::open(const place& file) const
{
    for (int attempt = 0; attempt < max_attempts; ++attempt) {
        std::optional<sqlite_image> const image = sqlite_image::look_at(file, lock_timeout_);
        if (!image) return std::nullopt;
        bool const copy = image->needs_copy() || file.path().size() > max_path_bytes;
        auto state = copy ? open_copy(*image) : database::impl::open_in_place(*image);
        if (state) return database{std::move(state)};
    }
    throw export_error{exit_status::io_error, file.path(), "is being written while it is read",
                       "stop v1's API and run again"};
}

std::unique_ptr<sqlite_opener::database::impl> sqlite_opener::open_copy(const sqlite_image& image) const
{
    if (!memory_folder_.empty() && image.bytes() <= most_memory_bytes_) {
        try {
            return database::impl::open_copy(image, memory_folder_);
        } catch (const export_error& error) {
            if (!error.thing().starts_with(memory_folder_.native())) throw;
        }
    }
    return database::impl::open_copy(image, scratch_);
}

void sqlite_opener::use_memory_folder(std::filesystem::path folder, std::uint64_t most_bytes)
{
    memory_folder_ = std::move(folder);
    most_memory_bytes_ = most_bytes;
}

sqlite_opener::database::database(std::unique_ptr<impl> state) noexcept : impl_{std::move(state)} {}
sqlite_opener::database::database(database&&) noexcept = default;
sqlite_opener::database& sqlite_opener::database::operator=(database&&) noexcept = default;
sqlite_opener::database::~database() = default;

sqlite3* sqlite_opener::database::handle() const noexcept
{
    return impl_->handle;
}

const std::filesystem::path& sqlite_opener::database::file() const noexcept
{
    return impl_->file;
}

bool sqlite_opener::database::changed() const
{
    return !impl_->folder && stamp_at(impl_->file) != impl_->stamp;
}

bool sqlite_opener::database::has_table(std::string_view name) const
{
    // No view and no virtual table: those have no pages of their own.
    sqlite_rows rows{*this,
                     fmt::format("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND "
                                 "name = {} COLLATE NOCASE",
                                 quoted(name, '\'')),
                     file().native()};
    return rows.next();
}

std::vector<std::string> sqlite_opener::database::columns(std::string_view table) const
{
    std::vector<std::string> names;
    if (!has_table(table)) return names;
    sqlite_rows const rows{*this, fmt::format("SELECT * FROM {} LIMIT 0", quoted(table, '"')),
                           file().native()};
    for (int column = 0; column < rows.columns(); ++column) names.emplace_back(rows.name(column));
    return names;
}

} // namespace pryv_export::source
