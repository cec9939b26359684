#include "pryv_export/base/error.hpp"

#include "wire_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

using namespace test;
using pryv_export::exit_status;
using pryv_export::export_error;
using source::collection;

BOOST_TEST_DONT_PRINT_LOG_VALUE(pryv_export::exit_status)

BOOST_AUTO_TEST_SUITE(mongo_store)

namespace {

using documents = std::vector<std::string>;

/// A document in which `_id` and `userId` stand first, and some bytes more.
doc begun(const doc& id, std::string_view user)
{
    // The member of `id`, without the length before it and the NUL behind it.
    std::string const whole = id.bytes();
    auto const key_end = whole.find('\0', 5) + 1;
    return doc()
        .raw(static_cast<std::uint8_t>(whole[4]), "_id",
             std::string_view{whole}.substr(key_end, whole.size() - key_end - 1))
        .str("userId", user);
}

std::string padded(const doc& id, std::string_view user, std::size_t bytes)
{
    return begun(id, user).str("content", std::string(bytes, 'x')).bytes();
}

std::string eight(std::int64_t value)
{
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &value, 8);
    return bytes;
}

/// An id of every kind that a server compares with others of its kind only, in the server's order.
std::vector<doc> ids_of_every_kind()
{
    std::vector<doc> ids;
    ids.push_back(doc().null("_id"));
    ids.push_back(doc().float64("_id", -7.5));
    ids.push_back(doc().int32("_id", 3));
    ids.push_back(doc().raw(0x12, "_id", eight(std::int64_t{1} << 40)));
    ids.push_back(doc().str("_id", ""));
    ids.push_back(doc().str("_id", "cjt0001"));
    ids.push_back(doc().str("_id", "cjt0002"));
    ids.push_back(doc().str("_id", "\xc3\xbc"));
    ids.push_back(doc().sub("_id", doc().int32("a", 1)));
    ids.push_back(doc().raw(0x05, "_id", std::string_view{"\2\0\0\0\0ab", 7}));
    ids.push_back(doc().oid("_id", 1));
    ids.push_back(doc().oid("_id", 2));
    ids.push_back(doc().raw(0x08, "_id", std::string_view{"\0", 1}));
    ids.push_back(doc().raw(0x08, "_id", std::string_view{"\1", 1}));
    ids.push_back(doc().raw(0x09, "_id", eight(-5)));
    ids.push_back(doc().raw(0x11, "_id", eight(5)));
    return ids;
}

std::vector<std::string> sorted(std::vector<std::string> all)
{
    std::sort(all.begin(), all.end());
    return all;
}

std::string text_of(const source::document& found)
{
    return {reinterpret_cast<const char*>(found.bytes.data()), found.bytes.size()};
}

std::vector<std::string> bytes_of(source::document_cursor& cursor)
{
    std::vector<std::string> all;
    for (auto& one : documents_of(cursor)) all.push_back(std::move(one.bytes));
    return all;
}

/// Batch borders and documents, without their places, which only a file has.
std::vector<documents> cut_of(source::document_cursor& cursor)
{
    std::vector<documents> all;
    for (auto& part : batches_of(cursor)) {
        all.emplace_back();
        for (auto& one : part) all.back().push_back(std::move(one.bytes));
    }
    return all;
}

documents unowned_of(source::document_store& store)
{
    documents all;
    store.for_each_unowned([&](collection kind, const source::document& found) {
        all.push_back(std::string{source::name_of(kind)} + " " + text_of(found));
    });
    return sorted(std::move(all));
}

