// Odd users: who owns a document, and what the index and the platform say.

#include "dirty_builder.hpp"
#include "ids.hpp"
#include "rng.hpp"

namespace sample {

namespace {

using namespace std::string_view_literals;

constexpr double odd_time = 1762000000.5;

/// An event with everything but an owner; `owner` writes userId or nothing.
template <class Owner>
std::string append_event_of(dirty_builder& dirty, Owner owner)
{
    auto& out = dirty.of(collection::events);
    const auto id = dirty.next_id();
    out.begin();
    out.string("_id", id);
    out.strings("streamIds", {"diary"});
    out.string("type", "note/txt");
    out.string("content", "whose?");
    out.number("time", odd_time);
    out.number("endTime", odd_time);
    out.null("deleted");
    owner(out);
    out.end();
    return id;
}

void add_unowned(dirty_builder& dirty)
{
    const auto add = [&](std::string_view text, auto owner) {
        const auto id = append_event_of(dirty, owner);
        dirty.note_unowned("unowned", "events", "", id, "listed", text);
    };
    add("no userId", [](bson_out&) {});
    add("userId is a number", [](bson_out& out) { out.int32("userId", 42); });
    add("userId is empty", [](bson_out& out) { out.string("userId", ""); });
    add("userId is null", [](bson_out& out) { out.null("userId"); });
    add("userId is an ObjectId", [](bson_out& out) {
        out.oid("userId", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    });
    auto& streams = dirty.of(collection::streams);
    streams.begin();
    streams.oid("_id", dirty.next_oid());
    streams.string("name", "Nobody's");
    streams.null("deleted");
    streams.string("streamId", "nobodys");
    streams.end();
    dirty.note_unowned("unowned", "streams", "", "nobodys", "listed", "no userId");
}

void add_index_row(dirty_builder& dirty, std::string_view username, std::string_view id)
{
    if (!dirty.plan().opt.mongo_index) {
        dirty.documents().index.emplace_back(username, id);
        return;
    }
    auto& out = dirty.of(collection::id4name);
    out.begin();
    out.oid("_id", dirty.next_oid());
    out.string("userId", id);
    out.string("username", username);
    out.end();
}

void add_hostile_ids(dirty_builder& dirty)
{
    const std::pair<std::string_view, std::string_view> refused[] = {
        {"../../x"sv, "climbs out"}, {"/abs"sv, "absolute"},           {"a/b"sv, "a folder in a folder"},
        {".."sv, "the parent"},      {"."sv, "the folder itself"},     {"line\nbreak"sv, "a newline"},
        {"nul\0byte"sv, "U+0000"},   {"utf\xff-8"sv, "invalid UTF-8"}, {"ab"sv, "v1 needs 3 characters"}};
    const auto add = [&](std::string_view id, std::string_view text) {
        const auto event = append_event_of(dirty, [&](bson_out& out) { out.string("userId", id); });
        dirty.note_unowned("hostile-id", "events", id, event, "listed", text);
        dirty.expected().refused_ids.emplace_back(id);
    };
    for (const auto& [id, text] : refused) add(id, text);
    add(std::string(300, 'x'), "300 bytes: longer than a file name may be");
    add_index_row(dirty, "climber", "../../y");
    dirty.expected().refused_ids.emplace_back("../../y");
    dirty.note_unowned("hostile-id", "index", "../../y", "climber", "listed", "only the index has it");
}

void add_strangers(dirty_builder& dirty)
{
    const auto unknown = [&](std::string_view id, std::string_view text) {
        const auto user = dirty.add_user(id, "");
        const auto event = append_event_of(dirty, [&](bson_out& out) { out.string("userId", id); });
        dirty.count_event(user, count::heads);
        dirty.note("not-in-index", "events", user, event, "listed", text);
        dirty.expected().not_in_index.emplace_back(id);
    };
    unknown(not_in_index_id, "has events, but no row in the index and no folder");
    unknown("-rf", "begins like an option; a legal folder name");
    unknown("CON", "a device name elsewhere; a legal folder name");
    add_index_row(dirty, "index-only-1", "czindexonly00000000000001");
    add_index_row(dirty, "index-only-2", "czindexonly00000000000002");
    for (const auto* id : {"czindexonly00000000000001", "czindexonly00000000000002"}) {
        dirty.expected().index_only.emplace_back(id);
        dirty.note_unowned("index-only", "index", id, id, "listed", "neither documents nor a folder");
    }
    const auto lonely = dirty.add_user(profile_only_id, "dirty-only-profile");
    add_index_row(dirty, lonely.username, lonely.id);
    auto& out = dirty.of(collection::profile);
    out.begin();
    out.oid("_id", dirty.next_oid());
    out.begin_document("data");
    out.string("alone", "yes");
    out.end();
    out.string("profileId", "private");
    out.string("userId", lonely.id);
    out.end();
    ++dirty.counts(lonely)[count::profile];
    dirty.note("none", "profile", lonely, "private", "written", "the user has nothing else");
}

void add_index_doubles(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-same-id");
    add_index_row(dirty, "dirty-second-name", user.id);
    dirty.note("index-id-twice", "index", user, "dirty-second-name", "listed", "one user id, two usernames");
    if (!dirty.plan().opt.mongo_index) return;
    add_index_row(dirty, "dirty-same-id", "czsecondidofname000000001");
    dirty.note_unowned("index-name-twice", "index", "czsecondidofname000000001", "dirty-same-id", "listed",
                       "one username, two user ids");
}

void add_platform_rows(dirty_builder& dirty)
{
    const auto unique = [&](std::string_view field, std::string_view value, std::string_view username) {
        ++dirty.expected().platform_unique;
        if (!dirty.plan().opt.mongo_index) {
            dirty.documents().platform.emplace_back(fmt::format("user-unique/{}/{}", field, value), username);
            return;
        }
        auto& out = dirty.of(collection::platform_unique);
        out.begin();
        out.oid("_id", dirty.next_oid());
        out.string("field", field);
        out.string("value", value);
        out.string("username", username);
        out.end();
    };
    unique("insurance", "CH/756/1234", "dirty-both");
    dirty.note_unowned("platform-slash", "platform", "", "CH/756/1234", "written", "the value holds slashes");
    unique("email", "ghost@example.com", "no-such-user");
    dirty.note_unowned("platform-unknown-user", "platform", "", "ghost@example.com", "listed",
                       "of no known user");
    if (dirty.plan().opt.mongo_index) return;
    for (const auto* key : {"core-info/co1", "user-unique/onlyfield", "no-slash-at-all"}) {
        dirty.documents().platform.emplace_back(key, "odd");
        dirty.note_unowned("platform-foreign", "platform", "", key, "written", "as key and value");
    }
}

void add_mongo_account_rows(dirty_builder& dirty)
{
    if (!dirty.plan().opt.mongo_index) return;
    const auto& user = dirty.user("dirty-numeric-author");
    auto& passwords = dirty.of(collection::passwords);
    passwords.begin();
    passwords.oid("_id", dirty.next_oid());
    passwords.string("userId", user.id);
    passwords.number("time", odd_time);
    passwords.string("hash", fake_bcrypt(user.key));
    passwords.number("createdBy", 1675099361.472);
    passwords.end();
    ++dirty.counts(user)[count::passwords];
    dirty.note("password-repaired", "passwords", user, "1675099361.472", "changed",
               "createdBy is the real time");
    auto& values = dirty.of(collection::key_values);
    values.begin();
    values.oid("_id", dirty.next_oid());
    values.string("storeId", "local");
    values.null("userId");
    values.string("key", "migrated");
    values.string("value", "whose?");
    values.end();
    dirty.note_unowned("unowned", "storeKeyValues", "", "migrated", "listed", "userId is null");
}

} // namespace

void add_dirty_users_and_index(dirty_builder& dirty)
{
    add_unowned(dirty);
    add_hostile_ids(dirty);
    add_strangers(dirty);
    add_index_doubles(dirty);
    add_platform_rows(dirty);
    add_mongo_account_rows(dirty);
}

} // namespace sample
