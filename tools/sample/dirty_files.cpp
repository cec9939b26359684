// Odd attachments and SQLite files.

#include "dirty_builder.hpp"
#include "files_out.hpp"
#include "ids.hpp"
#include "rng.hpp"
#include "sqlite_out.hpp"
#include "stable_hash.hpp"

#include <array>
#include <stdexcept>
#include <sys/stat.h>

namespace sample {

namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

enum class state
{
    right,
    missing,
    shorter,
    other_bytes,
    symlink,
    fifo,
    elsewhere
};

/// One event of `dirty-files` and what is on disk for the file that it lists.
struct file_case
{
    std::string_view file;
    std::string_view bytes; ///< that the event describes
    state on_disk;
    std::string_view rule;
    std::string_view outcome;
    std::string_view text;
};

constexpr std::array<file_case, 10> cases{
    {{"czfile00000000000000shared", "first bytes", state::right, "none", "written",
      "first event with this file id"},
     {"czfile00000000000000shared", "second, other bytes", state::right, "attachment-renamed", "changed",
      "second event with the same file id"},
     {"czfile0000000000000missing", "never there", state::missing, "attachment-missing", "listed", "no file"},
     {"czfile0000000000000shorter", "longer than on disk", state::shorter, "attachment-different", "listed",
      "wrong size"},
     {"czfile00000000000otherbyte", "same length one", state::other_bytes, "attachment-different", "listed",
      "right size, wrong hash"},
     {"czfile00000000000unhashed0", "no integrity", state::right, "none", "written",
      "listed without integrity"},
     {"czfile000000000000symlink0", "a link", state::symlink, "attachment-not-a-file", "listed",
      "a symlink out of the users' folder"},
     {"czfile000000000000000fifo0", "a pipe", state::fifo, "attachment-not-a-file", "listed", "a FIFO"},
     {"../../evil", "secret", state::elsewhere, "attachment-hostile-id", "listed",
      "the id climbs to a file that exists beside attachments/"},
     {"document", "a plain name", state::right, "none", "written", "file id that is no cuid"}}};

std::string case_event_id(std::size_t index)
{
    return fmt::format("czfiles{:018}", index + 1);
}

/// Files that no event lists, by path below attachments/.
constexpr std::array<std::string_view, 4> orphans{
    "czfiles000000000000000001/unlisted", "czunknownevent00000000000/orphan", "stray-file-at-the-wrong-level",
    "czfiles000000000000000001/deeper/file"};

user_expectation& find_user(expectation& expected, std::string_view id)
{
    for (auto it = expected.users.rbegin(); it != expected.users.rend(); ++it) {
        if (it->id == id) return *it;
    }
    throw std::logic_error(fmt::format("no user {}", id));
}

class file_spoiler
{
public:
    file_spoiler(const deployment& plan, expectation& expected) : plan_(plan), expected_(expected) {}

    const user_plan& user(std::string_view name) const
    {
        for (auto it = plan_.users.rbegin(); it != plan_.users.rend(); ++it) {
            if (it->username == name) return *it;
        }
        throw std::logic_error(fmt::format("no dirty user {}", name));
    }
    fs::path folder(const user_plan& user) const { return user_folder(plan_, user); }
    counters& counts(const user_plan& user) { return find_user(expected_, user.id).counts; }
    void note(std::string_view rule, std::string_view kind, const user_plan& user, std::string_view id,
              std::string_view outcome, std::string_view text)
    {
        expected_.dirty.push_back({std::string(rule), std::string(kind), user.id, std::string(id),
                                   std::string(outcome), std::string(text)});
    }

    void attachments();
    void accounts();
    void key_values();
    void audits();
    void other_files();
    void folder_only();

private:
    void put(const user_plan& user, const fs::path& file, std::string_view bytes)
    {
        write_file(file, bytes);
        ++counts(user)[count::files];
        counts(user)[count::file_bytes] += bytes.size();
    }
    void put_case(const user_plan& user, const file_case& which, const fs::path& file);
    void fail(const user_plan& user, std::string_view cause) { expected_.failing[user.id] = cause; }

