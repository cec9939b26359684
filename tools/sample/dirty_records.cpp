// Odd streams, accesses, webhooks, profiles and other small collections.

#include "dirty_builder.hpp"
#include "ids.hpp"
#include "rng.hpp"
#include "stable_hash.hpp"

namespace sample {

namespace {

using namespace std::string_view_literals;

constexpr double odd_time = 1762000000.5;

struct stream_shape
{
    std::string id;
    std::string name;
    std::string parent; ///< empty: root
};

template <class Extra>
void append_stream(dirty_builder& dirty, const user_plan& user, const stream_shape& shape, Extra extra)
{
    auto& out = dirty.of(collection::streams);
    out.begin();
    out.oid("_id", dirty.next_oid());
    out.string("name", shape.name);
    if (shape.parent.empty()) {
        out.null("parentId");
    } else {
        out.string("parentId", shape.parent);
    }
    out.number("created", odd_time);
    out.string("createdBy", "system");
    out.number("modified", odd_time);
    out.string("modifiedBy", "system");
    out.null("deleted");
    extra(out);
    out.string("streamId", shape.id);
    out.string("userId", user.id);
    out.end();
    ++dirty.counts(user)[count::streams];
}

void add_stream(dirty_builder& dirty, std::string_view rule, const user_plan& user, const stream_shape& shape,
                std::string_view outcome, std::string_view text)
{
    append_stream(dirty, user, shape, [](bson_out&) {});
    if (outcome == "setAside") ++dirty.counts(user)[count::streams_set_aside];
    dirty.note(rule, "streams", user, shape.id, outcome, text);
}

void add_stream_trees(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-streams");
    const auto add = [&](std::string_view rule, const stream_shape& shape, std::string_view outcome,
                         std::string_view text) { add_stream(dirty, rule, user, shape, outcome, text); };
    add("orphan-stream", {"orphan", "Orphan", "no-such-parent"}, "changed", "parent does not exist");
    add("orphan-stream", {"circle-a", "Circle A", "circle-b"}, "changed", "a cycle of two");
    add("orphan-stream", {"circle-b", "Circle B", "circle-a"}, "changed", "a cycle of two");
    add("orphan-stream", {"self", "Self", "self"}, "changed", "its own parent");
    add("none", {"late-child", "Child", "late-parent"}, "written", "stored before its parent");
    add("none", {"late-parent", "Parent", ""}, "written", "stored after its child");
    add("none", {"twin-1", "Twin", "late-parent"}, "written", "first of three siblings of one name");
    add("renamed-stream", {"twin-2", "Twin", "late-parent"}, "changed", "becomes Twin (2)");
    add("renamed-stream", {"twin-3", "Twin", "late-parent"}, "changed", "becomes Twin (3)");
    add("none", {"twin-taken", "Twin (2)", "late-parent"}, "written",
        "already has the name that the second twin would get");
    add("none", {"root-1", "Same root", ""}, "written", "two roots of one name are allowed");
    add("none", {"root-2", "Same root", ""}, "written", "two roots of one name are allowed");
    add("duplicate-id", {"root-2", "Again", ""}, "setAside", "the same stream id twice");
}

void add_long_path(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-long-path");
    constexpr int depth = 110;
    constexpr int most_levels = 100; // 26 bytes each; v2's limit is 2,600
    std::string parent;
    for (int level = 1; level <= depth; ++level) {
        const std::string id = fmt::format("c{:024}", level * 7919);
        const bool fits = level <= most_levels;
        add_stream(dirty, fits ? "none" : "stream-path", user, {id, fmt::format("Level {}", level), parent},
                   fits ? "written" : "setAside", fits ? "" : "its path is over 2,600 bytes");
        parent = id;
    }
}

void add_other_streams(dirty_builder& dirty)
{
    const auto& strange = dirty.user("dirty-unknown-key");
    append_stream(dirty, strange, {"strange", "Strange", ""}, [](bson_out& out) {
        out.strings("children", {});
        out.strings("childrenHidden", {});
        out.boolean("singleActivity", true);
        out.string("color", "red");
    });
    dirty.note("unknown-key", "streams", strange, "strange", "changed", "color; singleActivity is allowed");
    const auto& user = dirty.user("dirty-nul");
    add_stream(dirty, "nul", user, {"nul-stream", std::string("na\0me"sv), ""}, "changed", "in the name");
    const auto& broken = dirty.user("dirty-utf8");
    add_stream(dirty, "utf8", broken, {"utf8-stream", "na\xffme", ""}, "changed", "in the name");
    const auto& dated = dirty.user("dirty-date");
    auto& out = dirty.of(collection::streams);
    out.begin();
    out.oid("_id", dirty.next_oid());
    out.string("streamId", "dated-stream");
    out.date("deleted", 1562000000826);
    out.string("userId", dated.id);
    out.end();
    ++dirty.counts(dated)[count::streams];
    ++dirty.counts(dated)[count::streams_deleted];
    dirty.note("date", "streams", dated, "dated-stream", "changed", "deleted is a BSON Date");
}

struct access_shape
{
    std::string id;
    std::string token;
    std::string name;
    std::string device; ///< empty: absent
    std::string_view type = "app";
    bool deleted = false;
    bool null_device = false;
};

template <class Extra>
void append_access(dirty_builder& dirty, const user_plan& user, const access_shape& shape, Extra extra)
{
    auto& out = dirty.of(collection::accesses);
    const std::size_t start = out.size();
    out.begin();
    out.string("_id", shape.id);
    out.string("token", shape.token);
    out.string("name", shape.name);
    out.string("type", shape.type);
    if (!shape.device.empty()) out.string("deviceName", shape.device);
    if (shape.null_device) out.null("deviceName");
    out.begin_array("permissions");
    out.begin_document("0");
    out.string("streamId", "*");
    out.string("level", "read");
    out.end();
    out.end();
    out.number("created", odd_time);
    out.string("createdBy", "system");
    out.number("modified", odd_time);
    out.string("modifiedBy", "system");
    out.string("integrity", access_integrity_blank);
    extra(out);
    if (shape.deleted) {
        out.number("deleted", odd_time + 1);
    } else {
        out.null("deleted");
    }
    out.string("userId", user.id);
    out.end();
    seal_access(out, start);
    ++dirty.counts(user)[count::accesses];
    if (shape.deleted) ++dirty.counts(user)[count::accesses_deleted];
}

void add_access(dirty_builder& dirty, std::string_view rule, const user_plan& user, const access_shape& shape,
                std::string_view outcome, std::string_view text)
{
    append_access(dirty, user, shape, [](bson_out&) {});
    if (outcome == "setAside") ++dirty.counts(user)[count::accesses_set_aside];
    dirty.note(rule, "accesses", user, shape.id, outcome, text);
}

void add_double_accesses(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-access-dup");
    const auto add = [&](std::string_view rule, const access_shape& shape, std::string_view outcome,
                         std::string_view text) { add_access(dirty, rule, user, shape, outcome, text); };
    add("none", {dirty.next_id(), "token-one", "one", "", "app", false, false}, "written",
        "first with its token");
    add("duplicate-token", {dirty.next_id(), "token-one", "two", "", "app", false, false}, "setAside",
        "a live token twice");
    add("none", {dirty.next_id(), "token-one", "three", "", "app", true, false}, "written",
        "the same token, but deleted");
    add("none", {dirty.next_id(), "token-4", "same", "", "app", false, false}, "written",
        "first with its name");
    add("duplicate-name", {dirty.next_id(), "token-5", "same", "", "app", false, true}, "setAside",
        "name and type twice; null and absent device are equal");
    add("none", {dirty.next_id(), "token-6", "same", "phone", "app", false, false}, "written",
        "another device");
    add("none", {dirty.next_id(), "token-7", "same", "", "shared", false, false}, "written", "another type");
    add("none", {dirty.next_id(), "token-8", "same", "", "app", true, false}, "written",
        "the same, but deleted");
    const auto id = dirty.next_id();
    add("none", {id, "token-9", "nine", "", "app", false, false}, "written", "first of one id");
    add("duplicate-id", {id, "token-10", "ten", "", "app", false, false}, "setAside", "the same id twice");
}

void add_other_accesses(dirty_builder& dirty)
{
    const auto& strange = dirty.user("dirty-unknown-key");
    const auto id = dirty.next_id();
    append_access(dirty, strange, {id, "strange-token", "strange", "", "app", false, false},
                  [](bson_out& out) {
                      out.strings("_emptyPermissions", {});
                      out.string("apiEndpoint", "https://token@example.com/");
                      out.number("integrityBatchCode", 12.5);
                  });
    dirty.note("unknown-key", "accesses", strange, id, "changed",
               "_emptyPermissions; the others are markers");
    const auto& user = dirty.user("dirty-nul");
    add_access(dirty, "nul", user,
               {dirty.next_id(), "nul-token", std::string("na\0me"sv), "", "app", false, false}, "changed",
               "in the name");
    const auto& dated = dirty.user("dirty-date");
    const auto dated_id = dirty.next_id();
    auto& out = dirty.of(collection::accesses);
    out.begin();
    out.string("_id", dated_id);
    out.string("token", "dated-token");
    out.string("name", "dated");
    out.string("type", "shared");
    out.date("deleted", 1562000000826);
    out.string("userId", dated.id);
    out.end();
    ++dirty.counts(dated)[count::accesses];
    ++dirty.counts(dated)[count::accesses_deleted];
    dirty.note("date", "accesses", dated, dated_id, "changed", "deleted is a BSON Date; no integrity");
}

void append_webhook(dirty_builder& dirty, const user_plan& user, std::string_view id, std::string_view url,
                    bool stranger)
{
    auto& out = dirty.of(collection::webhooks);
    out.begin();
    out.string("_id", id);
    out.string("accessId", user.access_id(0));
    out.string("url", url);
    out.string("state", "active");
    out.int32("runCount", 0);
    out.int32("failCount", 0);
    out.number("created", odd_time);
    out.string("createdBy", user.access_id(0));
    out.number("modified", odd_time);
    out.string("modifiedBy", user.access_id(0));
    if (stranger) out.string("retryPolicy", "never");
    out.null("deleted");
    out.string("userId", user.id);
    out.end();
    ++dirty.counts(user)[count::webhooks];
}

void add_webhook(dirty_builder& dirty, std::string_view rule, const user_plan& user, std::string_view url,
                 std::string_view outcome, std::string_view text)
{
    const auto id = dirty.next_id();
    append_webhook(dirty, user, id, url, rule == "unknown-key");
    if (outcome == "setAside") ++dirty.counts(user)[count::webhooks_set_aside];
    dirty.note(rule, "webhooks", user, id, outcome, text);
}

void add_webhooks(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-webhook-dup");
    add_webhook(dirty, "none", user, "https://hooks.example.com/same", "written", "first of one url");
    add_webhook(dirty, "duplicate-webhook", user, "https://hooks.example.com/same", "setAside",
                "access and url twice");
    add_webhook(dirty, "unknown-key", dirty.user("dirty-unknown-key"), "https://hooks.example.com/odd",
                "changed", "retryPolicy");
    const auto& dated = dirty.user("dirty-date");
    auto& out = dirty.of(collection::webhooks);
    const auto id = dirty.next_id();
    out.begin();
    out.string("_id", id);
    out.date("deleted", 1562000000826);
    out.string("userId", dated.id);
    out.end();
    ++dirty.counts(dated)[count::webhooks];
    ++dirty.counts(dated)[count::webhooks_deleted];
    dirty.note("date", "webhooks", dated, id, "changed", "deleted is a BSON Date");
}

void add_long_texts(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-long-text");
    constexpr std::size_t too_long = 3000;
    const auto text = [&](std::uint64_t n) { return incompressible(mix(user.key, n), too_long); };
    auto event = dirty.event(user);
    const std::string type = "class/" + text(1);
    event.type = type;
    append_event(
        dirty.of(collection::events), event,
        [](bson_out& out) {
            out.string("content", "x");
            return true;
        },
        [](bson_out&) { return false; });
    dirty.count_event(user, count::events_set_aside);
    dirty.note("index-text", "events", user, event.id, "setAside", "a type of 3,006 bytes");
    add_stream(dirty, "index-text", user, {"long-name", text(2), ""}, "setAside", "a name of 3,000 bytes");
    const std::string id = text(3);
    append_stream(dirty, user, {id, "long id", ""}, [](bson_out&) {});
    ++dirty.counts(user)[count::streams_set_aside];
    dirty.note("index-text", "streams", user, id, "setAside", "an id of 3,000 bytes");
    add_access(dirty, "index-text", user, {dirty.next_id(), text(4), "long token", "", "app", false, false},
               "setAside", "a token of 3,000 bytes");
    add_access(dirty, "index-text", user, {dirty.next_id(), "short", text(5), "", "app", false, false},
               "setAside", "a name of 3,000 bytes");
    add_webhook(dirty, "index-text", user, "https://example.com/" + text(6), "setAside",
                "a url of 3,020 bytes");
}

template <class Data>
void append_profile(dirty_builder& dirty, const user_plan& user, std::string_view id, Data data)
{
    auto& out = dirty.of(collection::profile);
    out.begin();
    out.oid("_id", dirty.next_oid());
    data(out);
    out.string("profileId", id);
    out.string("userId", user.id);
    out.end();
    ++dirty.counts(user)[count::profile];
}

void add_profiles(dirty_builder& dirty)
{
    const auto data = [](std::string_view text) {
        return [=](bson_out& out) {
            out.begin_document("data");
            out.string("key", text);
            out.end();
        };
    };
    const auto& nul = dirty.user("dirty-nul");
    append_profile(dirty, nul, "odd", data("a\0b"sv));
    dirty.note("nul", "profile", nul, "odd", "changed", "in a value");
    const auto& utf8 = dirty.user("dirty-utf8");
    append_profile(dirty, utf8, "odd", data("a\xff"));
    dirty.note("utf8", "profile", utf8, "odd", "changed", "in a value");
    const auto& strange = dirty.user("dirty-unknown-key");
    append_profile(dirty, strange, "odd", [&](bson_out& out) {
        data("x")(out);
        out.number("modified", odd_time);
    });
    dirty.note("unknown-key", "profile", strange, "odd", "changed", "modified");
}

} // namespace

void add_dirty_records(dirty_builder& dirty)
{
    add_stream_trees(dirty);
    add_long_path(dirty);
    add_other_streams(dirty);
    add_double_accesses(dirty);
    add_other_accesses(dirty);
    add_webhooks(dirty);
    add_long_texts(dirty);
    add_profiles(dirty);
}

} // namespace sample
