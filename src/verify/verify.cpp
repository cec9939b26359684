#include "pryv_export/verify/verify.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/runtime/blocking.hpp"
#include "pryv_export/runtime/run_all.hpp"

#include "archive_scan.hpp"
#include "user_check.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace pryv_export::verify {

namespace {

using runtime::task;

/// Readers keep their memory; a job borrows one.
class reader_pool
{
public:
    explicit reader_pool(check_context& context) : context_{context} {}

    std::unique_ptr<record_reader> take()
    {
        std::lock_guard const lock{mutex_};
        if (idle_.empty()) return std::make_unique<record_reader>(context_);
        auto reader = std::move(idle_.back());
        idle_.pop_back();
        return reader;
    }
    void give(std::unique_ptr<record_reader> reader)
    {
        std::lock_guard const lock{mutex_};
        idle_.push_back(std::move(reader));
    }

private:
    check_context& context_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<record_reader>> idle_;
};

class archive_verification
{
public:
    archive_verification(runtime::program& program, const verify_options& options,
                         runtime::progress& progress)
        : program_{program}, options_{options}, progress_{progress},
          scan_{options.archive, program.stopping(), progress}, readers_{scan_.context()}
    {
    }

    task<verify_report> run()
    {
        progress_.begin("reading the manifest");
        auto open = [this] { return scan_.open(); };
        bool const readable = co_await runtime::run_on(program_.cpu(), open);
        if (readable) {
            choose_users();
            co_await check_users();
            progress_.begin("checking the rest");
            auto rest = [this] { check_rest(); };
            co_await runtime::run_on(program_.cpu(), rest);
        }
        co_return report();
    }

private:
    bool everybody() const noexcept { return options_.users.empty() && options_.sample_percent >= 100; }
    void choose_users();
    task<void> check_users();
    task<void> check_next_users();
    task<void> check_user(const manifest_user& user);
    task<void> check_large(user_check& check);
    task<void> run_unit(user_check& check, std::size_t unit);
    task<void> run_files(user_check& check, std::size_t group);
    void check_rest();
    const source_user* source_of(const std::string& user_id);
    void check_source_users();
    void take(user_result result);
    verify_report report();

