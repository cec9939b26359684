#pragma once

#include "expected.hpp"
#include "plan.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace sample {

/// A database as v1 leaves it. Open, fill, finish(); what is written after
/// checkpoint() stays in the write-ahead log when `keep_wal` is given.
class sqlite_db
{
public:
    explicit sqlite_db(std::filesystem::path file);
    ~sqlite_db();
    sqlite_db(const sqlite_db&) = delete;
    sqlite_db& operator=(const sqlite_db&) = delete;

    void run(const std::string& sql);
    sqlite3* handle() { return db_; }
    /// Moves all rows into the main file and empties the log.
    void checkpoint();
    /// Closes. keep_wal leaves `-wal` (and `-shm`) behind with all that was not
    /// checkpointed; else the log is folded in and removed.
    void finish(bool keep_wal);

private:
    [[noreturn]] void fail(const std::string& what) const;

    std::filesystem::path file_;
    sqlite3* db_ = nullptr;
};

/// A prepared insert; bind() in order, then step().
class sqlite_insert
{
public:
    sqlite_insert(sqlite_db& db, std::string_view sql);
    ~sqlite_insert();
    sqlite_insert(const sqlite_insert&) = delete;
    sqlite_insert& operator=(const sqlite_insert&) = delete;

    sqlite_insert& text(std::string_view value);
    sqlite_insert& real(double value);
    sqlite_insert& integer(std::int64_t value);
    sqlite_insert& null();
    void step();

private:
    sqlite3* db_;
    sqlite3_stmt* statement_ = nullptr;
    int column_ = 0;
};

/// v1's schemas, spelt as v1 creates them.
extern const char* const user_index_schema;
extern const char* const platform_schema;
extern const char* const account_schema;
extern const char* const account_schema_1_8;
extern const char* const event_store_schema;
/// Full text search over the above; needs an SQLite with FTS5.
extern const char* const event_store_fts_schema;
extern const char* const audit_v0_schema;

/// Creates user-index.db and platform-wide.db for all users. The last user's
/// rows are only in the log when the deployment keeps logs.
void write_index_and_platform(const deployment& plan, const std::filesystem::path& users_folder,
                              const std::vector<std::pair<std::string, std::string>>& extra_index,
                              const std::vector<std::pair<std::string, std::string>>& extra_platform);

/// Creates one user's account and audit databases in its folder.
void write_user_databases(const deployment& plan, const user_plan& user, const std::filesystem::path& folder,
                          counters& counts);

/// Binds one plausible audit row and steps.
void insert_audit_row(sqlite_insert& insert, const user_plan& user, std::uint64_t row, double time);
extern const char* const audit_insert_sql;

} // namespace sample
