#include "self_test.hpp"

#include "bson_out.hpp"
#include "stable_hash.hpp"

#include <cstdio>
#include <string>

namespace sample {

namespace {

int check(const char* name, const std::string& actual, const std::string& expected)
{
    if (actual == expected) return 0;
    std::fprintf(stderr, "self-test %s: expected %s, got %s\n", name, expected.c_str(), actual.c_str());
    return 1;
}

void attachment(bson_out& out, std::string_view key, std::string_view id, std::string_view name,
                std::string_view type, double size)
{
    out.begin_document(key);
    out.string("id", id);
    out.string("fileName", name);
    out.string("type", type);
    out.number("size", size);
    out.end();
}

bson_out period_with_attachments()
{
    bson_out out;
    out.begin();
    out.string("_id", "cthisistesteventno0000000");
    out.strings("streamIds", {"s_0_0", "tag-migrated-super", "tag-migrated-cali", "tag-migrated-fragilistic",
                              "tag-migrated-expiali", "tag-migrated-docious"});
    out.number("time", 1675002160.826);
    out.string("type", "activity/pryv");
    out.string("description", "First period event, with attachments");
    out.begin_array("attachments");
    attachment(out, "0", "document", "document.pdf", "application/pdf", 6701);
    attachment(out, "1", "image", "image (space and special chars)é__.png", "image/png", 2765);
    out.end();
    out.number("created", 1675099360.826);
    out.string("createdBy", "test");
    out.number("modified", 1675099360.826);
    out.string("modifiedBy", "test");
    out.number("endTime", 1675005760.826);
    out.null("content");
    out.null("clientData");
    out.null("deleted");
    out.boolean("trashed", false);
    out.string("userId", "u_0");
    out.end();
    return out;
}

bson_out deletion()
{
    bson_out out;
    out.begin();
    out.string("_id", "cthisistesteventno0000013");
    out.number("deleted", 1675099060.826);
    out.boolean("trashed", false);
    out.null("streamIds");
    out.null("time");
    out.null("endTime");
    out.string("userId", "u_0");
    out.end();
    return out;
}

bson_out running_period()
{
    bson_out out;
    out.begin();
    out.string("_id", "cthisistesteventno0000009");
    out.strings("streamIds", {"s_0_0"});
    out.number("time", 1675095760.826);
    out.null("endTime");
    out.string("type", "activity/pryv");
    out.string("description", "One hour ago");
    out.number("created", 1675095760.826);
    out.string("createdBy", "test");
    out.number("modified", 1675095760.826);
    out.string("modifiedBy", "test");
    out.end();
    return out;
}

bson_out access()
{
    bson_out out;
    out.begin();
    out.string("_id", "a_4");
    out.string("token", "a_4_token");
    out.string("name", "test-3rd-party-app-id");
    out.string("type", "app");
    out.string("deviceName", "Calvin's Amazing Transmogrifier");
    out.begin_array("permissions");
    out.begin_document("0");
    out.string("streamId", "s_0");
    out.string("level", "contribute");
    out.end();
    out.end();
    out.number("created", 1675099360.817);
    out.string("createdBy", "test");
    out.number("modified", 1675099360.817);
    out.string("modifiedBy", "test");
    out.number("lastUsed", 0);
    out.null("deleted");
    out.string("userId", "u_0");
    out.end();
    return out;
}

bson_out edge_case()
{
    bson_out out;
    out.begin();
    out.string("_id", "x");
    out.number("time", 1.1);
    out.number("endTime", 1.3);
    out.begin_document("content");
    out.null("a");
    out.begin_array("b");
    out.null("0");
    out.real("1", 1e21);
    out.real("2", 1e-7);
    out.real("3", -0.0);
    out.end();
    out.string("é", "\u200dé\x7f/");
    out.end();
    out.end();
    return out;
}

std::string stable(const bson_out& out, const event_form& form)
{
    std::string text;
    append_stable_event(text, out.bytes(), form);
    return text;
}

} // namespace

int self_test()
{
    std::string scratch;
    int failures = 0;
    const auto event = [&](const char* name, const bson_out& out, std::string_view id, const char* expected) {
        failures +=
            check(name, event_integrity(scratch, out.bytes(), {.id = id, .derive_duration = true}), expected);
    };
    event("event A", period_with_attachments(), "cthisistesteventno0000000",
          "EVENT:0:sha256-Fu3tliSJdOlKY24mKYd4lAoCbGyidkkKMm0qWtn6nJY=");
    failures += check("length A", std::to_string(scratch.size()), "570");
    event("event B", deletion(), "cthisistesteventno0000013",
          "EVENT:0:sha256-oKT9F2pkNKNdrZGe55ZE6Iw0gp5zIEOgaeMKgdjMTH0=");
    event("event C", running_period(), "cthisistesteventno0000009",
          "EVENT:0:sha256-N43FS+rATOsQRz7QV8OtvlBh3NCjHlfd3tO7m64Y9Nc=");
    failures += check("access D", access_integrity(scratch, access().bytes()),
                      "ACCESS:0:sha256-XZ8LOzi+jY8qRxMl7RbqIsvZJX9uQRRUA/yVqeby9Y8=");
    failures += check("edge case", stable(edge_case(), {.id = "x", .derive_duration = true}),
                      "{\"content\":{\"b\":[null,1e+21,1e-7,0],\"é\":\"\\u200dé\\u007f/\"},"
                      "\"duration\":0.19999999999999996,\"id\":\"x\",\"time\":1.1}");
    return failures;
}

} // namespace sample
