#include "../../src/source/mongodump_regroup.hpp"

#include "pryv_export/base/error.hpp"

#include "../../src/source/mongodump_index.hpp"
#include "../../src/source/mongodump_memory.hpp"
#include "mongodump_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <numeric>

using namespace test;
using namespace pryv_export::source;

BOOST_AUTO_TEST_SUITE(mongodump_regroup)

namespace {

struct owned
{
    user_slot slot;
    std::string bytes;
    std::uint64_t offset;
};

/// Documents of users of very different size, mixed.
std::vector<owned> mixed_documents(std::size_t count, user_slot users)
{
    std::vector<owned> all;
    std::uint64_t at = 0;
    for (std::size_t i = 0; i < count; ++i) {
        auto const slot = static_cast<user_slot>(i * i % users % (1 + i % users));
        auto bytes = event(fmt::format("c{}", i), fmt::format("u{}", slot), std::string(i * 31 % 200, 'x'));
        if (i % 97 == 0) bytes = event("big", "u", std::string(3000, 'b'));
        all.push_back({slot, bytes, at});
        at += bytes.size();
    }
    return all;
}

std::vector<regroup_user> users_of(const std::vector<owned>& documents, std::span<const user_slot> order)
{
    std::vector<regroup_user> users;
    for (user_slot const slot : order) {
        regroup_user user{slot, 0, 0, {}};
        for (auto const& one : documents) {
            if (one.slot != slot) continue;
            ++user.documents;
            user.bytes += one.bytes.size();
        }
        if (user.documents != 0) users.push_back(user);
    }
    return users;
}

dump_file regroup_documents(std::span<regroup_user> users, const std::vector<owned>& documents,
                            const fs::path& folder, const regroup_limits& limits)
{
    return regroup(users, "dump", folder, limits, [&](auto const& visit) {
        for (auto const& one : documents) {
            found_document found;
            found.bytes = {reinterpret_cast<const std::uint8_t*>(one.bytes.data()), one.bytes.size()};
            found.offset = one.offset;
            visit(one.slot, found);
        }
    });
}

} // namespace

