#include "pryv_export/base/error.hpp"

#include "mongodump_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <thread>

using namespace test;
using pryv_export::exit_status;
using pryv_export::export_error;
using source::collection;

BOOST_AUTO_TEST_SUITE(mongodump_store)

namespace {

/// The error that `action` throws.
template <class Action>
export_error error_of(Action&& action)
{
    try {
        action();
    } catch (const export_error& error) {
        return error;
    }
    return export_error{exit_status::complete, "nothing", "was thrown"};
}

bool mentions(const export_error& error, std::string_view text)
{
    return std::string_view{error.what()}.find(text) != std::string_view::npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(gives_each_user_its_documents_in_stored_order)
{
    dump_folder dump;
    auto const events = interleaved(100, 3);
    dump.put("events.bson", joined(events));
    auto const store = dump.open();
    BOOST_TEST(store->user_ids() == (std::vector<std::string>{"u0", "u1", "u2"}),
               boost::test_tools::per_element());
    for (std::size_t user = 0; user < 3; ++user) {
        BOOST_TEST_CONTEXT(user)
        {
            auto const found = documents_of(*store->open(collection::events, fmt::format("u{}", user)));
            std::vector<std::string> expected;
            for (std::size_t i = user; i < events.size(); i += 3) expected.push_back(events[i]);
            BOOST_TEST_REQUIRE(found.size() == expected.size());
            for (std::size_t i = 0; i < found.size(); ++i) BOOST_TEST(found[i].bytes == expected[i]);
            auto const share = store->share_of(collection::events, fmt::format("u{}", user));
            BOOST_TEST(share.documents == expected.size());
            BOOST_TEST(share.bytes == joined(expected).size());
            BOOST_TEST(share.ids_ascend);
        }
    }
    BOOST_TEST(store->total(collection::events).bytes == joined(events).size());
    BOOST_TEST(store->damages().empty());
}

BOOST_AUTO_TEST_CASE(tells_where_a_document_was_found)
{
    dump_folder dump;
    auto const events = interleaved(50, 4);
    dump.put("events.bson", joined(events));
    for (std::uint64_t const regroup_above : {std::uint64_t{1}, std::uint64_t{1} << 40}) {
        auto options = dump.options();
        options.regroup_above_bytes = regroup_above;
        auto const store = source::open_mongodump(options);
        store->prepare(store->user_ids());
        auto const found = all_documents(*store, collection::events);
        std::uint64_t at = 0;
        BOOST_TEST_REQUIRE(found.size() == events.size());
        for (auto const& [position, bytes] : found) {
            BOOST_TEST(position == at);
            at += bytes.size();
        }
    }
}

BOOST_AUTO_TEST_CASE(keeps_absent_and_empty_apart)
{
    dump_folder dump;
    dump.put("events.bson", "");
    auto const store = dump.open();
    BOOST_TEST(store->has(collection::events));
    BOOST_TEST(!store->has(collection::streams));
    BOOST_TEST(store->total(collection::events).documents == 0U);
    source::batch part;
    BOOST_TEST(!store->open(collection::events, "u0")->next(part));
    BOOST_TEST(!store->open(collection::streams, "u0")->next(part));
    BOOST_TEST(!store->open_whole("versions").has_value());
}

BOOST_AUTO_TEST_CASE(orders_users_by_first_appearance_over_all_collections)
{
    dump_folder dump;
    dump.put("followedSlices.bson", event("f1", "last"));
    dump.put("accesses.bson", event("a1", "b") + event("a2", "a"));
    dump.put("events.bson", event("c1", "z") + event("c2", "b"));
    auto const store = dump.open();
    BOOST_TEST(store->user_ids() == (std::vector<std::string>{"z", "b", "a", "last"}),
               boost::test_tools::per_element());
    BOOST_TEST(store->share_of(collection::accesses, "b").documents == 1U);
    BOOST_TEST(store->share_of(collection::streams, "b").documents == 0U);
}

BOOST_AUTO_TEST_CASE(hands_out_documents_that_are_nobodys)
{
    dump_folder dump;
    std::vector<std::string> const nobodys{doc().str("_id", "no user").bytes(),
                                           doc().str("_id", "null user").null("userId").bytes(),
                                           doc().str("_id", "empty user").str("userId", "").bytes(),
                                           doc().str("_id", "number").int32("userId", 5).bytes()};
    std::string bytes;
    for (auto const& one : nobodys) bytes += event("c1", "u") + one;
    dump.put("streams.bson", bytes);
    for (std::uint64_t const regroup_above : {std::uint64_t{1}, std::uint64_t{1} << 40}) {
        auto options = dump.options();
        options.regroup_above_bytes = regroup_above;
        auto const store = source::open_mongodump(options);
        store->prepare(store->user_ids());
        std::vector<std::string> found;
        store->for_each_unowned([&](collection kind, const source::document& one) {
            BOOST_TEST((kind == collection::streams));
            found.emplace_back(reinterpret_cast<const char*>(one.bytes.data()), one.bytes.size());
        });
        BOOST_TEST(found == nobodys, boost::test_tools::per_element());
        BOOST_TEST(documents_of(*store->open(collection::streams, "u")).size() == nobodys.size());
    }
}

BOOST_AUTO_TEST_CASE(takes_the_last_user_id_of_a_document)
{
    dump_folder dump;
    dump.put("events.bson", doc().str("_id", "c").str("userId", "first").str("userId", "last").bytes());
    BOOST_TEST(dump.open()->user_ids() == std::vector<std::string>{"last"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(sees_whether_ids_ascend)
{
    struct row
    {
        const char* name;
        std::vector<std::string> documents;
        bool ascend;
    };
    auto const with_id = [](std::string_view id) { return doc().str("_id", id).str("userId", "u").bytes(); };
    auto const with_oid = [](std::uint8_t id) { return doc().oid("_id", id).str("userId", "u").bytes(); };
    auto const number = doc().int32("_id", 1).str("userId", "u").bytes();
    for (auto const& row :
         std::vector<row>{{"one", {with_id("a")}, true},
                          {"ascending", {with_id("a"), with_id("ab"), with_id("b")}, true},
                          {"twice", {with_id("a"), with_id("a")}, false},
                          {"descending", {with_id("b"), with_id("a")}, false},
                          {"high bytes", {with_id("a"), with_id("\xc3\xa9")}, true},
                          {"strings then ObjectIds", {with_id("z"), with_oid(1), with_oid(2)}, true},
                          {"ObjectId then string", {with_oid(1), with_id("z")}, false},
                          {"ObjectIds descending", {with_oid(200), with_oid(100)}, false},
                          {"another type", {number}, false},
                          {"too long to keep", {with_id(std::string(40, 'x'))}, false},
                          {"no id", {doc().str("userId", "u").bytes()}, false}}) {
        BOOST_TEST_CONTEXT(row.name)
        {
            dump_folder dump;
            // Another user's documents in between have no say.
            std::string bytes;
            for (auto const& one : row.documents) bytes += one + event("zz", "other");
            dump.put("events.bson", bytes);
            BOOST_TEST(dump.open()->share_of(collection::events, "u").ids_ascend == row.ascend);
        }
    }
}

BOOST_AUTO_TEST_CASE(ends_a_batch_with_the_document_that_fills_it)
{
    dump_folder dump;
    auto events = interleaved(300, 2);
    events[100] = event("big", "u0", std::string(10'000, 'b'));
    dump.put("events.bson", joined(events));
    for (std::size_t const batch_bytes : {1U, 150U, 2000U, 5000U, 1U << 20}) {
        BOOST_TEST_CONTEXT(batch_bytes)
        {
            auto options = dump.options();
            options.batch_bytes = batch_bytes;
            auto const plain = source::open_mongodump(options);
            auto const batches = batches_of(*plain->open(collection::events, "u0"));
            for (std::size_t i = 0; i < batches.size(); ++i) {
                std::size_t bytes = 0;
                for (auto const& one : batches[i]) bytes += one.bytes.size();
                BOOST_TEST(bytes - batches[i].back().bytes.size() < batch_bytes);
                if (i + 1 < batches.size()) BOOST_TEST(bytes >= batch_bytes);
            }
            options.regroup_above_bytes = 1;
            options.jobs = 4;
            auto const regrouped = source::open_mongodump(options);
            regrouped->prepare(std::vector<std::string>{"u1", "u0"});
            BOOST_TEST((batches_of(*regrouped->open(collection::events, "u0")) == batches));
        }
    }
}

BOOST_AUTO_TEST_CASE(batches_do_not_depend_on_what_stands_between)
{
    dump_folder alone;
    dump_folder mixed;
    std::string own;
    std::string all;
    for (int i = 0; i < 200; ++i) {
        auto const one = event(fmt::format("c{:04}", i), "u", std::string(static_cast<std::size_t>(i), 'x'));
        own += one;
        // Gaps below and above the size that is read along.
        all += one + event("other", "v", std::string(i % 7 == 0 ? 9000 : 10, 'y'));
    }
    alone.put("events.bson", own);
    mixed.put("events.bson", all);
    auto const sizes = [](const dump_folder& dump) {
        std::vector<std::size_t> counts;
        auto const store = dump.open();
        for (auto const& part : batches_of(*store->open(collection::events, "u")))
            counts.push_back(part.size());
        return counts;
    };
    BOOST_TEST(sizes(alone) == sizes(mixed), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(gives_the_same_documents_however_far_apart_they_stand)
{
    struct row
    {
        const char* name;
        std::size_t documents;
        std::size_t gap;     ///< bytes between two documents, about
        std::size_t far_gap; ///< and between each hundredth and the next one
    };
    for (auto const& row : std::vector<row>{{"near: one read", 3000, 10, 10},
                                            {"as much between as wanted", 3000, 150, 150},
                                            {"too much between to be kept", 3000, 1500, 1500},
                                            {"pieces of one read that are longer", 2000, 10, 9000},
                                            {"a read each", 300, 5000, 5000},
                                            {"more pieces than are planned at a time", 12'000, 1, 1}}) {
        BOOST_TEST_CONTEXT(row.name)
        {
            dump_folder dump;
            std::string bytes;
            std::vector<seen> expected;
            for (std::size_t i = 0; i < row.documents; ++i) {
                auto one = event(fmt::format("c{:06}", i), "u", std::string(i * 31 % 60, 'x'));
                auto const gap = i % 100 == 0 ? row.far_gap : row.gap;
                expected.push_back({one, bytes.size()});
                bytes += one + event("other", "v", std::string(gap, 'y'));
            }
            dump.put("events.bson", bytes);
            for (std::size_t const batch_bytes : {1000U, 100'000U, 8U << 20}) {
                auto options = dump.options();
                options.batch_bytes = batch_bytes;
                auto const store = source::open_mongodump(options);
                BOOST_TEST((documents_of(*store->open(collection::events, "u")) == expected));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(reads_packed_collections_alike)
{
    dump_folder plain;
    dump_folder packed;
    auto const bytes = joined(interleaved(500, 7));
    plain.put("events.bson", bytes);
    packed.put("events.bson.gz", gzip(bytes.substr(0, 1000)) + gzip(bytes.substr(1000)));
    plain.put("versions.bson", doc().str("_id", "1.9.3").bytes());
    packed.put("versions.bson.gz", gzip(doc().str("_id", "1.9.3").bytes()));
    auto const a = plain.open();
    auto const b = packed.open();
    BOOST_TEST((all_documents(*a, collection::events) == all_documents(*b, collection::events)));
    BOOST_TEST((documents_of(**a->open_whole("versions")) == documents_of(**b->open_whole("versions"))));
    BOOST_TEST(b->damages().empty());
    BOOST_TEST(fs::is_empty(packed.spool()));
}

BOOST_AUTO_TEST_CASE(uses_what_a_truncated_gzip_holds)
{
    dump_folder dump;
    std::vector<std::string> events;
    for (int i = 0; i < 2000; ++i) events.push_back(event(fmt::format("c{:08}", i * 7919 % 100'003), "u"));
    auto const packed = gzip(joined(events));
    dump.put("events.bson.gz", packed.substr(0, packed.size() / 2));
    auto const store = dump.open();
    auto const found = documents_of(*store->open(collection::events, "u"));
    BOOST_TEST(found.size() > 100U);
    BOOST_TEST(found.size() < events.size());
    for (std::size_t i = 0; i < found.size(); ++i) BOOST_TEST(found[i].bytes == events[i]);
    BOOST_TEST_REQUIRE(!store->damages().empty());
    BOOST_TEST(store->damages()[0].thing.ends_with("events.bson.gz"));
    BOOST_TEST(store->damages()[0].offset == packed.size() / 2);
    BOOST_TEST(store->damages()[0].cause.find("truncated") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(reports_a_corrupt_gzip)
{
    dump_folder dump;
    dump.put("events.bson.gz", "this is no gzip");
    auto const store = dump.open();
    BOOST_TEST(store->has(collection::events));
    BOOST_TEST_REQUIRE(store->damages().size() == 1U);
    BOOST_TEST(store->damages()[0].cause.find("corrupt") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(threads_do_not_show)
{
    dump_folder dump;
    auto const several = [](std::size_t count, std::size_t users) {
        auto documents = interleaved(count, users);
        std::reverse(documents.begin(), documents.end()); // each collection begins with another user
        return joined(documents) + "garbage" + documents[0];
    };
    dump.put("events.bson", several(20, 3));
    dump.put("streams.bson", several(500, 40));
    dump.put("accesses.bson.gz", gzip(several(3000, 7)) + "no gzip");
    dump.put("profile.bson.gz", gzip(several(100, 60)) + "no gzip");
    auto options = dump.options();
    options.jobs = 1;
    auto const one = source::open_mongodump(options);
    BOOST_TEST(one->user_ids().size() == 60U);
    BOOST_TEST(one->damages().size() == 6U);
    options.jobs = 4;
    for (int again = 0; again < 20; ++again) {
        auto const several_at_once = source::open_mongodump(options);
        BOOST_TEST(one->user_ids() == several_at_once->user_ids(), boost::test_tools::per_element());
        std::vector<std::string> places;
        std::vector<std::string> expected;
        for (auto const& each : several_at_once->damages()) places.push_back(each.thing + ": " + each.cause);
        for (auto const& each : one->damages()) expected.push_back(each.thing + ": " + each.cause);
        BOOST_TEST(places == expected, boost::test_tools::per_element());
        for (collection const kind : source::user_collections) {
            BOOST_TEST((all_documents(*one, kind) == all_documents(*several_at_once, kind)));
        }
        for (auto const& user : one->user_ids()) {
            auto const found = documents_of(*several_at_once->open(collection::streams, user));
            BOOST_TEST(found.size() == several_at_once->share_of(collection::streams, user).documents);
            for (auto const& each : found) BOOST_TEST(each.bytes.ends_with(user + '\0' + '\0'));
        }
    }
}

BOOST_AUTO_TEST_CASE(reads_whole_collections_and_the_platform)
{
    dump_folder dump;
    dump.put("events.bson", "");
    auto const versions = doc().str("_id", "1.9.2").bytes() + doc().str("_id", "1.9.3").bytes();
    dump.put("versions.bson", versions);
    auto const platform = dump.root() / "pryv-node-platform";
    fs::create_directory(platform);
    write_file(platform / "keyValueUnique.bson", doc().str("_id", "x").bytes());
    auto const store = dump.open();
    auto const found = documents_of(**store->open_whole("versions"));
    BOOST_TEST_REQUIRE(found.size() == 2U);
    BOOST_TEST(found[0].bytes + found[1].bytes == versions);
    BOOST_TEST(documents_of(**store->open_platform("keyValueUnique")).size() == 1U);
    BOOST_TEST(!store->open_platform("keyValueIndexed").has_value());
    BOOST_TEST(!store->open_whole("../pryv-node/versions").has_value());
}

BOOST_AUTO_TEST_CASE(reports_damage_in_whole_collections)
{
    dump_folder dump;
    dump.put("events.bson", "");
    auto const good = doc().str("_id", "1.9.3").bytes();
    dump.put("versions.bson", good + "garbage" + good);
    auto const store = dump.open();
    for (int again = 0; again < 2; ++again)
        BOOST_TEST(documents_of(**store->open_whole("versions")).size() == 2U);
    BOOST_TEST_REQUIRE(store->damages().size() == 1U);
    BOOST_TEST(store->damages()[0].offset == good.size());
    BOOST_TEST(store->damages()[0].bytes == 7U);
}

BOOST_AUTO_TEST_CASE(finds_the_dump_below_its_parent)
{
    dump_folder dump;
    dump.put("events.bson", event("c", "u"));
    fs::create_directory(dump.root() / "pryv-node-platform");
    write_file(dump.root() / "pryv-node-platform" / "keyValueUnique.bson", doc().str("_id", "x").bytes());
    auto options = dump.options();
    options.folder = dump.root();
    auto const store = source::open_mongodump(options);
    BOOST_TEST(store->user_ids().size() == 1U);
    BOOST_TEST(store->open_platform("keyValueUnique").has_value());
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_dump)
{
    dump_folder dump;
    auto const open = [&](const fs::path& folder) {
        auto at = dump.options();
        at.folder = folder;
        return error_of([&] { source::open_mongodump(at); });
    };
    auto const nothing = open(dump.folder());
    BOOST_TEST((nothing.status() == exit_status::source_missing));
    BOOST_TEST(mentions(nothing, "followedSlices"));
    BOOST_TEST((open(dump.root() / "absent").status() == exit_status::source_missing));
    auto options = dump.options();
    options.platform_folder = dump.root() / "absent";
    dump.put("events.bson", "");
    BOOST_TEST(mentions(error_of([&] { source::open_mongodump(options); }), "platform"));
    fs::remove(dump.folder() / "events.bson");
    dump.put("archive", "\x6d\xe2\x99\x81 and so on");
    BOOST_TEST(mentions(open(dump.folder() / "archive"), "--archive"));
    dump.put("u1.events.bson", "");
    BOOST_TEST(mentions(open(dump.folder()), "before 1.4"));
}

BOOST_AUTO_TEST_CASE(refuses_files_that_it_cannot_trust)
{
    dump_folder dump;
    dump.put("events.bson", "");
    dump.put("streams.bson", "");
    dump.put("streams.bson.gz", gzip(""));
    auto const both = error_of([&] { dump.open(); });
    BOOST_TEST((both.status() == exit_status::source_missing));
    BOOST_TEST(mentions(both, "streams.bson.gz"));
    fs::remove(dump.folder() / "streams.bson.gz");
    fs::remove(dump.folder() / "streams.bson");
    fs::create_symlink(dump.folder() / "events.bson", dump.folder() / "streams.bson");
    BOOST_TEST(mentions(error_of([&] { dump.open(); }), "symbolic link"));
    fs::remove(dump.folder() / "streams.bson");
    fs::create_directory(dump.folder() / "streams.bson");
    BOOST_TEST(mentions(error_of([&] { dump.open(); }), "no regular file"));
}

BOOST_AUTO_TEST_CASE(stops_when_asked_to)
{
    dump_folder dump;
    dump.put("events.bson", joined(interleaved(10, 2)));
    std::atomic<bool> stop{true};
    auto options = dump.options();
    options.stop = &stop;
    BOOST_TEST((error_of([&] { source::open_mongodump(options); }).status() == exit_status::interrupted));
}

BOOST_AUTO_TEST_CASE(tells_how_far_it_is)
{
    dump_folder dump;
    auto const bytes = joined(interleaved(20'000, 5));
    dump.put("events.bson", bytes);
    dump.put("streams.bson", bytes);
    std::uint64_t last = 0;
    std::uint64_t expected = 0;
    auto options = dump.options();
    options.on_progress = [&](std::uint64_t done, std::uint64_t total) {
        BOOST_TEST(done >= last);
        last = done;
        expected = total;
    };
    source::open_mongodump(options);
    BOOST_TEST(last == 2 * bytes.size());
    BOOST_TEST(expected == 2 * bytes.size());
}

BOOST_AUTO_TEST_CASE(notices_a_file_that_became_shorter)
{
    dump_folder dump;
    dump.put("events.bson", joined(interleaved(100, 1)));
    auto const store = dump.open();
    fs::resize_file(dump.folder() / "events.bson", 5000);
    auto const error = error_of([&] { documents_of(*store->open(collection::events, "u0")); });
    BOOST_TEST((error.status() == exit_status::io_error));
    BOOST_TEST(mentions(error, "5000"));
}

BOOST_AUTO_TEST_CASE(a_file_that_became_shorter_fails_those_whose_documents_are_gone)
{
    dump_folder dump;
    auto const first = joined(interleaved(100, 2));
    dump.put("events.bson", first + event("c", "late") + event("c", "other") + event("d", "late"));
    auto const store = dump.open();
    fs::resize_file(dump.folder() / "events.bson", first.size() + 10);
    BOOST_TEST(documents_of(*store->open(collection::events, "u0")).size() == 50U);
    auto const error = error_of([&] { documents_of(*store->open(collection::events, "late")); });
    BOOST_TEST((error.status() == exit_status::io_error));
    BOOST_TEST(mentions(error, fmt::format("{}", first.size() + 10)));
    BOOST_TEST(documents_of(*store->open(collection::events, "u1")).size() == 50U);
}

BOOST_AUTO_TEST_CASE(several_threads_read_at_the_same_time)
{
    dump_folder dump;
    dump.put("events.bson", joined(interleaved(2000, 8)));
    for (std::uint64_t const regroup_above : {std::uint64_t{1}, std::uint64_t{1} << 40}) {
        auto options = dump.options();
        options.regroup_above_bytes = regroup_above;
        auto const store = source::open_mongodump(options);
        store->prepare(store->user_ids());
        std::atomic<std::size_t> documents{0};
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&, t] {
                for (int user = t; user < 8; user += 4) {
                    auto const cursor = store->open(collection::events, fmt::format("u{}", user));
                    documents += documents_of(*cursor).size();
                }
            });
        }
        for (auto& thread : threads) thread.join();
        BOOST_TEST(documents == 2000U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
