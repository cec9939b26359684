#include "records.hpp"

#include "content.hpp"
#include "ids.hpp"
#include "rng.hpp"
#include "stable_hash.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace sample {

namespace {

enum purpose : std::uint64_t
{
    for_streams = 40,
    for_accesses,
    for_profile,
    for_slices,
    for_webhooks,
    for_passwords,
    for_key_values,
    for_sessions,
};

constexpr std::array<std::string_view, collection_count> names{
    "events",    "streams",          "accesses",       "profile",        "followedSlices",
    "webhooks",  "versions",         "sessions",       "passwordResets", "id4name",
    "passwords", "stores-key-value", "keyValueUnique", "keyValueIndexed"};

constexpr std::uint64_t mongo_process = 0x63d7fce26aULL;

double seconds(std::uint64_t milliseconds)
{
    return static_cast<double>(milliseconds) / 1000.0;
}

object_id row_oid(const user_plan& user, std::uint64_t row)
{
    return make_object_id(user.start_ms, mongo_process, user.index * 1024 + row);
}

void append_authors(bson_out& out, double created, double modified, std::string_view by)
{
    out.number("created", created);
    out.string("createdBy", by);
    out.number("modified", modified);
    out.string("modifiedBy", by);
}

struct stream_row
{
    std::string id;
    std::string parent; ///< empty: root
    std::string name;
    bool trashed = false;
    bool deleted = false;
};

void add_tag_streams(std::vector<stream_row>& rows)
{
    rows.push_back({"tags-migrated", "", "Migrated Tags", false, false});
    for (const std::string tag : {"super", "été", "running"}) {
        rows.push_back({"tag-migrated-" + tag, "tags-migrated", tag, false, false});
    }
}

std::vector<stream_row> make_streams(const user_plan& user)
{
    rng random(user.key, for_streams);
    std::vector<stream_row> rows;
    std::vector<unsigned> depth;
    for (std::uint64_t j = 0; j < user.streams; ++j) {
        stream_row row{user.stream_id(j), "", make_text(random, 8) + " " + std::to_string(j), false, false};
        unsigned level = 1;
        if (j > 2 && random.chance(0.7)) {
            const auto parent = random.below(j);
            if (depth[parent] < 6) {
                row.parent = rows[parent].id;
                level = depth[parent] + 1;
            }
        }
        row.trashed = random.chance(0.03);
        depth.push_back(level);
        rows.push_back(std::move(row));
    }
    if (user.key % 10 == 3) add_tag_streams(rows);
    for (std::uint64_t j = 0; j < user.streams / 10; ++j) {
        rows.push_back({cuid(user.start_ms + 5000 + j, mix(user.key, for_streams, j)), "", "", false, true});
    }
    // A stream moved under a younger one is stored before its parent.
    for (std::size_t i = 1; i < rows.size(); ++i) {
        if (random.chance(0.1)) std::swap(rows[i], rows[random.below(i)]);
    }
    return rows;
}

void append_streams(const user_plan& user, bson_out& out, counters& counts)
{
    rng random(user.key, for_streams, 1);
    std::uint64_t number = 0;
    for (const auto& row : make_streams(user)) {
        const double at = seconds(user.start_ms + number);
        out.begin();
        out.oid("_id", row_oid(user, number++));
        ++counts[count::streams];
        if (row.deleted) {
            out.string("streamId", row.id);
            out.string("userId", user.id);
            out.number("deleted", at + 86400);
            out.end();
            ++counts[count::streams_deleted];
            continue;
        }
        out.string("name", row.name);
        if (row.parent.empty()) {
            out.null("parentId");
        } else {
            out.string("parentId", row.parent);
        }
        append_client_data(out, random);
        append_authors(out, at, at, user.access_id(0));
        if (row.trashed) out.boolean("trashed", true);
        out.null("deleted");
        out.string("streamId", row.id);
        out.string("userId", user.id);
        out.end();
    }
}

void append_permission(bson_out& out, std::size_t index, std::string_view stream, std::string_view level)
{
    out.begin_document(index_key(index));
    out.string("streamId", stream);
    out.string("level", level);
    out.end();
}

void append_permissions(const user_plan& user, bson_out& out, rng& random)
{
    constexpr std::array<std::string_view, 4> levels{"read", "contribute", "manage", "create-only"};
    out.begin_array("permissions");
    const std::uint64_t number = 1 + random.below(3);
    for (std::uint64_t i = 0; i < number; ++i) {
        const bool all = i == 0 && random.chance(0.1);
        append_permission(out, i, all ? "*" : user.stream_id(random.below(user.streams)),
                          random.pick(levels));
    }
    if (random.chance(0.1)) {
        out.begin_document(index_key(number));
        out.string("feature", "selfRevoke");
        out.string("setting", "forbidden");
        out.end();
    }
    out.end();
}

void append_calls(bson_out& out, rng& random)
{
    out.begin_document("calls");
    out.int32("events:get", static_cast<std::int32_t>(random.below(5000)));
    out.int32("streams:get", static_cast<std::int32_t>(random.below(300)));
    if (random.chance(0.5)) out.int32("events:create", static_cast<std::int32_t>(random.below(9000)));
    out.end();
}

void append_access(const user_plan& user, std::uint64_t j, bson_out& out, counters& counts)
{
    rng random(user.key, for_accesses, j);
    const std::size_t start = out.size();
    const std::string id = user.access_id(j);
    const double at = seconds(user.start_ms + j * 1000);
    const std::string_view type = j == 0 ? "personal" : (random.chance(0.5) ? "app" : "shared");
    const bool deleted = j > 1 && random.chance(0.15);
    out.begin();
    out.string("_id", id);
    out.string("token", cuid(user.start_ms + j * 7 + 1, mix(user.key, for_accesses, j, 1)));
    out.string("name", type == "shared" ? make_text(random, 12) + " " + std::to_string(j)
                                        : (j == 0 ? "pryv-test" : "app-web-" + std::to_string(j)));
    out.string("type", type);
    if (type == "app" && random.chance(0.5)) out.string("deviceName", "Calvin's Téléphone");
    if (type != "personal") append_permissions(user, out, random);
    append_authors(out, at, at + (random.chance(0.3) ? 1234.5 : 0), j == 0 ? "system" : user.access_id(0));
    if (type == "shared" && random.chance(0.3)) out.number("expires", at + 31536000);
    if (type == "shared") append_client_data(out, random);
    out.string("integrity", access_integrity_blank);
    if (random.chance(0.7)) out.number("lastUsed", at + static_cast<double>(random.below(10000000)) / 1000.0);
    if (random.chance(0.6)) append_calls(out, random);
    if (deleted) {
        out.number("deleted", at + 7000.125);
    } else {
        out.null("deleted");
    }
    out.string("userId", user.id);
    out.end();
    seal_access(out, start);
    ++counts[count::accesses];
    if (deleted) ++counts[count::accesses_deleted];
}

void append_profile_set(const user_plan& user, std::uint64_t row, std::string_view id, bson_out& out,
                        rng& random, bool ferretdb)
{
    out.begin();
    out.oid("_id", row_oid(user, row));
    out.begin_document("data");
    out.string("keyOne", make_text(random, 10));
    out.number("keyTwo", static_cast<double>(random.below(100)));
    out.null("cleared");
    out.begin_document(ferretdb ? "without-dot" : "with.dot");
    out.string("10", "ten");
    out.string("9", "nine");
    out.end();
    out.end();
    out.string("profileId", id);
    out.string("userId", user.id);
    out.end();
}

void append_profile(const user_plan& user, bson_out& out, counters& counts, bool ferretdb)
{
    rng random(user.key, for_profile);
    std::uint64_t row = 0;
    for (const auto& [id, share] : {std::pair{"private", 0.8}, {"public", 0.6}, {"app-web-1", 0.3}}) {
        if (!random.chance(share)) continue;
        append_profile_set(user, row++, id, out, random, ferretdb);
        ++counts[count::profile];
    }
}

void append_followed_slices(const user_plan& user, bson_out& out, counters& counts)
{
    rng random(user.key, for_slices);
    const std::uint64_t number = random.chance(0.2) ? random.between(1, 3) : 0;
    for (std::uint64_t i = 0; i < number; ++i) {
        out.begin();
        out.string("_id", cuid(user.start_ms + i, mix(user.key, for_slices, i)));
        out.string("name", "Slice n° " + std::to_string(i));
        out.string("url", "https://friend" + std::to_string(i) + ".example.com/");
        out.string("accessToken", cuid(user.start_ms, mix(user.key, for_slices, i, 1)));
        out.string("userId", user.id);
        out.end();
        ++counts[count::followed_slices];
    }
}

void append_run(bson_out& out, std::string_view key, double at, std::int32_t status)
{
    out.begin_document(key);
    out.int32("status", status);
    out.number("timestamp", at);
    out.end();
}

void append_webhook(const user_plan& user, std::uint64_t i, bson_out& out, counters& counts)
{
    rng random(user.key, for_webhooks, i);
    const double at = seconds(user.start_ms + 60000 + i);
    const std::string access = user.access_id(random.below(user.accesses));
    const bool active = random.chance(0.7);
    out.begin();
    out.string("_id", cuid(user.start_ms + 60000 + i, mix(user.key, for_webhooks, i)));
    ++counts[count::webhooks];
    if (random.chance(0.2)) {
        out.number("deleted", at + 500);
        out.string("userId", user.id);
        out.end();
        ++counts[count::webhooks_deleted];
        return;
    }
    out.string("accessId", access);
    out.string("url", "https://hooks.example.com/" + std::to_string(i));
    out.string("state", active ? "active" : "inactive");
    out.int32("runCount", 2);
    out.int32("failCount", active ? 0 : 2);
    append_run(out, "lastRun", at + 10, active ? 200 : 500);
    out.begin_array("runs");
    append_run(out, "0", at + 10, active ? 200 : 500);
    append_run(out, "1", at + 5, active ? 200 : 0);
    out.end();
    out.int32("currentRetries", active ? 0 : 5);
    out.int32("maxRetries", 5);
    out.int32("minIntervalMs", 5000);
    append_authors(out, at, at + 10, access);
    out.null("deleted");
    out.string("userId", user.id);
    out.end();
}

void append_session(const user_plan& user, bson_out& out)
{
    if (mix(user.key, for_sessions) % 10 != 0) return;
    out.begin();
    out.string("_id", cuid(user.start_ms + 1, mix(user.key, for_accesses, 0, 1)));
    out.begin_document("data");
    out.string("username", user.username);
    out.string("appId", "pryv-test");
    out.end();
    out.date("expires", static_cast<std::int64_t>(deployment_end_ms + 86400000));
    out.end();
}

void append_password_reset(const user_plan& user, bson_out& out)
{
    if (mix(user.key, for_sessions) % 97 != 1) return;
    out.begin();
    out.string("_id", cuid(user.start_ms + 2, mix(user.key, for_sessions, 1)));
    out.string("username", user.username);
    out.date("expires", static_cast<std::int64_t>(deployment_end_ms + 3600000));
    out.end();
}

void append_key_value(const key_value& pair, bson_out& out)
{
    if (pair.json == "12.5") return out.number("value", 12.5);
    if (pair.json == "[1,null,true]") {
        out.begin_array("value");
        out.int32("0", 1);
        out.null("1");
        out.boolean("2", true);
        return out.end();
    }
    out.begin_document("value");
    out.int32("x", 1);
    out.string("y", "é");
    out.end();
}

void append_mongo_engine_records(const user_plan& user, record_buffers& out)
{
    const auto of = [&](collection c) -> bson_out& { return out[static_cast<std::size_t>(c)]; };
    auto& index = of(collection::id4name);
    index.begin();
    index.oid("_id", row_oid(user, 0));
    index.string("userId", user.id);
    index.string("username", user.username);
    index.end();
    auto& passwords = of(collection::passwords);
    for (std::uint64_t i = 0; i < user.passwords; ++i) {
        const auto word = user_password(user, i);
        passwords.begin();
        passwords.oid("_id", row_oid(user, i));
        passwords.string("userId", user.id);
        passwords.number("time", word.time);
        passwords.string("hash", word.hash);
        passwords.string("createdBy", "system");
        passwords.end();
    }
    auto& values = of(collection::key_values);
    for (std::uint64_t i = 0; i < user.key_values; ++i) {
        const auto pair = user_key_value(user, i);
        values.begin();
        values.oid("_id", row_oid(user, i));
        values.string("storeId", pair.store);
        values.string("userId", user.id);
        values.string("key", pair.key);
        append_key_value(pair, values);
        values.end();
    }
    const auto row = [&](collection c, std::string_view field, std::string_view value) {
        auto& to = of(c);
        to.begin();
        to.oid("_id", row_oid(user, 0));
        to.string("field", field);
        to.string("value", value);
        to.string("username", user.username);
        to.end();
    };
    row(collection::platform_unique, "email", user.email());
    row(collection::platform_indexed, "language",
        user.language_changed ? user.language() : user.first_language());
}

} // namespace

