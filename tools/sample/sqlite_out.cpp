#include "sqlite_out.hpp"

#include "files_out.hpp"
#include "ids.hpp"
#include "records.hpp"
#include "rng.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <array>
#include <fstream>
#include <map>
#include <mutex>
#include <stdexcept>

namespace sample {

const char* const user_index_schema =
    "CREATE TABLE IF NOT EXISTS id4name (username TEXT PRIMARY KEY, userId TEXT NOT NULL);"
    "CREATE INDEX IF NOT EXISTS id4name_id ON id4name(userId);";

const char* const platform_schema =
    "CREATE TABLE IF NOT EXISTS keyValue (key TEXT PRIMARY KEY, value TEXT NOT NULL);";

const char* const account_schema_1_8 = "CREATE TABLE IF NOT EXISTS passwords (time REAL PRIMARY KEY, hash "
                                       "TEXT NOT NULL, createdBy TEXT NOT NULL);"
                                       "CREATE INDEX IF NOT EXISTS passwords_hash ON passwords(hash);";

const char* const account_schema =
    "CREATE TABLE IF NOT EXISTS passwords (time REAL PRIMARY KEY, hash TEXT NOT NULL, createdBy TEXT NOT "
    "NULL);"
    "CREATE INDEX IF NOT EXISTS passwords_hash ON passwords(hash);"
    "CREATE TABLE IF NOT EXISTS storeKeyValueData (storeId TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT "
    "NULL, PRIMARY KEY (storeId, key));"
    "CREATE INDEX IF NOT EXISTS storeKeyValueData_storeId ON storeKeyValueData(storeId);";

const char* const event_store_schema =
    "CREATE TABLE IF NOT EXISTS events (eventid TEXT UNIQUE, headId TEXT DEFAULT NULL, streamIds TEXT, "
    "time REAL, deleted REAL DEFAULT NULL, endTime REAL, type TEXT, content TEXT, description TEXT, "
    "clientData TEXT, integrity TEXT, attachments TEXT, trashed INTEGER DEFAULT 0, created REAL, "
    "createdBy TEXT, modified REAL, modifiedBy TEXT);"
    "CREATE INDEX IF NOT EXISTS events_eventid ON events(eventid);"
    "CREATE INDEX IF NOT EXISTS events_time ON events(time);"
    "CREATE INDEX IF NOT EXISTS events_deleted ON events(deleted);"
    "CREATE INDEX IF NOT EXISTS events_endTime ON events(endTime);"
    "CREATE INDEX IF NOT EXISTS events_type ON events(type);"
    "CREATE INDEX IF NOT EXISTS events_trashed ON events(trashed);"
    "CREATE INDEX IF NOT EXISTS events_created ON events(created);"
    "CREATE INDEX IF NOT EXISTS events_createdBy ON events(createdBy);"
    "CREATE INDEX IF NOT EXISTS events_modified ON events(modified);"
    "CREATE INDEX IF NOT EXISTS events_modifiedBy ON events(modifiedBy);";

const char* const event_store_fts_schema =
    "CREATE VIRTUAL TABLE IF NOT EXISTS events_fts USING fts5(eventid UNINDEXED, headId UNINDEXED, "
    "streamIds, "
    "time UNINDEXED, deleted UNINDEXED, endTime UNINDEXED, type UNINDEXED, content UNINDEXED, description "
    "UNINDEXED, clientData UNINDEXED, integrity UNINDEXED, attachments UNINDEXED, trashed UNINDEXED, created "
    "UNINDEXED, createdBy UNINDEXED, modified UNINDEXED, modifiedBy UNINDEXED, content='events', "
    "content_rowid='rowid', tokenize=\"unicode61 remove_diacritics 0 tokenchars '-_:.'\");"
    "CREATE VIRTUAL TABLE IF NOT EXISTS events_fts_v USING fts5vocab(events_fts, row);"
    "CREATE TRIGGER IF NOT EXISTS events_ai AFTER INSERT ON events BEGIN INSERT INTO events_fts(rowid, "
    "streamIds) VALUES (new.rowid, new.streamIds); END;"
    "CREATE TRIGGER IF NOT EXISTS events_ad AFTER DELETE ON events BEGIN INSERT INTO events_fts(events_fts, "
    "rowid, streamIds) VALUES ('delete', old.rowid, old.streamIds); END;"
    "CREATE TRIGGER IF NOT EXISTS events_au AFTER UPDATE ON events BEGIN INSERT INTO events_fts(events_fts, "
    "rowid, streamIds) VALUES ('delete', old.rowid, old.streamIds); INSERT INTO events_fts(rowid, streamIds) "
    "VALUES (new.rowid, new.streamIds); END;";

const char* const audit_v0_schema =
    "CREATE TABLE events (eventid TEXT UNIQUE, streamIds TEXT NOT NULL, time REAL NOT NULL, duration REAL, "
    "type TEXT NOT NULL, content TEXT, description TEXT, clientData TEXT, trashed INTEGER DEFAULT 0, "
    "created REAL NOT NULL, createdBy TEXT NOT NULL, modified READ NOT NULL, modifiedBy TEXT NOT NULL);";

const char* const audit_insert_sql =
    "INSERT INTO events (eventid, headId, streamIds, time, deleted, endTime, type, content, description, "
    "clientData, integrity, attachments, trashed, created, createdBy, modified, modifiedBy) "
    "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

sqlite_db::sqlite_db(std::filesystem::path file) : file_(std::move(file))
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(file_.c_str(), &db_, flags, nullptr) != SQLITE_OK) fail("open");
    run("PRAGMA synchronous=OFF; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;");
}