/// Everything that both say of the users' documents is the same.
void check_same(source::document_store& live, source::document_store& dump)
{
    auto const users = sorted(dump.user_ids());
    BOOST_TEST(sorted(live.user_ids()) == users, boost::test_tools::per_element());
    live.prepare(dump.user_ids());
    dump.prepare(dump.user_ids());
    for (auto const kind : source::user_collections) {
        BOOST_TEST_CONTEXT(source::name_of(kind))
        {
            BOOST_TEST(live.has(kind) == dump.has(kind));
            if (!dump.has(kind)) continue;
            BOOST_TEST(live.total(kind).documents == dump.total(kind).documents);
            for (auto const& user : dump.user_ids()) {
                BOOST_TEST_CONTEXT(user)
                {
                    auto const expected = dump.share_of(kind, user);
                    BOOST_TEST(live.share_of(kind, user).documents == expected.documents);
                    BOOST_TEST((!live.share_of(kind, user).ids_ascend || expected.ids_ascend));
                    auto const cursor = live.open(kind, user);
                    BOOST_TEST((cut_of(*cursor) == cut_of(*dump.open(kind, user))));
                    BOOST_TEST(cursor->done());
                    BOOST_TEST(live.share_of(kind, user).documents == expected.documents);
                }
            }
        }
    }
    BOOST_TEST(unowned_of(live) == unowned_of(dump), boost::test_tools::per_element());
    for (auto const kind : source::user_collections)
        if (dump.has(kind)) BOOST_TEST(live.total(kind).bytes == dump.total(kind).bytes);
    BOOST_TEST(sorted(live.collection_names()) == sorted(dump.collection_names()),
               boost::test_tools::per_element());
    BOOST_TEST(live.damages().empty());
}

void check_same(const dump_folder& dump, const wire_process& server)
{
    check_same(*source::open_mongo(server.options()), *dump.open());
}

/// Users of all sizes: `small` of them, and one who is read in ranges.
documents some_users(std::size_t small, std::size_t large_documents)
{
    documents all;
    for (std::size_t i = 0; i < 20 * small; ++i)
        all.push_back(padded(doc().str("_id", fmt::format("c{:06}", i)), fmt::format("u{}", i % small),
                             1 + i * 37 % 211));
    for (std::size_t i = 0; i < large_documents; ++i)
        all.push_back(padded(doc().str("_id", fmt::format("d{:06}", i)), "large", 900 + i * 31 % 301));
    return all;
}

constexpr std::size_t enough_for_ranges = 3000; // of about 1 KiB: three ranges

export_error refused(const source::mongo_options& options)
{
    try {
        static_cast<void>(source::open_mongo(options));
    } catch (const export_error& error) {
        return error;
    }
    return {exit_status::complete, "nothing", "was thrown"};
}

bool mentions(std::string_view text, std::string_view part)
{
    return text.find(part) != text.npos;
}

} // namespace

// ---- the same as from a dump ----

BOOST_AUTO_TEST_CASE(gives_what_a_dump_gives)
{
    dump_folder dump;
    dump.put("events.bson", joined(some_users(12, enough_for_ranges)));
    dump.put("streams.bson", joined(some_users(30, 0)));
    dump.put("accesses.bson", padded(doc().oid("_id", 1), "only here", 5) +
                                  padded(doc().oid("_id", 2), "u1", 5000) +
                                  padded(doc().oid("_id", 3), "u1", 5));
    dump.put("webhooks.bson", "");
    dump.put("versions.bson", doc().str("_id", "1.7.0").bytes());
    wire_process const server{dump};
    check_same(dump, server);
    // The large user in ranges, each with a look where it ends.
    BOOST_TEST(server.count("commands.find") > 4 + 1 + 3 * 2);
    BOOST_TEST(server.count("openCursors") == 0);
}