std::string_view collection_name(collection c)
{
    return names[static_cast<std::size_t>(c)];
}

password user_password(const user_plan& user, std::uint64_t index)
{
    return {seconds(user.start_ms + index * 86400000), fake_bcrypt(mix(user.key, for_passwords, index))};
}

key_value user_key_value(const user_plan& user, std::uint64_t index)
{
    constexpr std::array<std::string_view, 3> values{"{\"x\":1,\"y\":\"é\"}", "12.5", "[1,null,true]"};
    return {index == 0 ? "local" : "dummy", "key-" + std::to_string(index),
            std::string(values[(mix(user.key, for_key_values) + index) % values.size()])};
}

void seal_access(bson_out& out, std::size_t start)
{
    std::string scratch;
    const std::string_view stored(out.bytes().data() + start, out.size() - start);
    const auto integrity = access_integrity(scratch, stored);
    patch_integrity(out.bytes(), out.bytes().find(access_integrity_blank, start), integrity);
}

void append_user_records(const deployment& plan, const user_plan& user, record_buffers& out, counters& counts)
{
    const auto of = [&](collection c) -> bson_out& { return out[static_cast<std::size_t>(c)]; };
    append_streams(user, of(collection::streams), counts);
    for (std::uint64_t j = 0; j < user.accesses; ++j)
        append_access(user, j, of(collection::accesses), counts);
    append_profile(user, of(collection::profile), counts, plan.opt.ferretdb);
    append_followed_slices(user, of(collection::followed_slices), counts);
    rng random(user.key, for_webhooks);
    const std::uint64_t webhooks = random.chance(0.3) ? random.between(1, 3) : 0;
    for (std::uint64_t i = 0; i < webhooks; ++i) append_webhook(user, i, of(collection::webhooks), counts);
    append_session(user, of(collection::sessions));
    append_password_reset(user, of(collection::password_resets));
    if (plan.opt.mongo_index) append_mongo_engine_records(user, out);
    if (!plan.opt.mongo_index && !plan.opt.files) return;
    counts[count::passwords] = user.passwords;
    counts[count::key_values] = user.key_values;
}

void append_global_records(const deployment& plan, record_buffers& out)
{
    auto& versions = out[static_cast<std::size_t>(collection::versions)];
    const double installed = seconds(plan.begin_ms);
    const auto migrated = [&](std::string_view id, double at) {
        versions.begin();
        versions.string("_id", id);
        versions.number("migrationStarted", at + 0.25);
        versions.number("migrationCompleted", at + 7.5);
        versions.end();
    };
    if (plan.opt.dirty) {
        for (const auto* id : {"1.4.0", "1.5.0", "1.7.0", "1.7.1", "1.7.5", "1.8.0"}) migrated(id, installed);
        if (plan.opt.version == v1_version::v1_9_3) {
            for (const auto* id : {"1.9.0", "1.9.2", "1.9.3"}) migrated(id, installed + 86400);
        }
        return;
    }
    versions.begin();
    versions.string("_id", plan.opt.version == v1_version::v1_9_3 ? "1.9.3" : "1.8.1");
    versions.number("initialInstall", installed + 0.5);
    versions.end();
}

} // namespace sample