sqlite_db::~sqlite_db()
{
    sqlite3_close_v2(db_);
}

void sqlite_db::fail(const std::string& what) const
{
    throw std::runtime_error(fmt::format("{}: {}: {}", file_.string(), what, sqlite3_errmsg(db_)));
}

void sqlite_db::run(const std::string& sql)
{
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail("run SQL");
}

void sqlite_db::checkpoint()
{
    if (sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) != SQLITE_OK) {
        fail("checkpoint");
    }
}

void sqlite_db::finish(bool keep_wal)
{
    if (keep_wal) {
        int persist = 1;
        sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        sqlite3_file_control(db_, nullptr, SQLITE_FCNTL_PERSIST_WAL, &persist);
    }
    if (sqlite3_close(db_) != SQLITE_OK) fail("close");
    db_ = nullptr;
}

sqlite_insert::sqlite_insert(sqlite_db& db, std::string_view sql) : db_(db.handle())
{
    if (sqlite3_prepare_v2(db_, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr) !=
        SQLITE_OK) {
        throw std::runtime_error(fmt::format("cannot prepare {}: {}", sql, sqlite3_errmsg(db_)));
    }
}

sqlite_insert::~sqlite_insert()
{
    sqlite3_finalize(statement_);
}

sqlite_insert& sqlite_insert::text(std::string_view value)
{
    sqlite3_bind_text(statement_, ++column_, value.data(), static_cast<int>(value.size()), SQLITE_TRANSIENT);
    return *this;
}

sqlite_insert& sqlite_insert::real(double value)
{
    sqlite3_bind_double(statement_, ++column_, value);
    return *this;
}

sqlite_insert& sqlite_insert::integer(std::int64_t value)
{
    sqlite3_bind_int64(statement_, ++column_, value);
    return *this;
}

sqlite_insert& sqlite_insert::null()
{
    sqlite3_bind_null(statement_, ++column_);
    return *this;
}

void sqlite_insert::step()
{
    if (sqlite3_step(statement_) != SQLITE_DONE) {
        throw std::runtime_error(fmt::format("cannot insert: {}", sqlite3_errmsg(db_)));
    }
    sqlite3_reset(statement_);
    column_ = 0;
}