BOOST_AUTO_TEST_CASE(gives_the_same_over_short_replies)
{
    dump_folder dump;
    dump.put("events.bson", joined(some_users(12, enough_for_ranges)));
    for (auto const& more : std::vector<std::vector<std::string>>{
             {"--max-reply-bytes", "3000"},
             {"--no-max", "--no-sessions", "--max-reply-bytes", "100000"},
             {"--omit-index", "events.userId_1__id_1"},
             {"--omit-index", "events.userId_1__id_1", "--omit-index", "events.userId_1"}}) {
        BOOST_TEST_CONTEXT(more.back())
        {
            wire_process const server{dump, more};
            check_same(dump, server);
            BOOST_TEST(server.count("openCursors") == 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(gives_ids_of_every_kind_in_their_order)
{
    dump_folder dump;
    documents all;
    for (auto const& id : ids_of_every_kind()) all.push_back(padded(id, "odd", 700));
    for (int i = 0; i < 40; ++i)
        all.push_back(padded(doc().str("_id", fmt::format("z{:03}", i)), "plain", 100));
    dump.put("profile.bson", joined(all));
    wire_process const server{dump};
    check_same(dump, server);
    auto const live = source::open_mongo(server.options());
    BOOST_TEST(!live->share_of(collection::profile, "odd").ids_ascend);
}

BOOST_AUTO_TEST_CASE(gives_ids_of_every_kind_of_a_large_user)
{
    dump_folder dump;
    documents all;
    auto const ids = ids_of_every_kind();
    auto const kind_of = [&](std::size_t i) { return static_cast<std::uint8_t>(ids[i].bytes()[4]); };
    for (std::size_t i = 0; i < ids.size(); ++i) {
        all.push_back(padded(ids[i], "large", 900));
        bool const last_string = kind_of(i) == 0x02 && kind_of(i + 1) != 0x02;
        bool const last_object_id = kind_of(i) == 0x07 && kind_of(i + 1) != 0x07;
        for (int n = 0; last_string && n < 2500; ++n)
            all.push_back(padded(doc().str("_id", fmt::format("\xc3\xbd{:05}", n)), "large", 900));
        for (int n = 0; last_object_id && n < 2500; ++n) {
            std::string id(12, '\x5b');
            id[10] = static_cast<char>(n / 256);
            id[11] = static_cast<char>(n % 256);
            all.push_back(padded(doc().raw(0x07, "_id", id), "large", 900));
        }
    }
    dump.put("events.bson", joined(all) + padded(doc().null("_id"), "other", 10));
    wire_process const server{dump};
    check_same(dump, server);
    BOOST_TEST(server.count("commands.find") > 10);
}

BOOST_AUTO_TEST_CASE(finds_what_is_nobodys)
{
    dump_folder dump;
    auto const array = [](const doc& items) { return items.bytes(); };
    auto const id = [](int n) { return doc().str("_id", fmt::format("c{}", n)); };
    documents const all{
        id(0).bytes(),
        id(1).int32("userId", 5).bytes(),
        id(2).str("userId", "").bytes(),
        id(3).null("userId").bytes(),
        id(4).raw(0x04, "userId", array(doc().str("0", "u").str("1", "v"))).bytes(),
        id(5).raw(0x04, "userId", array(doc())).bytes(),
        id(6).raw(0x04, "userId", array(doc().str("0", ""))).bytes(),
        id(7).sub("userId", doc().str("$type", "string")).bytes(),
        id(8).oid("userId", 1).bytes(),
        id(9).str("userId", "u").bytes(),
    };
    dump.put("events.bson", joined(all));
    dump.put("streams.bson", all[9]);
    dump.put("accesses.bson", all[0] + all[1]);
    wire_process const server{dump};
    check_same(dump, server);
    auto const live = source::open_mongo(server.options());
    BOOST_TEST(unowned_of(*live).size() == 11U);
}

BOOST_AUTO_TEST_CASE(a_document_of_several_users_is_nobodys)
{
    auto const shared = [](std::string_view id) {
        return doc()
            .str("_id", id)
            .raw(0x04, "userId", doc().str("0", "u1").str("1", "large").bytes())
            .bytes();
    };
    // Before, among and behind the documents of those whom it names.
    for (std::string_view const id : {"a", "c000007", "d001500", "z"}) {
        for (std::size_t const large : {std::size_t{5}, enough_for_ranges}) {
            BOOST_TEST_CONTEXT(id << " " << large)
            {
                dump_folder dump;
                auto all = some_users(3, large);
                auto const ends_before = [&](const std::string& one) {
                    return std::string_view{one}.substr(4 + 1 + 4 + 4, 7) < id;
                };
                all.insert(std::find_if_not(all.begin(), all.end(), ends_before), shared(id));
                dump.put("events.bson", joined(all));
                wire_process const server{dump};
                check_same(dump, server);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_group_that_is_much_larger_than_it_was_thought)
{
    // The users are known from the events in another order than that of their ids.
    dump_folder dump;
    dump.put("events.bson", padded(doc().str("_id", "a"), "m", 1));
    documents all;
    for (int i = 0; i < 450; ++i) {
        all.push_back(padded(doc().str("_id", fmt::format("c{:04}", i)),
                             i < 2   ? "a"
                             : i < 4 ? "z"
                                     : fmt::format("p{}", i % 100),
                             10));
    }
    // 48 MB in four documents.
    for (int i = 0; i < 4; ++i)
        all.push_back(padded(doc().str("_id", fmt::format("d{}", i)), "m", 12'000'000));
    dump.put("streams.bson", joined(all));
    wire_process const server{dump};
    auto const live = source::open_mongo(server.options());
    auto const stored = dump.open();
    std::vector<std::string> const order{"a", "m", "z"};
    live->prepare(order);
    stored->prepare(order);
    auto const before = server.count("commands.find");
    BOOST_TEST(
        (cut_of(*live->open(collection::streams, "a")) == cut_of(*stored->open(collection::streams, "a"))));
    // The group held all of this user: nothing more was asked for.
    BOOST_TEST(server.count("commands.find") == before + 1);
    for (std::string_view const user : {"m", "z"}) {
        BOOST_TEST_CONTEXT(user)
        {
            BOOST_TEST((cut_of(*live->open(collection::streams, user)) ==
                        cut_of(*stored->open(collection::streams, user))));
        }
    }
    BOOST_TEST(live->share_of(collection::streams, "m").documents == 4U);
    BOOST_TEST(server.count("commands.find") > before + 3);
    BOOST_TEST(server.count("openCursors") == 0);
    BOOST_TEST(live->changes().empty());
}

BOOST_AUTO_TEST_CASE(users_may_come_in_any_order_and_together)
{
    dump_folder dump;
    dump.put("events.bson", joined(some_users(40, enough_for_ranges)));
    wire_process const server{dump};
    auto const live = source::open_mongo(server.options());
    auto const stored = dump.open();
    live->prepare(live->user_ids());
    auto users = live->user_ids();
    std::reverse(users.begin(), users.end());
    std::vector<std::unique_ptr<source::document_cursor>> cursors;
    for (auto const& user : users) cursors.push_back(live->open(collection::events, user));
    std::vector<documents> read(users.size());
    for (bool any = true; any;) {
        any = false;
        for (std::size_t i = 0; i < users.size(); ++i) {
            source::batch part;
            if (!cursors[i]->next(part)) continue;
            any = true;
            for (auto const& found : part.documents) read[i].push_back(text_of(found));
        }
    }
    for (std::size_t i = 0; i < users.size(); ++i) {
        BOOST_TEST_CONTEXT(users[i])
        {
            BOOST_TEST((read[i] == bytes_of(*stored->open(collection::events, users[i]))));
        }
    }
    // Again, once all of a group were there: they are fetched anew.
    BOOST_TEST(
        (cut_of(*live->open(collection::events, "u7")) == cut_of(*stored->open(collection::events, "u7"))));
}

BOOST_AUTO_TEST_CASE(a_cursor_may_be_left)
{
    dump_folder dump;
    dump.put("events.bson", joined(some_users(4, enough_for_ranges)));
    wire_process const server{dump};
    {
        auto const live = source::open_mongo(server.options());
        live->prepare(live->user_ids());
        source::batch part;
        BOOST_TEST(live->open(collection::events, "large")->next(part));
        BOOST_TEST(live->open(collection::events, "u1")->next(part));
        static_cast<void>(live->open(collection::events, "u2"));
    }
    BOOST_TEST(server.count("openCursors") == 0);
}

BOOST_AUTO_TEST_CASE(reads_whole_collections_and_events_of_streams)
{
    dump_folder dump;
    auto const in_streams = [](std::string_view id, std::string_view user, std::string_view stream) {
        return doc()
            .str("_id", id)
            .str("userId", user)
            .raw(0x04, "streamIds", doc().str("0", stream).bytes())
            .bytes();
    };
    documents const events{in_streams("a", "u1", "s"), in_streams("b", "u2", "other"),
                           in_streams("c", "u1", "s"), in_streams("d", "u2", "t"),
                           doc().str("_id", "e").raw(0x04, "streamIds", doc().str("0", "s").bytes()).bytes()};
    dump.put("events.bson", joined(events));
    documents whole;
    for (int i = 0; i < 100; ++i) whole.push_back(doc().str("_id", fmt::format("{:03}", i)).bytes());
    dump.put("id4name.bson", joined(whole));
    wire_process const server{dump, {"--max-reply-bytes", "500"}};
    auto const live = source::open_mongo(server.options());
    BOOST_TEST(bytes_of(**live->open_whole("id4name")) == whole, boost::test_tools::per_element());
    BOOST_TEST(!live->open_whole("versions").has_value());
    BOOST_TEST(!live->open_platform("keyValueUnique").has_value());
    documents seen;
    std::vector<std::string_view> const streams{"s", "t"};
    live->for_each_event_in(streams, [&](std::string_view user, const source::document& found) {
        seen.push_back(std::string{user} + " " +
                       std::string{pryv_export::format::find(found.bytes, "_id")->text()});
        return user != "u1";
    });
    BOOST_TEST(sorted(seen) == (documents{"u1 a", "u2 d"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(unknown_users_are_a_mistake_of_the_caller)
{
    dump_folder dump;
    dump.put("events.bson", event("c1", "u"));
    wire_process const server{dump};
    auto const live = source::open_mongo(server.options());
    BOOST_CHECK_THROW(live->open(collection::events, "v"), std::logic_error);
    BOOST_CHECK_THROW(live->open(collection::streams, "u"), std::logic_error);
    BOOST_TEST(live->share_of(collection::events, "v").documents == 0U);
    BOOST_TEST(live->share_of(collection::events, "").documents == 0U);
}

// ---- counts ----

BOOST_AUTO_TEST_CASE(nothing_changed)
{
    dump_folder dump;
    dump.put("events.bson", joined(some_users(5, 10)));
    dump.put("streams.bson", joined(some_users(5, 0)));
    wire_process const server{dump};
    auto const live = source::open_mongo(server.options());
    BOOST_TEST(live->changes().empty());
    live->prepare(live->user_ids());
    BOOST_TEST(live->changes().empty());
    check_same(*live, *dump.open());
    BOOST_TEST(live->changes().empty());
}

BOOST_AUTO_TEST_CASE(a_count_of_a_moment_ago)
{
    dump_folder dump;
    dump.put("events.bson", joined(some_users(5, enough_for_ranges)));
    wire_process const server{dump, {"--fault", "miscount@aggregate"}};
    auto const live = source::open_mongo(server.options());
    auto const stored = dump.open();
    live->prepare(live->user_ids());
    for (auto const& user : live->user_ids()) {
        BOOST_TEST_CONTEXT(user)
        {
            auto const right = stored->share_of(collection::events, user).documents;
            BOOST_TEST(live->share_of(collection::events, user).documents == right + 1);
            BOOST_TEST((cut_of(*live->open(collection::events, user)) ==
                        cut_of(*stored->open(collection::events, user))));
            BOOST_TEST(live->share_of(collection::events, user).documents == right);
        }
    }
    auto const changes = live->changes();
    BOOST_TEST(changes.size() == live->user_ids().size());
    for (auto const& change : changes) {
        BOOST_TEST(change.after == stored->share_of(collection::events, change.user_id).documents);
        BOOST_TEST(change.before == change.after + 1);
        BOOST_TEST(change.exported == change.after);
        BOOST_TEST(change.collection == "events");
    }
}

BOOST_AUTO_TEST_CASE(a_change_while_it_was_read)
{
    dump_folder dump;
    dump.put("events.bson", event("c1", "u") + event("c2", "u") + event("c3", "v"));
    dump.put("streams.bson", event("s1", "u"));
    wire_process const server{dump};
    auto const live = source::open_mongo(server.options());
    live->prepare(std::vector<std::string>{"u"});
    BOOST_TEST(documents_of(*live->open(collection::events, "u")).size() == 2U);
    server.order("miscount@aggregate#2");
    // The streams of a user who was read in part; nobody asked for v.
    auto const changes = live->changes();
    BOOST_TEST_REQUIRE(changes.size() == 1U);
    BOOST_TEST(changes[0].user_id == "u");
    BOOST_TEST(changes[0].collection == "streams");
    BOOST_TEST(changes[0].before == 1U);
    BOOST_TEST(changes[0].after == 2U);
    BOOST_TEST(changes[0].exported == 0U);
    BOOST_TEST(live->changes().empty());
}

BOOST_AUTO_TEST_CASE(counts_that_are_wrong_twice_are_held_against_what_was_read)
{
    dump_folder dump;
    dump.put("events.bson", event("c1", "u") + event("c2", "u"));
    wire_process const server{dump, {"--fault", "miscount@aggregatex*"}};
    auto const live = source::open_mongo(server.options());
    live->prepare(live->user_ids());
    BOOST_TEST(live->changes().empty());
    BOOST_TEST(documents_of(*live->open(collection::events, "u")).size() == 2U);
    auto const changes = live->changes();
    BOOST_TEST_REQUIRE(changes.size() == 1U);
    BOOST_TEST(changes[0].exported == 2U);
    BOOST_TEST(changes[0].after == 3U);
}

// ---- snapshots ----

BOOST_AUTO_TEST_CASE(a_replica_set_is_read_as_of_one_moment)
{
    dump_folder dump;
    dump.put("events.bson", joined(some_users(5, enough_for_ranges)));
    wire_process const server{dump, {"--replica-set", "rs", "--max-wire-version", "17"}};
    check_same(dump, server);
    auto const live = source::open_mongo(server.options());
    BOOST_TEST(live->warnings().empty());
    live->prepare(live->user_ids());
    BOOST_TEST(live->changes().empty());
}

BOOST_AUTO_TEST_CASE(a_snapshot_that_the_server_forgot)
{
    dump_folder dump;
    dump.put("events.bson", joined(some_users(5, enough_for_ranges)));
    dump.put("streams.bson", joined(some_users(5, 0)));
    for (std::string_view const fault : {"error=239@find#5", "error=246@find#7", "error=239@find#6x3",
                                         "error=239@getMore#2", "error=246@getMore#5"}) {
        BOOST_TEST_CONTEXT(fault)
        {
            wire_process const server{
                dump, {"--replica-set", "rs", "--max-reply-bytes", "200000", "--fault", std::string{fault}}};
            auto const live = source::open_mongo(server.options());
            check_same(*live, *dump.open());
            auto const warnings = live->warnings();
            if (mentions(fault, "@find")) {
                BOOST_TEST_REQUIRE(warnings.size() == 1U);
                BOOST_TEST(mentions(warnings[0], "minSnapshotHistoryWindowInSeconds"), warnings[0]);
            }
            BOOST_TEST(live->changes().empty());
            BOOST_TEST(live->warnings() == warnings, boost::test_tools::per_element());
            BOOST_TEST(server.count("openCursors") == 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_server_without_snapshots_is_none_that_lost_one)
{
    dump_folder dump;
    dump.put("events.bson", joined(some_users(5, 10)));
    for (auto const& more :
         std::vector<std::vector<std::string>>{{}, {"--replica-set", "rs", "--max-wire-version", "12"}}) {
        wire_process const server{dump, more};
        auto const live = source::open_mongo(server.options());
        check_same(*live, *dump.open());
        BOOST_TEST(live->warnings().empty());
    }
}

// ---- faults and warnings ----

BOOST_AUTO_TEST_CASE(faults_that_pass_change_nothing)
{
    dump_folder dump;
    dump.put("events.bson", joined(some_users(5, enough_for_ranges)));
    for (std::string_view const fault :
         {"drop@find#3", "cut=1000@find#4", "length=-1@getMore#3", "response-to@find#5", "error=11600@find#3",
          "error=43@getMore#3", "kill-cursor@find#4", "error=91@aggregate", "error=189@listIndexes",
          "drop@collStats", "error=10107@listCollections"}) {
        BOOST_TEST_CONTEXT(fault)
        {
            wire_process const server{dump, {"--max-reply-bytes", "200000", "--fault", std::string{fault}}};
            check_same(dump, server);
        }
    }
}

BOOST_AUTO_TEST_CASE(rights_that_are_missing_for_what_is_not_needed)
{
    dump_folder dump;
    dump.put("events.bson", joined(some_users(5, enough_for_ranges)));
    dump.put("streams.bson", joined(some_users(2, enough_for_ranges)));
    for (std::string_view const fault : {"error=13@collStatsx*", "error=8000@aggregatex*",
                                         "error=13@listIndexesx*", "error=59@listIndexesx*"}) {
        BOOST_TEST_CONTEXT(fault)
        {
            wire_process const server{dump, {"--fault", std::string{fault}}};
            auto const live = source::open_mongo(server.options());
            BOOST_TEST(live->warnings().empty());
            check_same(*live, *dump.open());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_missing_index_is_told)
{
    dump_folder dump;
    dump.put("events.bson", joined(some_users(2, 0)));
    dump.put("streams.bson", joined(some_users(2, 0)));
    dump.put("webhooks.bson", "");
    auto const warnings = [&](std::vector<std::string> omitted) {
        std::vector<std::string> options;
        for (auto& name : omitted) {
            options.push_back("--omit-index");
            options.push_back(std::move(name));
        }
        return source::open_mongo(wire_process{dump, options}.options())->warnings();
    };
    BOOST_TEST(warnings({"webhooks.userId_1"}).empty());
    auto const streams = warnings({"streams.userId_1"});
    BOOST_TEST_REQUIRE(streams.size() == 1U);
    BOOST_TEST(mentions(streams[0], "Collection streams has no index on userId"));
    auto const ordered = warnings({"events.userId_1__id_1"});
    BOOST_TEST_REQUIRE(ordered.size() == 1U);
    BOOST_TEST(mentions(ordered[0], "userId and _id"));
}

BOOST_AUTO_TEST_CASE(a_server_that_refuses)
{
    dump_folder dump;
    dump.put("events.bson", event("c1", "u"));
    wire_process const server{dump, {"--user", "reader", "--password", "s3cr&t:/%"}};
    auto options = server.options();
    options.user = "reader";
    options.password = "s3cr&t:/%";
    BOOST_TEST(source::open_mongo(options)->user_ids().size() == 1U);
    options.password = "wr0ng:/%";
    auto const wrong = refused(options);
    BOOST_TEST(wrong.status() == exit_status::denied);
    BOOST_TEST(mentions(wrong.what(), "authSource"), wrong.what());
    BOOST_TEST(!mentions(wrong.what(), "wr0ng"), wrong.what());
    auto const nobody = refused(server.options());
    BOOST_TEST(nobody.status() == exit_status::denied);

    wire_process const denying{dump, {"--deny", "events"}};
    auto const denied = refused(denying.options());
    BOOST_TEST(denied.status() == exit_status::denied);
    BOOST_TEST(mentions(denied.what(), "pryv-node.events"), denied.what());
}

BOOST_AUTO_TEST_CASE(noise_instead_of_the_first_answer)
{
    dump_folder dump;
    dump.put("events.bson", event("c1", "u"));
    for (std::string_view const fault : {"garbage@listCollectionsx*", "length=17@listCollectionsx*",
                                         "length=5@listCollectionsx*", "length=-1@listCollectionsx*"}) {
        BOOST_TEST_CONTEXT(fault)
        {
            wire_process const server{dump, {"--fault", std::string{fault}}};
            auto options = server.options();
            options.give_up_after = std::chrono::milliseconds{0};
            BOOST_TEST(refused(options).status() == exit_status::unreachable);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there)
{
    dump_folder dump;
    dump.put("events.bson", event("c1", "u"));
    source::mongo_options options;
    {
        wire_process const server{dump};
        options = server.options();
        options.database_name = "elsewhere";
        auto const missing = refused(options);
        BOOST_TEST(missing.status() == exit_status::source_missing);
        BOOST_TEST(mentions(missing.what(), "'elsewhere'"), missing.what());
    }
    auto const gone = refused(options);
    BOOST_TEST(gone.status() == exit_status::unreachable);
    BOOST_TEST(mentions(gone.what(), "connection refused"), gone.what());
    BOOST_TEST(mentions(gone.what(), "start MongoDB"), gone.what());
    options.uri = "mongodb://no-such-host.invalid/";
    auto const unknown = refused(options);
    BOOST_TEST(unknown.status() == exit_status::unreachable);
    BOOST_TEST(mentions(unknown.what(), "check the host's name"), unknown.what());
}

BOOST_AUTO_TEST_CASE(a_stop_ends_it)
{
    dump_folder dump;
    dump.put("events.bson", joined(some_users(5, enough_for_ranges)));
    wire_process const server{dump};
    std::atomic<bool> stop{false};
    auto options = server.options();
    options.stop = &stop;
    auto const live = source::open_mongo(options);
    live->prepare(live->user_ids());
    stop = true;
    source::batch part;
    auto const cursor = live->open(collection::events, "u1");
    BOOST_CHECK_EXCEPTION(cursor->next(part), export_error,
                          [](auto const& error) { return error.status() == exit_status::interrupted; });
    BOOST_CHECK_EXCEPTION(live->changes(), export_error,
                          [](auto const& error) { return error.status() == exit_status::interrupted; });
}

BOOST_AUTO_TEST_SUITE_END()