    runtime::program& program_;
    const verify_options& options_;
    runtime::progress& progress_;
    archive_scan scan_;
    reader_pool readers_;
    std::vector<const manifest_user*> users_;
    std::size_t next_ = 0;
    kind_counts counts_{};
    std::uint64_t files_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t doubtful_ = 0;
};

void archive_verification::choose_users()
{
    const auto& all = scan_.manifest().users;
    auto const limit = static_cast<std::uint64_t>(std::lround(options_.sample_percent * 1000));
    for (const manifest_user& user : all) {
        if (options_.users.empty() && hash_of(user.user_id) % 100'000 < limit) users_.push_back(&user);
    }
    for (const std::string& wanted : options_.users) {
        auto const at = std::find_if(all.begin(), all.end(), [&](const manifest_user& user) {
            return user.user_id == wanted || user.username == wanted;
        });
        if (at == all.end())
            throw export_error{exit_status::source_missing, wanted,
                               "no user of the archive has this id or name"};
        if (std::find(users_.begin(), users_.end(), &*at) == users_.end()) users_.push_back(&*at);
    }
    if (users_.empty() && !all.empty()) users_.push_back(&all.front());
}

task<void> archive_verification::check_users()
{
    progress_.begin("checking users");
    progress_.users_total = users_.size();
    std::vector<task<void>> workers;
    std::size_t const count = std::min(program_.jobs() * 2, users_.size());
    for (std::size_t i = 0; i < count; ++i) workers.push_back(check_next_users());
    co_await runtime::run_all(std::move(workers));
}

task<void> archive_verification::check_next_users()
{
    while (next_ < users_.size()) {
        const manifest_user& user = *users_[next_++];
        co_await check_user(user);
        ++progress_.users_done;
    }
}

/// A small user is one job; the files of a large one are jobs of their own.
task<void> archive_verification::check_user(const manifest_user& user)
{
    constexpr std::uint64_t large_bytes = 4U << 20;
    user_check check{scan_.context(), user, scan_.report_of(user.user_id), source_of(user.user_id)};
    auto whole = [&]() -> bool {
        check.list();
        if (check.bytes() > large_bytes) return false;
        auto reader = readers_.take();
        for (std::size_t i = 0; i < check.units(); ++i) check.run(i, *reader);
        check.join(*reader);
        readers_.give(std::move(reader));
        for (std::size_t i = 0; i < check.file_groups(); ++i) check.run_files(i);
        return true;
    };
    bool const done = co_await runtime::run_on(program_.cpu(), whole);
    if (!done) co_await check_large(check);
    take(check.finish());
}

task<void> archive_verification::check_large(user_check& check)
{
    // Ids and attachments of the user stay in memory until all files are read: about an eighth of the
    // compressed size.
    auto lease = co_await program_.memory().acquire(check.bytes() / 8);
    std::vector<task<void>> units;
    for (std::size_t i = 0; i < check.units(); ++i) units.push_back(run_unit(check, i));
    co_await runtime::run_all(std::move(units));
    auto join = [&] {
        auto reader = readers_.take();
        check.join(*reader);
        readers_.give(std::move(reader));
    };
    co_await runtime::run_on(program_.cpu(), join);
    std::vector<task<void>> groups;
    for (std::size_t i = 0; i < check.file_groups(); ++i) groups.push_back(run_files(check, i));
    co_await runtime::run_all(std::move(groups));
}

task<void> archive_verification::run_unit(user_check& check, std::size_t unit)
{
    auto work = [this, &check, unit] {
        auto reader = readers_.take();
        check.run(unit, *reader);
        readers_.give(std::move(reader));
    };
    co_await runtime::run_on(program_.cpu(), work);
}

task<void> archive_verification::run_files(user_check& check, std::size_t group)
{
    auto work = [&check, group] { check.run_files(group); };
    co_await runtime::run_on(program_.cpu(), work);
}

void archive_verification::take(user_result result)
{
    doubtful_ += result.found.count(severity::error) > 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += result.counts[i];
    files_ += result.files;
    bytes_ += result.bytes;
    scan_.found().merge(std::move(result.found));
}

/// Null when the archive is not held against a source, or this has no such user.
const source_user* archive_verification::source_of(const std::string& user_id)
{
    if (!options_.against) return nullptr;
    auto const found = options_.against->users.find(user_id);
    if (found != options_.against->users.end()) return &found->second;
    scan_.found().add(rule::source_user_unknown,
                      {"users/" + user_id, 0, user_id, "is in the archive and not in the source"});
    return nullptr;
}

/// What no single user tells: users whom the archive has not, what could not be counted, and an export that
/// says itself that it is not complete.
void archive_verification::check_source_users()
{
    if (!options_.against) return;
    for (const std::string& problem : options_.against->problems)
        scan_.found().add(rule::source_uncounted, {{}, 0, {}, problem});
    if (scan_.manifest().result == "partial")
        scan_.found().add(rule::source_more,
                          {"report.json", 0, {}, "the export says itself that it is not complete"});
    if (!options_.users.empty()) return;
    std::set<std::string_view> listed;
    for (const manifest_user& user : scan_.manifest().users) listed.insert(user.user_id);
    for (const auto& [id, user] : options_.against->users) {
        if (listed.contains(id)) continue;
        const archive_report* const report = scan_.report();
        bool const failed = report != nullptr && report->users.contains(printable(id));
        scan_.found().add(rule::source_user_missing,
                          {"manifest.json", 0, printable(id),
                           failed ? "is not in the archive: failed in the export, report.json says why"
                                  : "is in the source and not in the archive"});
    }
}

void archive_verification::check_rest()
{
    check_source_users();
    scan_.check_user_folders(everybody());
    auto reader = readers_.take();
    scan_.check_rest(*reader);
    if (everybody()) {
        scan_.check_totals(counts_);
        scan_.check_missing(std::nullopt);
        return;
    }
    std::vector<std::string> ids;
    for (const manifest_user* const user : users_) ids.push_back(user->user_id);
    std::sort(ids.begin(), ids.end());
    scan_.check_missing(ids);
}

verify_report archive_verification::report()
{
    verify_report out;
    out.archive = options_.archive.string();
    out.made_by = scan_.manifest().tool;
    out.core_version = scan_.manifest().core_version;
    if (options_.against) out.held_against = options_.against->source;
    out.all_users = everybody();
    out.users_listed = scan_.manifest().users.size();
    out.users_checked = users_.size();
    out.users_open_to_doubt = doubtful_;
    for (std::size_t i = 0; i < counts_.size(); ++i) out.counts.emplace_back(counted_kinds[i], counts_[i]);
    out.files = files_;
    out.bytes = bytes_;
    out.found = std::move(scan_.found());
    return out;
}

} // namespace

runtime::task<verify_report> verify_archive(runtime::program& program, verify_options options,
                                            runtime::progress& progress)
{
    archive_verification verification{program, options, progress};
    verify_report report = co_await verification.run();
    co_return report;
}

} // namespace pryv_export::verify