namespace {

enum purpose : std::uint64_t
{
    for_audit = 60
};

bool has_fts5()
{
    return sqlite3_compileoption_used("ENABLE_FTS5") != 0;
}

/// Rows [0, split) end up in the main file, the others in the log only.
std::uint64_t split_of(std::uint64_t rows)
{
    return rows - (rows + 3) / 4;
}

void insert_platform_rows(sqlite_insert& insert, const user_plan& user, const std::string& language)
{
    insert.text("user-unique/email/" + user.email()).text(user.username).step();
    insert.text("user-indexed/language/" + user.username).text(language).step();
}

std::string current_language(const user_plan& user)
{
    return user.language_changed ? user.language() : user.first_language();
}

void write_index(const deployment& plan, const std::filesystem::path& file,
                 const std::vector<std::pair<std::string, std::string>>& extra)
{
    sqlite_db db(file);
    db.run(user_index_schema);
    const std::uint64_t split = split_of(plan.users.size());
    {
        sqlite_insert insert(db, "INSERT INTO id4name (username, userId) VALUES (?, ?)");
        db.run("BEGIN");
        for (std::uint64_t i = 0; i < plan.users.size(); ++i) {
            if (i == split && plan.opt.wal) {
                db.run("COMMIT");
                db.checkpoint();
                db.run("BEGIN");
            }
            insert.text(plan.users[i].username).text(plan.users[i].id).step();
        }
        for (const auto& [name, id] : extra) insert.text(name).text(id).step();
        db.run("COMMIT");
    }
    db.finish(plan.opt.wal);
}

void write_platform(const deployment& plan, const std::filesystem::path& file,
                    const std::vector<std::pair<std::string, std::string>>& extra)
{
    sqlite_db db(file);
    db.run(platform_schema);
    const std::uint64_t split = split_of(plan.users.size());
    {
        sqlite_insert insert(db, "INSERT INTO keyValue (key, value) VALUES (?, ?)");
        // The main file holds the first language of all; changes are in the log, so that
        // who overlooks it reads values that once were right.
        db.run("BEGIN");
        for (std::uint64_t i = 0; i < split; ++i) {
            insert_platform_rows(insert, plan.users[i], plan.users[i].first_language());
        }
        db.run("COMMIT");
        if (plan.opt.wal) db.checkpoint();
        db.run("BEGIN");
        for (std::uint64_t i = split; i < plan.users.size(); ++i) {
            insert_platform_rows(insert, plan.users[i], current_language(plan.users[i]));
        }
        for (const auto& [key, value] : extra) insert.text(key).text(value).step();
        sqlite_insert change(db, "UPDATE keyValue SET value = ? WHERE key = ?");
        for (std::uint64_t i = 0; i < split; ++i) {
            const auto& user = plan.users[i];
            if (!user.language_changed) continue;
            change.text(user.language()).text("user-indexed/language/" + user.username).step();
        }
        db.run("COMMIT");
    }
    db.finish(plan.opt.wal);
}

/// Bytes of a database that has this schema and no rows: creating one schema
/// takes milliseconds, copying its few pages does not.
std::string make_template(const std::string& schema, const std::filesystem::path& scratch)
{
    for (const auto* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(scratch.string() + suffix);
    sqlite_db db(scratch);
    db.run(schema);
    db.finish(false);
    std::string bytes(std::filesystem::file_size(scratch), '\0');
    std::ifstream(scratch, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    std::filesystem::remove(scratch);
    return bytes;
}

/// A new file with this schema; made beside its final place the first time.
void start_database(const std::string& schema, const std::filesystem::path& file)
{
    static std::mutex mutex;
    static std::map<std::string, std::string> templates;
    const std::string* bytes = nullptr;
    {
        const std::lock_guard lock(mutex);
        auto& known = templates[schema];
        if (known.empty()) known = make_template(schema, file.string() + ".template");
        bytes = &known;
    }
    write_file(file, *bytes);
}

void write_account(const deployment& plan, const user_plan& user, const std::filesystem::path& file)
{
    start_database(plan.has_key_values() ? account_schema : account_schema_1_8, file);
    sqlite_db db(file);
    db.run("BEGIN");
    {
        sqlite_insert insert(db, "INSERT INTO passwords (time, hash, createdBy) VALUES (?, ?, ?)");
        for (std::uint64_t i = 0; i < user.passwords; ++i) {
            // The current password is in the log.
            if (i + 1 == user.passwords && user.keeps_wal) {
                db.run("COMMIT");
                db.checkpoint();
                db.run("BEGIN");
            }
            const auto word = user_password(user, i);
            insert.real(word.time).text(word.hash).text("system").step();
        }
        if (user.key_values > 0) {
            sqlite_insert values(db, "INSERT INTO storeKeyValueData (storeId, key, value) VALUES (?, ?, ?)");
            for (std::uint64_t i = 0; i < user.key_values; ++i) {
                const auto pair = user_key_value(user, i);
                values.text(pair.store).text(pair.key).text(pair.json).step();
            }
        }
    }
    db.run("COMMIT");
    db.finish(user.keeps_wal);
}

void write_audit(const deployment& plan, const user_plan& user, const std::filesystem::path& file)
{
    // Full text search is v1's, and slow: it is left out where it would take longer than all else.
    const bool search = has_fts5() && plan.opt.audit_per_user * static_cast<double>(plan.users.size()) <= 1e6;
    start_database(search ? std::string(event_store_schema) + event_store_fts_schema : event_store_schema,
                   file);
    sqlite_db db(file);
    {
        sqlite_insert insert(db, audit_insert_sql);
        const std::uint64_t split = split_of(user.audit_rows);
        const double from = static_cast<double>(user.start_ms) / 1000.0;
        const double span = static_cast<double>(plan.end_ms - user.start_ms) / 1000.0;
        db.run("BEGIN");
        for (std::uint64_t i = 0; i < user.audit_rows; ++i) {
            if (i == split && user.keeps_wal) {
                db.run("COMMIT");
                db.checkpoint();
                db.run("BEGIN");
            }
            const double part = static_cast<double>(i) / static_cast<double>(user.audit_rows);
            const double ms = static_cast<double>(static_cast<std::uint64_t>((from + span * part) * 1000.0));
            insert_audit_row(insert, user, i, ms / 1000.0);
        }
        db.run("COMMIT");
    }
    db.finish(user.keeps_wal);
}

} // namespace

void insert_audit_row(sqlite_insert& insert, const user_plan& user, std::uint64_t row, double time)
{
    constexpr std::array<std::string_view, 10> actions{
        "events.get", "events.create", "events.update", "streams.get",   "accesses.get",
        "auth.login", "account.get",   "profile.get",   "events.getOne", "getAccessInfo"};
    rng random(user.key, for_audit, row);
    const auto action = random.pick(actions);
    const std::string access =
        action == "auth.login" ? "valid-password" : user.access_id(random.below(user.accesses));
    const bool error = random.chance(0.05);
    std::string content = fmt::format(
        R"({{"source":{{"name":"http","ip":"10.{}.{}.7"}},"action":"{}","query":{{"limit":{},"text":"é"}})",
        random.below(256), random.below(256), action, random.below(1000));
    if (error) {
        content += R"(,"id":"unknown-resource","message":"Unknown resource")";
    } else if (action == "events.create") {
        content += fmt::format(R"(,"record":{{"key":"EVENT:0:{}:{}","integrity":"EVENT:0:sha256-{}"}})",
                               cuid(static_cast<std::uint64_t>(time * 1000), random.next()), time,
                               "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    }
    content += '}';
    insert.text(cuid(static_cast<std::uint64_t>(time * 1000), mix(user.key, for_audit, row))).null();
    insert.text(fmt::format("access-{} action-{} ..", access, action)).real(time).null().real(time);
    insert.text(error ? "audit-log/pryv-api-error" : "audit-log/pryv-api").text(content);
    insert.null().null().null().null().integer(0).real(time).text("system").real(time).text("system").step();
}

void write_index_and_platform(const deployment& plan, const std::filesystem::path& users_folder,
                              const std::vector<std::pair<std::string, std::string>>& extra_index,
                              const std::vector<std::pair<std::string, std::string>>& extra_platform)
{
    std::filesystem::create_directories(users_folder);
    write_index(plan, users_folder / "user-index.db", extra_index);
    write_platform(plan, users_folder / "platform-wide.db", extra_platform);
}

void write_user_databases(const deployment& plan, const user_plan& user, const std::filesystem::path& folder,
                          counters& counts)
{
    std::filesystem::create_directories(folder);
    if (!plan.opt.mongo_index) write_account(plan, user, folder / "account-1.0.0.sqlite");
    write_audit(plan, user, folder / "audit-1.0.0.sqlite");
    counts[count::audit] = user.audit_rows;
    if (user.keeps_wal && mix(user.key, for_audit) % 2 == 0) {
        // A copy of a live deployment often comes without the shared-memory index.
        for (const auto* name : {"account-1.0.0.sqlite-shm", "audit-1.0.0.sqlite-shm"}) {
            std::filesystem::remove(folder / name);
        }
    }
}

} // namespace sample
