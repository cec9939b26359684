#include "pryv_export/archive/file_series.hpp"
#include "pryv_export/source/mongodump_store.hpp"
#include "pryv_export/source/sqlite_files.hpp"
#include "pryv_export/source/user_files.hpp"

#include "bench.hpp"
#include "events.hpp"

#include <sqlite3.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace micro {

using namespace pryv_export::source;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t rows_per_round = 5000;
constexpr std::size_t events_per_round = 4000;
constexpr std::size_t users_of_dump = 50;
constexpr std::size_t file_bytes = 1U << 20;

/// Removed with all that is in it at the end.
class temporary_folder
{
public:
    temporary_folder()
    {
        std::string name = (fs::temp_directory_path() / "micro-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"no temporary folder"};
        path_ = name;
    }
    ~temporary_folder()
    {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;

    fs::path operator/(const char* name) const { return path_ / name; }
    const fs::path& path() const noexcept { return path_; }

private:
    fs::path path_;
};

void write_audit(const fs::path& file)
{
    sqlite3* database = nullptr;
    bool good = sqlite3_open(file.c_str(), &database) == SQLITE_OK;
    auto const sql =
        "CREATE TABLE events (eventid TEXT PRIMARY KEY, headId TEXT, streamIds TEXT NOT NULL, time REAL, "
        "deleted REAL, endTime REAL, type TEXT, content TEXT, description TEXT, clientData TEXT, "
        "integrity TEXT, attachments TEXT, trashed INTEGER DEFAULT 0, created REAL, createdBy TEXT, "
        "modified REAL, modifiedBy TEXT);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
        std::to_string(rows_per_round) +
        ") INSERT INTO events SELECT printf('c%024d', i), NULL, 'access-x action-events.get ..', "
        "1.6e9 + i, NULL, 1.6e9 + i, 'audit-log/pryv-api', '{\"action\":\"events.get\",\"query\":{}}', "
        "NULL, NULL, NULL, NULL, 0, 1.6e9 + i, 'system', 1.6e9 + i, 'system' FROM n;";
    good = good && sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
    sqlite3_close(database);
    if (!good) throw std::runtime_error{"the database cannot be made"};
}

void write_bytes(const fs::path& file, const void* bytes, std::size_t size)
{
    fs::create_directories(file.parent_path());
    std::ofstream out{file, std::ios::binary};
    if (!out.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(size)).flush())
        throw std::runtime_error{"cannot write " + file.string()};
}

round sqlite_rows()
{
    auto const folder = std::make_shared<temporary_folder>();
    write_audit(*folder / "audit-1.0.0.sqlite");
    auto const bytes = fs::file_size(*folder / "audit-1.0.0.sqlite");
    auto const opener = std::make_shared<sqlite_opener>(folder->path());
    return [folder, opener, bytes] {
        auto const rows = open_event_rows(*opener, *folder / "audit-1.0.0.sqlite");
        work done{bytes, 0};
        for (event_row row; (*rows)->next(row); ++done.records) {
        }
        return done;
    };
}

round copy_file()
{
    auto const folder = std::make_shared<temporary_folder>();
    std::string const text(file_bytes, 'x');
    write_bytes(*folder / "from", text.data(), text.size());
    return [folder] {
        auto const copied = copy_attachment(*folder / "from", *folder / "to");
        fs::remove(*folder / "to");
        return work{copied.bytes, 1};
    };
}

/// The files of one tiny user, made and moved into place: what the file system asks for a user, whoever
/// writes.
round user_files()
{
    auto const folder = std::make_shared<temporary_folder>();
    auto const made = std::make_shared<std::size_t>(0);
    fs::create_directory(*folder / "users");
    return [folder, made] {
        namespace archive = pryv_export::archive;
        static const std::string content(500, 'x');
        std::string const number = std::to_string((*made)++);
        archive::file_folder const staging{*folder / ("user-" + number).c_str()};
        staging.make();
        work done{0, 1};
        for (const char* name : {"streams.jsonl.gz", "accesses.jsonl.gz", "profile.jsonl.gz",
                                 "webhooks.jsonl.gz", "account.jsonl.gz", "events/events-0001.jsonl.gz",
                                 "audit/audit-0001.jsonl.gz", "extra/events.jsonl.gz", "user-manifest.json"})
            done.bytes += archive::write_file(staging, name, content).bytes;
        fs::rename(staging.path(), folder->path() / "users" / number);
        return done;
    };
}

/// Scanning a dump, regrouping it when told to, and reading it user by user.
round read_dump(bool regrouped)
{
    auto const folder = std::make_shared<temporary_folder>();
    auto const data = make_events(events_per_round, users_of_dump);
    write_bytes(*folder / "dump/pryv-node/events.bson", data.bytes.data(), data.bytes.size());
    fs::create_directories(*folder / "spool");
    return [folder, regrouped] {
        mongodump_options options;
        options.folder = *folder / "dump";
        options.spool_folder = *folder / "spool";
        options.regroup_above_bytes = regrouped ? 1 : ~std::uint64_t{0};
        auto const store = open_mongodump(std::move(options));
        store->prepare(store->user_ids());
        work done;
        for (auto const& user : store->user_ids()) {
            auto const cursor = store->open(collection::events, user);
            for (batch part; cursor->next(part); done.records += part.documents.size()) {
                for (auto const& each : part.documents) done.bytes += each.bytes.size();
            }
        }
        return done;
    };
}

} // namespace

void add_files(std::vector<bench>& to)
{
    to.push_back({"sqlite-rows", &sqlite_rows});
    to.push_back({"copy", &copy_file});
    to.push_back({"user-files", &user_files});
    to.push_back({"dump-direct", [] { return read_dump(false); }});
    to.push_back({"dump-regrouped", [] { return read_dump(true); }});
}

} // namespace micro