BOOST_AUTO_TEST_CASE(every_way_of_grouping_gives_the_same_documents)
{
    struct row
    {
        const char* name;
        regroup_limits limits;
    };
    dump_folder folder;
    auto const documents = mixed_documents(3000, 50);
    std::vector<user_slot> order(50);
    std::iota(order.rbegin(), order.rend(), user_slot{0});
    for (auto const& row : {row{"a group for each user", {512, 1U << 20, 1U << 20}},
                            row{"groups sorted in memory", {7, 16'384, 1U << 20}},
                            row{"groups distributed again", {3, 8192, 20'000}},
                            row{"one group", {1, 8192, 4U << 20}}, row{"tiny buffers", {2, 1, 4096}}}) {
        BOOST_TEST_CONTEXT(row.name)
        {
            auto users = users_of(documents, order);
            auto copy = std::make_shared<readable_file>();
            copy->header_bytes = record_header_bytes;
            copy->file = regroup_documents(users, documents, folder.spool(), row.limits);
            for (auto const& user : users) {
                auto const found = documents_of(*make_extent_cursor(copy, extent_reader{user.region}, 5000));
                std::vector<seen> expected;
                for (auto const& one : documents) {
                    if (one.slot == user.slot) expected.push_back({one.bytes, one.offset});
                }
                BOOST_TEST((found == expected));
            }
            BOOST_TEST(fs::is_empty(folder.spool()));
        }
    }
}

BOOST_AUTO_TEST_CASE(notices_that_the_dump_changed)
{
    dump_folder folder;
    auto const documents = mixed_documents(100, 5);
    std::vector<user_slot> const order{0, 1, 2, 3, 4};
    auto const with = [&](auto change) {
        auto users = users_of(documents, order);
        auto now = documents;
        change(now);
        regroup_documents(users, now, folder.spool(), {});
    };
    using pryv_export::export_error;
    BOOST_CHECK_NO_THROW(with([](auto&) {}));
    BOOST_CHECK_THROW(with([](auto& now) { now.pop_back(); }), export_error);
    BOOST_CHECK_THROW(with([](auto& now) { now.push_back(now.back()); }), export_error);
    BOOST_CHECK_THROW(with([](auto& now) { now.back().slot = 77; }), export_error);
}

BOOST_AUTO_TEST_CASE(says_when_there_is_no_room)
{
    dump_folder folder;
    auto const fd = create_nameless_file(folder.spool());
    try {
        reserve_space(fd.value(), std::uint64_t{1} << 60, folder.spool());
        BOOST_ERROR("nothing was thrown");
    } catch (const pryv_export::export_error& error) {
        BOOST_TEST((error.status() == pryv_export::exit_status::io_error));
        BOOST_TEST(std::string_view{error.what()}.find("are needed to regroup") != std::string_view::npos,
                   error.what());
    }
}

BOOST_AUTO_TEST_CASE(extents_come_back_as_they_were_added)
{
    collection_index index{1U << 30};
    std::vector<std::vector<extent>> expected(20);
    std::uint64_t at = 0;
    for (std::size_t i = 0; i < 20'000; ++i) {
        auto const slot = static_cast<user_slot>(i * 7 / 3 % 20);
        std::string const bytes(5 + i % 300, 'x');
        at += i % 11 == 0 ? std::uint64_t{1} << (i % 40) : 0;
        found_document found;
        found.bytes = {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
        found.offset = at;
        index.add(slot, found);
        auto& extents = expected[slot];
        if (!extents.empty() && extents.back().offset + extents.back().bytes == at) {
            extents.back().bytes += bytes.size();
            ++extents.back().documents;
        } else {
            extents.push_back({at, bytes.size(), 1});
        }
        at += bytes.size();
    }
    index.finish();
    for (user_slot slot = 0; slot < 20; ++slot) {
        auto reader = index.extents(slot);
        std::size_t count = 0;
        for (extent found; reader.next(found); ++count) {
            BOOST_TEST_REQUIRE(count < expected[slot].size());
            BOOST_TEST(found.offset == expected[slot][count].offset);
            BOOST_TEST(found.bytes == expected[slot][count].bytes);
            BOOST_TEST(found.documents == expected[slot][count].documents);
        }
        BOOST_TEST(count == expected[slot].size());
    }
}

BOOST_AUTO_TEST_CASE(an_index_that_would_be_large_keeps_only_the_shares)
{
    collection_index index{1U << 20};
    for (std::uint64_t i = 0; i < 500'000; ++i) {
        found_document found;
        found.bytes = {reinterpret_cast<const std::uint8_t*>("12345"), 5};
        found.offset = i * 5;
        index.add(static_cast<user_slot>(i % 1000), found);
    }
    index.finish();
    BOOST_TEST(!index.has_extents());
    BOOST_TEST(index.share(3).documents == 500U);
    BOOST_TEST(index.total().bytes == 2'500'000U);
}

BOOST_AUTO_TEST_CASE(interns_many_users)
{
    user_table users;
    for (int round = 0; round < 2; ++round) {
        for (std::uint32_t i = 0; i < 10'000; ++i)
            BOOST_TEST_REQUIRE(users.intern(fmt::format("u{}", i)) == i + 1);
    }
    BOOST_TEST(users.intern("") == nobody);
    BOOST_TEST((users.find("u77") == std::optional<user_slot>{78}));
    BOOST_TEST(!users.find("absent").has_value());
    BOOST_TEST(!users.find("").has_value());
}

BOOST_AUTO_TEST_CASE(memory_is_what_the_machine_and_the_groups_leave)
{
    dump_folder folder;
    auto const root = folder.root();
    auto const put = [&](const std::string& path, std::string_view text) {
        fs::create_directories((root / path).parent_path());
        write_file(root / path, text);
    };
    auto const mib = [](std::uint64_t count) { return count << 20; };
    put("proc/meminfo", "MemTotal: 9000000 kB\nMemAvailable:    1048576 kB\n");
    BOOST_TEST(available_memory(root) == mib(1024));
    put("proc/self/cgroup", "0::/a/b\n");
    put("sys/fs/cgroup/a/memory.max", "536870912\n");
    put("sys/fs/cgroup/a/memory.current", "268435456\n");
    put("sys/fs/cgroup/a/b/memory.max", "max\n");
    BOOST_TEST(available_memory(root) == mib(256));
    put("sys/fs/cgroup/a/memory.stat", "anon 5\nfile 134217728\n");
    BOOST_TEST(available_memory(root) == mib(384));
    put("proc/self/cgroup", "5:cpu:/\n4:memory:/x\n0::/\n");
    put("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "104857600\n");
    put("sys/fs/cgroup/memory/x/memory.usage_in_bytes", "209715200\n");
    BOOST_TEST(available_memory(root) == 0U);
    put("sys/fs/cgroup/memory/x/memory.stat", "cache 1\ntotal_cache 157286400\n");
    BOOST_TEST(available_memory(root) == mib(50));
}

BOOST_AUTO_TEST_SUITE_END()