    const deployment& plan_;
    expectation& expected_;
};

void file_spoiler::put_case(const user_plan& user, const file_case& which, const fs::path& file)
{
    fs::create_directories(file.parent_path());
    switch (which.on_disk) {
    case state::right: return put(user, file, which.bytes);
    case state::missing: return;
    case state::shorter: return put(user, file, which.bytes.substr(0, 5));
    case state::other_bytes: return put(user, file, std::string(which.bytes.size(), '?'));
    case state::symlink: {
        // From <event>/ up through attachments, user, three levels, users and var-pryv.
        fs::create_symlink("../../../../../../../../configs/api.yml", file);
        return;
    }
    case state::fifo:
        if (mkfifo(file.c_str(), 0600) != 0) throw std::runtime_error("cannot make a FIFO: " + file.string());
        return;
    case state::elsewhere: write_file(folder(user) / "evil", which.bytes); return;
    }
}

void file_spoiler::attachments()
{
    const auto& user_files = user("dirty-files");
    const auto root = attachments_folder(plan_, user_files);
    for (std::size_t i = 0; i < cases.size(); ++i) {
        put_case(user_files, cases[i], root / case_event_id(i) / cases[i].file);
    }
    for (const auto path : orphans) {
        put(user_files, root / path, "nobody lists this");
        note("attachment-orphan", "attachments", user_files, path, "listed", "no event lists it");
    }
    if (plan_.opt.version != v1_version::v1_9_3) return;
    const auto& old = user("dirty-old-files");
    write_file(plan_.opt.out / "var-pryv" / "attachments" / old.id / "czoldevent" / "czoldfile",
               "left behind");
    note("attachment-old-place", "attachments", old, "czoldevent/czoldfile", "listed",
         "left by an interrupted migration to 1.9");
}

void file_spoiler::accounts()
{
    if (plan_.opt.mongo_index) return;
    constexpr auto account = "account-1.0.0.sqlite";
    const auto remove = [&](const user_plan& whose) {
        for (const auto* suffix : {"", "-wal", "-shm"})
            fs::remove(folder(whose) / (std::string(account) + suffix));
    };
    const auto& without = user("dirty-no-account");
    remove(without);
    counts(without)[count::passwords] = counts(without)[count::key_values] = 0;
    fail(without, "no account file");
    const auto& bad = user("dirty-bad-account");
    remove(bad);
    write_file(folder(bad) / account,
               "SQLite format 3" + std::string(1, '\0') + incompressible(bad.key, 9000));
    counts(bad)[count::passwords] = counts(bad)[count::key_values] = 0;
    fail(bad, "the account file is corrupt");
    const auto& open = user("dirty-no-password");
    sqlite_db db(folder(open) / account);
    db.run("DELETE FROM passwords");
    db.finish(open.keeps_wal);
    counts(open)[count::passwords] = 0;
    note("password-missing", "passwords", open, "", "listed", "no password: a warning");
}

void file_spoiler::key_values()
{
    if (plan_.opt.mongo_index || !plan_.has_key_values()) return;
    constexpr std::array<std::array<std::string_view, 3>, 8> values{
        {{"text", "\"a string\"", "parses to a string"},
         {"number", "12.50", "parses to a number"},
         {"object", "{\"b\":1,\"a\":{\"10\":1,\"9\":2}}", "parses to an object"},
         {"null", "null", "parses to null"},
         {"invalid", "{not json", "is no JSON"},
         {"empty", "", "is empty"},
         {"nul", "{\"a\\u0000b\":\"c\\u0000\"}", "U+0000 in key and value"},
         {"lone", "\"\\ud800\"", "a lone surrogate"}}};
    const auto& owner = user("dirty-key-values");
    sqlite_db db(folder(owner) / "account-1.0.0.sqlite");
    {
        sqlite_insert insert(db, "INSERT INTO storeKeyValueData (storeId, key, value) VALUES ('odd', ?, ?)");
        for (const auto& [key, value, text] : values) {
            insert.text(key).text(value).step();
            ++counts(owner)[count::key_values];
            note("key-value", "storeKeyValues", owner, key, "listed", text);
        }
    }
    db.finish(owner.keeps_wal);
}

void add_odd_audit_rows(sqlite_db& db)
{
    sqlite_insert insert(db, audit_insert_sql);
    const auto row = [&](std::string_view streams, std::string_view content) {
        insert.null()
            .null()
            .text(streams)
            .real(1675099361)
            .null()
            .null()
            .text("audit-log/pryv-api")
            .text(content);
        insert.null().null().null().null().integer(0).real(1675099361).text("system").real(1675099361);
        insert.text("system").step();
    };
    row("access-a action-events.get ..", R"({"action":"events.get"})");
    row("access-a action-events.get ..", R"({"action":"events.get"})");
    row("..", "{broken");
    insert.text("czauditnulls").null().null().null().null().null().null().null().null();
    insert.null().null().null().null().null().null().null().null().step();
    insert.text("czauditnul").null().text("..").real(-0.0).null().null().text(std::string("ty\0pe"sv));
    insert.text("\"\\u0000\"").text("a\xff").null().null().null().integer(7).integer(9007199254740993).null();
    insert.null().null().step();
}

void file_spoiler::audits()
{
    const auto& owner = user("dirty-audit");
    {
        sqlite_db db(folder(owner) / "audit-1.0.0.sqlite");
        add_odd_audit_rows(db);
        db.finish(owner.keeps_wal);
    }
    counts(owner)[count::audit] += 5;
    note("audit-null-id", "audit", owner, "", "changed", "three rows without eventid, two of them equal");
    note("audit-odd", "audit", owner, "czauditnulls", "written", "nothing but an id");
    note("nul", "audit", owner, "czauditnul", "changed",
         "U+0000, invalid UTF-8, trashed 7, created above 2^53");
    sqlite_db old(folder(owner) / "audit.sqlite");
    old.run(audit_v0_schema);
    old.run("INSERT INTO events (eventid, streamIds, time, duration, type, content, created, createdBy, "
            "modified, "
            "modifiedBy) VALUES "
            "('cl10pws280000gfku7szqhao5', 'access-app_A action-accesses.get', 1647867748.112, NULL, "
            "'audit-log/pryv-api', '{\"action\":\"accesses.get\",\"query\":{}}', 1647867748.112, 'system', "
            "1647867748.112, 'system'),"
            "('czauditnulls', 'access-app_A action-events.get', 1647867749, 2.5, 'audit-log/pryv-api', '{}', "
            "1647867749, 'system', 1647867749, 'system')");
    old.finish(owner.keeps_wal);
    counts(owner)[count::audit] += 2;
    note("audit-v0", "audit", owner, "cl10pws280000gfku7szqhao5", "written", "from audit.sqlite of 1.7");
    note("audit-duplicate-id", "audit", owner, "czauditnulls", "listed", "in both audit files");
    const auto& empty = user("dirty-empty-audit");
    for (const auto* suffix : {"-wal", "-shm"}) {
        fs::remove(folder(empty) / (std::string("audit-1.0.0.sqlite") + suffix));
    }
    write_file(folder(empty) / "audit-1.0.0.sqlite", "");
    counts(empty)[count::audit] = 0;
    fail(empty, "the audit file has zero bytes");
}

void file_spoiler::other_files()
{
    const auto& owner = user("dirty-local-store");
    sqlite_db db(folder(owner) / "local-1.0.0.sqlite");
    db.run(event_store_schema);
    db.run("INSERT INTO events (eventid, streamIds, time, endTime, type, content) VALUES "
           "('czlocalevent', 'diary ..', 1, 1, 'note/txt', '\"left\"')");
    db.finish(false);
    note("local-store", "events", owner, "czlocalevent", "listed",
         "an events file of the other engine; the configuration says mongodb");
    const auto users = plan_.opt.out / "var-pryv" / "users";
    write_file(users / "audit-db-version-1.0.0.txt", "1.0.0");
    write_file(plan_.opt.out / "var-pryv" / "previews" / owner.id / "czevent" / "256.jpg", "a cache");
    write_file(users / "a" / "b" / "c" / "czmisplaced00000000000000" / "account-1.0.0.sqlite", "");
    note("folder-misplaced", "users", owner, "czmisplaced00000000000000", "listed",
         "its three levels are not the end of its name; not this user's");
}

void file_spoiler::folder_only()
{
    const auto make = [&](std::string_view id) {
        user_plan lonely;
        lonely.id = id;
        lonely.key = mix(plan_.opt.seed, id.size(), 3);
        lonely.start_ms = plan_.end_ms - 86400000;
        lonely.streams = lonely.accesses = 1;
        lonely.audit_rows = 4;
        auto& counted = find_user(expected_, id).counts;
        write_user_databases(plan_, lonely, folder(lonely), counted);
        if (!plan_.opt.mongo_index) counted[count::passwords] = 1;
    };
    expected_.users.push_back({std::string(folder_only_id), "", {}});
    expected_.folder_only.emplace_back(folder_only_id);
    make(folder_only_id);
    make(profile_only_id);
}

} // namespace

void add_dirty_file_events(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-files");
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const auto& which = cases[i];
        auto event = dirty.event(user);
        event.id = case_event_id(i);
        event.type = "file/attached";
        attachment_item item{std::string(which.file), "naïve file 📎.bin", "application/octet-stream",
                             static_cast<double>(which.bytes.size()), ""};
        if (which.text != "listed without integrity") item.integrity = "sha256-" + digest_base64(which.bytes);
        event.attachments = {item};
        ++dirty.counts(user)[count::files_listed];
        dirty.add(which.rule, user, event, which.outcome, which.text,
                  [](bson_out& out) { out.null("content"); });
    }
}

void write_dirty_files(const deployment& plan, expectation& expected)
{
    file_spoiler spoiler(plan, expected);
    spoiler.attachments();
    spoiler.accounts();
    spoiler.key_values();
    spoiler.audits();
    spoiler.other_files();
    spoiler.folder_only();
}

} // namespace sample
