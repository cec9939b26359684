#pragma once

#include "pryv_export/base/file.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <utility>

/// Writes SQLite files as v1 does, for tests.
namespace sqlite_test {

namespace fs = std::filesystem;

inline void write_file(const fs::path& path, std::string_view content)
{
    fs::create_directories(path.parent_path());
    std::ofstream{path, std::ios::binary}.write(content.data(), static_cast<std::streamsize>(content.size()));
}

inline std::string read_file(const fs::path& path)
{
    std::ostringstream content;
    content << std::ifstream{path, std::ios::binary}.rdbuf();
    return content.str();
}

/// Name → content and mtime of every entry of a folder.
inline std::map<std::string, std::pair<std::string, std::int64_t>> snapshot(const fs::path& folder)
{
    std::map<std::string, std::pair<std::string, std::int64_t>> found;
    for (const fs::directory_entry& item : fs::directory_iterator{folder}) {
        struct stat info
        {
        };
        BOOST_REQUIRE(::lstat(item.path().c_str(), &info) == 0);
        found[item.path().filename()] = {
            read_file(item.path()), std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec};
    }
    return found;
}

/// A connection of v1: what it writes stays in the log as long as it is open.
class sqlite_writer
{
public:
    explicit sqlite_writer(const fs::path& file, std::string_view journal_mode = "WAL")
    {
        fs::create_directories(file.parent_path());
        BOOST_REQUIRE(sqlite3_open(file.c_str(), &handle_) == SQLITE_OK);
        run(fmt::format("PRAGMA journal_mode={}", journal_mode));
    }
    sqlite_writer(const sqlite_writer&) = delete;
    sqlite_writer& operator=(const sqlite_writer&) = delete;
    ~sqlite_writer() { sqlite3_close(handle_); }

    sqlite_writer& run(const std::string& sql)
    {
        char* message = nullptr;
        int const code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, &message);
        BOOST_REQUIRE_MESSAGE(code == SQLITE_OK, sql << ": " << (message != nullptr ? message : ""));
        return *this;
    }
    std::int64_t number(const std::string& sql)
    {
        std::int64_t value = -1;
        auto const take = [](void* into, int, char** columns, char**) {
            *static_cast<std::int64_t*>(into) = columns[0] != nullptr ? std::stoll(columns[0]) : 0;
            return 0;
        };
        BOOST_REQUIRE(sqlite3_exec(handle_, sql.c_str(), take, &value, nullptr) == SQLITE_OK);
        return value;
    }

private:
    sqlite3* handle_ = nullptr;
};

/// The schema of audit-1.0.0.sqlite and local-1.0.0.sqlite.
inline constexpr const char* events_schema = R"(
    CREATE TABLE events (eventid TEXT UNIQUE, headId TEXT DEFAULT NULL, streamIds TEXT, time REAL,
        deleted REAL DEFAULT NULL, endTime REAL, type TEXT, content TEXT, description TEXT, clientData TEXT,
        integrity TEXT, attachments TEXT, trashed INTEGER DEFAULT 0, created REAL, createdBy TEXT,
        modified REAL, modifiedBy TEXT);
    CREATE INDEX events_time ON events(time);
    CREATE VIRTUAL TABLE events_fts USING fts5(eventid UNINDEXED, streamIds, content='events',
        content_rowid='rowid', tokenize="unicode61 remove_diacritics 0 tokenchars '-_:.'");
    CREATE VIRTUAL TABLE events_fts_v USING fts5vocab(events_fts, 'row');
    CREATE TRIGGER events_ai AFTER INSERT ON events BEGIN
        INSERT INTO events_fts(rowid, streamIds) VALUES (new.rowid, new.streamIds); END;)";

/// The schema of audit.sqlite (service-core 1.7), "READ" as v1 spells it.
inline constexpr const char* v0_schema = R"(
    CREATE TABLE events (eventid TEXT UNIQUE, streamIds TEXT NOT NULL, time REAL NOT NULL, duration REAL,
        type TEXT NOT NULL, content TEXT, description TEXT, clientData TEXT, trashed INTEGER DEFAULT 0,
        created REAL NOT NULL, createdBy TEXT NOT NULL, modified READ NOT NULL, modifiedBy TEXT NOT NULL);)";

inline constexpr const char* account_schema = R"(
    CREATE TABLE passwords (time REAL PRIMARY KEY, hash TEXT NOT NULL, createdBy TEXT NOT NULL);
    CREATE INDEX passwords_hash ON passwords(hash);)";
inline constexpr const char* key_value_schema = R"(
    CREATE TABLE storeKeyValueData (storeId TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (storeId, key));)";

/// A folder of v1, and one for copies, that go away at the end.
struct sqlite_place
{
    pryv_export::private_folder root{fs::temp_directory_path()};
    fs::path source = root.path() / "v1";
    fs::path scratch = root.path() / "scratch";

    sqlite_place()
    {
        fs::create_directory(source);
        fs::create_directory(scratch);
    }
};

/// What() of the export_error that `action` must throw.
template <class Action>
std::string message_of(Action action)
{
    try {
        action();
    } catch (const std::exception& error) {
        return error.what();
    }
    BOOST_ERROR("no error was thrown");
    return {};
}

inline bool holds(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

} // namespace sqlite_test
