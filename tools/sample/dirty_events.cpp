// Odd documents of the collection `events`.

#include "dirty_builder.hpp"

#include <cmath>
#include <cstring>
#include <limits>

namespace sample {

namespace {

using namespace std::string_view_literals;

constexpr double odd_time = 1762000000.5;

void add_unknown_keys(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-unknown-key");
    dirty.add("unknown-key", user, dirty.event(user), "changed", "hashed with the key by v1",
              [](bson_out& out) {
                  out.string("content", "a stranger's key follows");
                  out.begin_document("foo");
                  out.int32("a", 1);
                  out.end();
              });
    auto unsealed = dirty.event(user);
    unsealed.seal = sealing::absent;
    dirty.add("integrity-added", user, unsealed, "changed", "store markers only: no unknown key",
              [](bson_out& out) {
                  out.string("content", "markers of the store");
                  out.int32("__v", 0);
                  out.strings("attachements", {});
                  out.string("email__unique", "x@example.com");
                  out.number("integrityBatchCode", 123.5);
              });
}

void add_dates(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-date");
    dirty.add_raw("date", user, count::deletions, "changed", "deleted is a BSON Date; no integrity",
                  [](bson_out& out) { out.date("deleted", 1562000000826); });
    dirty.add_raw("date", user, count::heads, "changed", "created, modified are BSON Dates; one before 1970",
                  [&](bson_out& out) {
                      out.strings("streamIds", {user.stream_id(0)});
                      out.string("type", "note/txt");
                      out.string("content", "dated");
                      out.number("time", odd_time);
                      out.number("endTime", odd_time);
                      out.date("created", -1500);
                      out.date("modified", 1562000000826);
                      out.string("createdBy", "system");
                      out.string("modifiedBy", "system");
                      out.null("deleted");
                  });
}

void add_nuls(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-nul");
    dirty.add("nul", user, dirty.event(user), "changed", "in the content",
              [](bson_out& out) { out.string("content", "be\0fore"sv); });
    auto described = dirty.event(user);
    described.description = "na\0me"sv;
    dirty.add("nul", user, described, "changed", "in description, deep in the content, and in a stream id",
              [](bson_out& out) {
                  out.begin_document("content");
                  out.strings("list", {std::string("\0"sv), "b"});
                  out.end();
              });
}

void add_broken_utf8(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-utf8");
    const std::string_view bad[] = {"a\xff"
                                    "b"sv,
                                    "\xed\xa0\x80"sv, "a\xe2\x82"sv, "\xc0\xaf"sv, "\xf4\x90\x80\x80"sv};
    for (const auto text : bad) {
        auto event = dirty.event(user);
        event.seal = sealing::absent;
        dirty.add("utf8", user, event, "changed", "in the content",
                  [&](bson_out& out) { out.string("content", text); });
    }
    auto event = dirty.event(user);
    event.seal = sealing::absent;
    dirty.add("utf8", user, event, "changed", "in two member names that become one", [](bson_out& out) {
        out.begin_document("content");
        out.int32("k\xff", 1);
        out.int32("k\xfe", 2);
        out.end();
    });
}

/// The members of an event that has neither end nor integrity, as old ones.
void append_old_event(bson_out& out, bool with_streams, const user_plan& user)
{
    if (with_streams) out.strings("streamIds", {user.stream_id(0)});
    out.string("type", "activity/plain");
    out.number("time", odd_time);
    out.number("created", odd_time);
    out.string("createdBy", "system");
    out.number("modified", odd_time);
    out.string("modifiedBy", "system");
}

void add_legacy(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-legacy");
    const auto old = [&](std::string_view rule, std::string_view text, bool streams, auto extra) {
        dirty.add_raw(rule, user, count::heads, "changed", text, [&](bson_out& out) {
            append_old_event(out, streams, user);
            extra(out);
        });
    };
    old("legacy-duration", "endTime = time + 60", true, [](bson_out& out) { out.int32("duration", 60); });
    old("legacy-duration", "zero: endTime = time", true, [](bson_out& out) { out.int32("duration", 0); });
    old("legacy-duration", "null wins over the numeric endTime: running", true, [](bson_out& out) {
        out.null("duration");
        out.number("endTime", odd_time + 8760000);
    });
    old("legacy-stream-id", "streamId becomes streamIds", false,
        [&](bson_out& out) { out.string("streamId", user.stream_id(1)); });
    old("legacy-stream-id", "streamIds is there already", true,
        [&](bson_out& out) { out.string("streamId", user.stream_id(0)); });
    old("integrity-added", "tags, the misspelt attachements, two unique markers", true, [](bson_out& out) {
        out.strings("tags", {"super", "cali"});
        out.strings("attachements", {});
        out.string("username__unique", "someone");
        out.string("email__unique", "someone@example.com");
    });
    old("integrity-added", "no description, clientData, content, endTime at all", true, [](bson_out&) {});
}

void add_numbers(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-numbers");
    dirty.add("none", user, dirty.event(user), "written",
              "-0, extremes and 64-bit integers that doubles hold", [](bson_out& out) {
                  out.begin_document("content");
                  out.real("minusZero", -0.0);
                  out.real("tiny", 5e-324);
                  out.real("huge", std::numeric_limits<double>::max());
                  out.real("whole", 3600.0);
                  out.int64("long", 42);
                  out.int64("edge", 9007199254740992);
                  out.end();
              });
    auto event = dirty.event(user);
    event.seal = sealing::absent;
    dirty.add("number", user, event, "written", "64-bit integers beyond 2^53: all digits", [](bson_out& out) {
        out.begin_document("content");
        out.int64("odd", 9007199254740993);
        out.int64("max", std::numeric_limits<std::int64_t>::max());
        out.int64("min", std::numeric_limits<std::int64_t>::min());
        out.end();
    });
    event.id = dirty.next_id();
    dirty.add("number", user, event, "changed", "NaN and infinities become null", [](bson_out& out) {
        out.begin_document("content");
        out.real("nan", std::nan(""));
        out.real("inf", std::numeric_limits<double>::infinity());
        out.real("minusInf", -std::numeric_limits<double>::infinity());
        out.end();
    });
    event.id = dirty.next_id();
    // 1.10: coefficient 110, exponent -2 (biased 6176).
    std::string decimal(16, '\0');
    decimal[0] = 110;
    decimal[14] = '\x3c';
    decimal[15] = '\x30';
    dirty.add("number", user, event, "written", "Decimal128 1.10",
              [&](bson_out& out) { out.raw(bson_type::decimal128, "content", decimal); });
}

std::string length_prefixed(std::string_view text)
{
    const auto length = static_cast<std::uint32_t>(text.size() + 1);
    std::string payload(4, '\0');
    std::memcpy(payload.data(), &length, 4);
    payload.append(text);
    return payload + '\0';
}

std::string binary_payload(std::uint8_t subtype, std::string_view bytes)
{
    const auto length = static_cast<std::uint32_t>(bytes.size());
    std::string payload(4, '\0');
    std::memcpy(payload.data(), &length, 4);
    payload += static_cast<char>(subtype);
    return payload.append(bytes);
}

void add_foreign_types(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-types");
    const auto content = [&](std::string_view text, auto body) {
        auto event = dirty.event(user);
        event.seal = sealing::absent;
        dirty.add("bson-type", user, event, "written", text, [&](bson_out& out) {
            out.begin_document("content");
            body(out);
            out.end();
        });
    };
    content("regex, also one that JavaScript refuses", [](bson_out& out) {
        out.raw(bson_type::regex, "plain", "^a.*b$\0im\0"sv);
        out.raw(bson_type::regex, "inline", "(?i)a\0\0"sv);
    });
    content("binary of subtypes 0, 2, 3, 4, 128", [](bson_out& out) {
        const std::string uuid("\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef", 16);
        out.raw(bson_type::binary, "generic", binary_payload(0, "\0\1\2\xff"sv));
        out.raw(bson_type::binary, "old", binary_payload(2, "\3\0\0\0abc"sv));
        out.raw(bson_type::binary, "oldUuid", binary_payload(3, uuid));
        out.raw(bson_type::binary, "uuid", binary_payload(4, uuid));
        out.raw(bson_type::binary, "user", binary_payload(128, ""));
    });
    content("undefined as member and in an array", [](bson_out& out) {
        out.raw(bson_type::undefined, "gone", "");
        out.begin_array("list");
        out.raw(bson_type::undefined, "0", "");
        out.int32("1", 1);
        out.end();
    });
    content("min key, max key, timestamp, symbol, code", [](bson_out& out) {
        out.raw(bson_type::min_key, "min", "");
        out.raw(bson_type::max_key, "max", "");
        out.raw(bson_type::timestamp, "timestamp", "\1\0\0\0\2\0\0\0"sv);
        out.raw(bson_type::symbol, "symbol", length_prefixed("sym"));
        out.raw(bson_type::code, "code", length_prefixed("return 1;"));
        out.raw(bson_type::db_pointer, "pointer", length_prefixed("db.coll") + std::string(12, '\7'));
    });
    content("dates: before 1970, after 9999, out of range", [](bson_out& out) {
        out.date("usual", 1537366655123);
        out.date("before", -1);
        out.date("after", 253402300800000);
        out.date("beyond", std::numeric_limits<std::int64_t>::max());
    });
}

void add_odd_keys(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-keys");
    const auto content = [&](std::string_view rule, std::string_view text, auto body) {
        auto event = dirty.event(user);
        event.seal = sealing::absent;
        dirty.add(rule, user, event, "written", text, [&](bson_out& out) {
            out.begin_document("content");
            body(out);
            out.end();
        });
    };
    content("key-order", "integer-like names come first in JavaScript", [](bson_out& out) {
        for (const auto* key : {"b", "10", "2", "01", "a", "0", "-1", "4294967295", "1.0"}) out.int32(key, 1);
    });
    content("key-duplicate", "last value, first place", [](bson_out& out) {
        out.int32("a", 1);
        out.int32("b", 2);
        out.int32("a", 3);
    });
    content("key-dbref", "looks like a DBRef", [](bson_out& out) {
        out.string("other", "x");
        out.int32("$id", 7);
        out.string("$ref", "db.coll");
        out.string("$db", "elsewhere");
    });
    content("key-name", "__proto__, empty, dotted, dollar, inherited names", [](bson_out& out) {
        out.begin_document("__proto__");
        out.boolean("polluted", true);
        out.end();
        out.int32("", 1);
        out.int32("a.b", 2);
        out.int32("$set", 3);
        out.int32("constructor", 4);
        out.int32("toString", 5);
        out.int32("quote\"back\\slash\ttab", 6);
        out.int32("é😀", 7);
    });
    auto event = dirty.event(user);
    event.seal = sealing::absent;
    dirty.add("unknown-key", user, event, "changed", "__proto__, toString and 12 at top level",
              [](bson_out& out) {
                  out.string("content", "x");
                  out.int32("__proto__", 1);
                  out.int32("toString", 2);
                  out.int32("12", 3);
              });
}

void add_deep(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-deep");
    constexpr int levels = 150;
    dirty.add("none", user, dirty.event(user), "written", "150 levels of objects and arrays",
              [](bson_out& out) {
                  out.begin_document("content");
                  for (int i = 0; i < levels - 1; ++i) {
                      if (i % 3 == 2) {
                          out.begin_array("d");
                      } else {
                          out.begin_document(i % 3 == 0 ? "d" : "0");
                      }
                  }
                  out.int32("0", 1);
                  for (int i = 0; i < levels; ++i) out.end();
              });
}

void add_integrity(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-integrity");
    const auto add = [&](std::string_view rule, std::string_view text, auto spoil) {
        auto event = dirty.event(user);
        spoil(event);
        const auto outcome = rule == "none" ? "written"sv : "changed"sv;
        dirty.add(rule, user, event, outcome, text, [](bson_out& out) { out.string("content", "checked"); });
        if (rule == "integrity-rebased") ++dirty.counts(user)[count::rebased];
    };
    const auto sealed = [](sealing how) { return [how](event_doc& event) { event.seal = how; }; };
    const auto lasting = [](double time, double duration) {
        return [=](event_doc& event) {
            event.time = time;
            event.duration = duration;
        };
    };
    add("none", "right", [](event_doc&) {});
    add("integrity-added", "absent", sealed(sealing::absent));
    add("integrity-added", "null", sealed(sealing::null));
    add("integrity-broken", "one character changed", sealed(sealing::broken));
    add("integrity-rebased", "sha512, as configured once", sealed(sealing::sha512));
    add("integrity-rebased", "duration of 3 decimals", lasting(1675002160.826, 0.1));
    add("integrity-rebased", "duration of 6 decimals", lasting(1675002160.826, 0.123456));
    add("integrity-broken", "duration of 10 decimals: no rounding finds it",
        lasting(1675002160.826, 0.1234567891));
    add("integrity-rebased", "empty attachments stored but not hashed", [](event_doc& event) {
        event.account = true;
        event.seal = sealing::without_empty_attachments;
    });
}

void add_history_rule(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-integrity");
    auto head = dirty.event(user);
    dirty.add("none", user, head, "written", "head of the next",
              [](bson_out& out) { out.string("content", "second version"); });
    auto old = head;
    old.head_id = head.id;
    old.id = dirty.next_id();
    old.hash_id = old.id;
    append_event(
        dirty.of(collection::events), old,
        [](bson_out& out) {
            out.string("content", "first version");
            return true;
        },
        [](bson_out&) { return false; });
    dirty.count_event(user, count::history);
    ++dirty.counts(user)[count::rebased];
    dirty.note("integrity-rebased", "events", user, old.id, "changed", "history hashed with its own id");
}

void add_same_id(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-same-id");
    const auto event = dirty.event(user);
    dirty.add("none", user, event, "written", "first of two with one id",
              [](bson_out& out) { out.string("content", "first"); });
    append_event(
        dirty.of(collection::events), event,
        [](bson_out& out) {
            out.string("content", "second");
            return true;
        },
        [](bson_out&) { return false; });
    dirty.count_event(user, count::events_set_aside);
    dirty.note("duplicate-id", "events", user, event.id, "setAside", "the second with this id");
}

void add_incomplete(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-incomplete");
    const auto add = [&](std::string_view text, auto body) {
        dirty.add_raw("incomplete", user, count::heads, "changed", text, body);
    };
    add("no time", [&](bson_out& out) {
        out.strings("streamIds", {user.stream_id(0)});
        out.string("type", "note/txt");
        out.string("content", "timeless");
    });
    add("streamIds is a string", [&](bson_out& out) {
        out.string("streamIds", user.stream_id(0));
        out.string("type", "note/txt");
        out.number("time", odd_time);
        out.number("endTime", odd_time);
    });
    add("streamIds null, yet not deleted", [&](bson_out& out) {
        out.null("streamIds");
        out.string("type", "note/txt");
        out.number("time", odd_time);
        out.number("endTime", odd_time);
    });
    add("nothing but id and userId", [](bson_out&) {});
    add("a stream that does not exist", [](bson_out& out) {
        out.strings("streamIds", {"no-such-stream"});
        out.string("type", "note/txt");
        out.number("time", odd_time);
        out.number("endTime", odd_time);
    });
}

void add_odd_ids(dirty_builder& dirty)
{
    const auto& user = dirty.user("dirty-incomplete");
    const auto append = [&](bson_out& out, std::string_view text, auto id) {
        out.begin();
        id(out);
        out.strings("streamIds", {user.stream_id(0)});
        out.string("type", "note/txt");
        out.string("content", text);
        out.number("time", odd_time);
        out.number("endTime", odd_time);
        out.string("userId", user.id);
        out.end();
        dirty.count_event(user, count::heads);
        dirty.note("odd-id", "events", user, text, "listed", "an _id that is not a string; live event");
    };
    append(dirty.documents().numbers_first, "7", [](bson_out& out) { out.int32("_id", 7); });
    append(dirty.documents().objects_last, "ffffffff0102030405060708", [](bson_out& out) {
        out.oid("_id", {0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5, 6, 7, 8});
    });
}

} // namespace

void add_dirty_events(dirty_builder& dirty)
{
    add_unknown_keys(dirty);
    add_dates(dirty);
    add_nuls(dirty);
    add_broken_utf8(dirty);
    add_legacy(dirty);
    add_numbers(dirty);
    add_foreign_types(dirty);
    add_odd_keys(dirty);
    add_deep(dirty);
    add_integrity(dirty);
    add_history_rule(dirty);
    add_same_id(dirty);
    add_incomplete(dirty);
    add_odd_ids(dirty);
}

} // namespace sample
