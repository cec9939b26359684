#include "generate.hpp"

#include "dirty.hpp"
#include "dump_out.hpp"
#include "events.hpp"
#include "expected.hpp"
#include "files_out.hpp"
#include "pipeline.hpp"
#include "plan.hpp"
#include "records.hpp"
#include "sqlite_out.hpp"

#include <fmt/format.h>

#include <cstring>
#include <stdexcept>

namespace sample {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t users_per_block = 64;

void prepare_folder(const options& opt)
{
    if (fs::exists(opt.out) && !fs::is_empty(opt.out)) {
        if (!opt.force) {
            throw std::runtime_error(
                fmt::format("{} is not empty; choose another folder or give --force", opt.out.string()));
        }
        for (const auto* name : {"dump", "configs", "var-pryv", "expected.json"})
            fs::remove_all(opt.out / name);
    }
    fs::create_directories(opt.out);
}

void begin_expectation(const deployment& plan, expectation& expected)
{
    for (const auto& user : plan.users) expected.users.push_back({user.id, user.username, {}});
    expected.platform_unique = expected.platform_indexed = plan.users.size();
}

std::uint64_t count_documents(std::string_view bytes)
{
    std::uint64_t number = 0;
    for (std::size_t at = 0; at < bytes.size(); ++number) {
        std::uint32_t length = 0;
        std::memcpy(&length, bytes.data() + at, 4);
        at += length;
    }
    return number;
}

void write_dump(dump_folder& dump, expectation& expected, const record_buffers& records)
{
    for (std::size_t i = 0; i < collection_count; ++i) {
        const auto c = static_cast<collection>(i);
        if (!dump.has(c)) continue;
        dump.write(c, records[i].bytes());
        expected.documents[std::string(collection_name(c))] += count_documents(records[i].bytes());
    }
}

/// Odd documents go where their ids sort: before, between the text ids and the
/// ObjectIds, and last.
void dump_events(const deployment& plan, const dirty_documents& odd, dump_folder& dump, expectation& expected)
{
    const slice_plan slices(plan);
    std::uint64_t& documents = expected.documents[std::string(collection_name(collection::events))];
    const auto& texts = odd.texts[static_cast<std::size_t>(collection::events)].bytes();
    for (const auto* more : {&odd.numbers_first.bytes(), &texts, &odd.objects_last.bytes()}) {
        documents += count_documents(*more);
    }
    dump.write(collection::events, odd.numbers_first.bytes());
    std::uint64_t written = 0;
    ordered_parallel(
        slices.size(), plan.opt.jobs, [&](std::uint64_t i) { return slices.make(i); },
        [&](event_slice&& slice) {
            if (written++ == slices.text_slices()) dump.write(collection::events, texts);
            dump.write(collection::events, slice.bytes);
            documents += slice.documents;
            for (const auto& [user, counts] : slice.counts) expected.users[user].counts.add(counts);
        });
    if (slices.text_slices() == slices.size()) dump.write(collection::events, texts);
    dump.write(collection::events, odd.objects_last.bytes());
}

struct block
{
    std::uint64_t first = 0;
    record_buffers records;
    std::vector<counters> counts;
};

block make_block(const deployment& plan, std::uint64_t index)
{
    block made;
    made.first = index * users_per_block;
    const std::uint64_t last = std::min<std::uint64_t>(made.first + users_per_block, plan.users.size());
    for (std::uint64_t u = made.first; u < last; ++u) {
        counters counts;
        append_user_records(plan, plan.users[u], made.records, counts);
        if (plan.opt.files) {
            write_attachments(plan, plan.users[u], counts);
            write_user_databases(plan, plan.users[u], user_folder(plan, plan.users[u]), counts);
        }
        made.counts.push_back(counts);
    }
    return made;
}

void write_users(const deployment& plan, dump_folder& dump, expectation& expected)
{
    const std::uint64_t blocks = (plan.users.size() + users_per_block - 1) / users_per_block;
    ordered_parallel(
        blocks, plan.opt.jobs, [&](std::uint64_t i) { return make_block(plan, i); },
        [&](block&& made) {
            write_dump(dump, expected, made.records);
            for (std::size_t i = 0; i < made.counts.size(); ++i) {
                expected.users[made.first + i].counts.add(made.counts[i]);
            }
        });
}

} // namespace

void generate(const options& opt)
{
    prepare_folder(opt);
    deployment plan = make_plan(opt);
    if (opt.dirty) add_dirty_users(plan);
    expectation expected;
    begin_expectation(plan, expected);
    dirty_documents odd;
    if (opt.dirty) odd = make_dirty_documents(plan, expected);
    write_config(plan);
    dump_folder dump(opt.out / "dump", opt);
    record_buffers global;
    append_global_records(plan, global);
    write_dump(dump, expected, global);
    dump_events(plan, odd, dump, expected);
    odd.texts[static_cast<std::size_t>(collection::events)].clear();
    write_users(plan, dump, expected);
    write_dump(dump, expected, odd.texts);
    dump.close();
    if (opt.files && !opt.mongo_index) {
        write_index_and_platform(plan, opt.out / "var-pryv" / "users", odd.index, odd.platform);
    }
    if (opt.files && opt.dirty) write_dirty_files(plan, expected);
    write_expected(expected, opt.out / "expected.json");
}

} // namespace sample
