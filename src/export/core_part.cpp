#include "core_part.hpp"

#include "pryv_export/base/clock.hpp"
#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/base/version.hpp"
#include "pryv_export/runtime/run_all.hpp"
#include "pryv_export/runtime/stage.hpp"

#include "take_register.hpp"
#include "user_export.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <list>
#include <utility>

namespace pryv_export::exporting {

namespace {

namespace json = boost::json;

convert::rules rules_of(const config::v1_config& config, const export_options& options)
{
    convert::rules rules;
    rules.integrity = options.integrity;
    rules.algorithm = config.integrity_algorithm;
    rules.events_hashed = config.integrity_events;
    rules.accesses_hashed = config.integrity_accesses;
    rules.account_known = config.has_custom_account;
    for (const auto& field : config.account_fields) rules.account_fields.push_back(field.id);
    rules.other_streams = config.other_streams;
    return rules;
}

std::string_view name_of(convert::integrity_mode mode)
{
    switch (mode) {
    case convert::integrity_mode::keep: return "keep";
    case convert::integrity_mode::drop: return "drop";
    default: return "auto";
    }
}

} // namespace

core_part::core_part(runtime::program_share& program, const config::v1_config& config,
                     const export_options& options, runtime::progress& progress, std::string name,
                     std::int64_t started)
    : program_{program}, config_{config}, options_{options}, progress_{progress}, name_{std::move(name)},
      rules_{rules_of(config, options)}, started_{steady_seconds()}
{
    report_.tool_version = std::string{program_version()};
    report_.output = options_.output.native();
    report_.started_ms = started;
    report_.compressed = options_.encoding.gzip;
    report_.options = json::object{{"targetFileSize", options_.target_file_bytes},
                                   {"compress", options_.encoding.gzip},
                                   {"level", options_.encoding.level},
                                   {"integrity", name_of(options_.integrity)}};
}

void core_part::open(const std::filesystem::path& scratch)
{
    if (!config_.event_files_engine_module.empty()) {
        throw export_error{
            exit_status::bad_config, "eventFiles:engine:modulePath",
            "v1 keeps attachments in another store, which this program cannot read",
            "copy the attachments into the users' folders and remove this key in a copy of the config"};
    }
    sources_.emplace(open_core_sources(config_, options_, options_.spool_dir.value_or(scratch), progress_,
                                       program_.stopping()));
    report_.source = sources_->documents->description();
}

void core_part::leave_out(std::vector<left_out_user> users, const std::vector<std::size_t>& places)
{
    report_.left_out = std::move(users);
    std::vector<user_entry>& all = sources_->users.users;
    for (std::size_t const place : places) all[place].id.clear();
    std::erase_if(all, [](const user_entry& user) { return user.id.empty(); });
}

void core_part::join(archive_draft& archive, std::size_t first_number)
{
    archive_ = &archive;
    first_number_ = first_number;
    kept_.assign(users_total(), false);
    context_.emplace(core_context{.program = program_,
                                  .options = options_,
                                  .rules = rules_,
                                  .events = std::make_shared<const convert::event_converter>(rules_),
                                  .documents = *sources_->documents,
                                  .sqlite = *sources_->sqlite,
                                  .output = archive.folder(),
                                  .progress = progress_,
                                  .version = sources_->version,
                                  .users_folder = source::open_users_folder(config_.user_files_path),
                                  .old_attachments = old_attachments(),
                                  .mongo_accounts = std::move(sources_->mongo_accounts),
                                  .events_in_sqlite = config_.events_engine == config::engine::sqlite,
                                  .timestamp_ms = report_.started_ms});
    warn_about_sources();
}

void core_part::prepare()
{
    prepare_sources(*sources_, progress_);
}

user_survey core_part::survey(std::size_t place)
{
    return user_export{*context_, users()[place], place}.survey();
}

std::vector<std::string> core_part::problems_of_sources()
{
    std::vector<std::string> lines;
    for (const auto& damage : sources_->documents->damages()) {
        lines.push_back(fmt::format("{}: {} at byte {} cannot be read: {}", printable(damage.thing),
                                    human_bytes(damage.bytes), damage.offset, printable(damage.cause)));
    }
    std::uint64_t unowned = 0;
    sources_->documents->for_each_unowned([&](auto, const auto&) { ++unowned; });
    if (unowned > 0) lines.push_back(fmt::format("{} records belong to no user", human_count(unowned)));
    for (auto const kind :
         {source::collection::events, source::collection::streams, source::collection::accesses}) {
        bool const elsewhere = kind == source::collection::events && context_->events_in_sqlite;
        if (!elsewhere && !sources_->documents->has(kind))
            lines.push_back(fmt::format("MongoDB has no collection '{}'", source::name_of(kind)));
    }
    return lines;
}

void core_part::sample(const std::vector<std::size_t>& places, std::uint64_t most_bytes)
{
    compare_with_register(archive_->folder(), options_, users(), report_); // of all users
    is_sample_ = true;
    std::vector<user_entry> chosen;
    chosen.reserve(places.size());
    for (std::size_t const place : places) chosen.push_back(std::move(sources_->users.users[place]));
    sources_->users.users = std::move(chosen);
    kept_.assign(users_total(), false);
    context_->most_user_bytes = most_bytes;
}

/// Before 1.9 attachments were elsewhere; what is left there in a newer store was never migrated.
std::optional<std::filesystem::path> core_part::old_attachments() const
{
    if (config_.attachments_path.empty() || kind_of(config_.attachments_path) != path_kind::folder)
        return std::nullopt;
    return config_.attachments_path;
}

void core_part::warn_about_sources()
{
    for (auto* list : {&sources_->warnings, &sources_->users.warnings}) {
        report_.warnings.insert(report_.warnings.end(), list->begin(), list->end());
    }
    report_.warnings.insert(report_.warnings.end(), config_.warnings.begin(), config_.warnings.end());
    auto const mongo_events = sources_->documents->total(source::collection::events).documents;
    if (context_->events_in_sqlite && mongo_events > 0) {
        report_.warnings.push_back(
            fmt::format("v1 keeps events in SQLite (database:engine); {} events in MongoDB are from "
                        "before that and are not in the archive.",
                        mongo_events));
    }
    for (const auto& store : config_.custom_data_stores) {
        report_.warnings.push_back(fmt::format(
            "The external data store '{}' is outside of v1 and not in the archive.", printable(store)));
    }
}

std::uint64_t core_part::bytes_to_export() const
{
    std::uint64_t bytes = 0;
    for (const auto& user : sources_->users.users) {
        bytes += sources_->documents->share_of(source::collection::events, user.id).bytes;
    }
    return context_->events_in_sqlite ? 0 : bytes;
}

archive_facts core_part::facts() const
{
    return {.engine = std::string{config_.events_engine == config::engine::sqlite ? "sqlite" : "mongodb"},
            .domain = config_.host_name(),
            .timestamp_ms = report_.started_ms};
}

/// As many coroutines as users may be in flight; each takes the next user when it is done with one and has a
/// place.
runtime::task<void> core_part::export_users(runtime::fair_slots::party& places)
{
    progress_.begin("exporting");
    progress_.users_total = users_total();
    progress_.bytes_total = bytes_to_export();
    std::vector<runtime::task<void>> workers;
    for (std::size_t i = 0; i < std::min(places.limit(), users_total()); ++i)
        workers.push_back(export_next_users(places));
    co_await runtime::run_all(std::move(workers));
}

/// A user between the start and the end of the export.
struct core_part::user_in_flight
{
    user_in_flight(core_part& part, std::size_t at)
        : place{at}, entry{part.users()[at]}, whole{runtime::stage::user, entry.id, runtime::activity::lasts},
          user{*part.context_, entry, part.first_number_ + at},
          keep{[this, &part] { part.keep_user(user, place); }}
    {
    }

    /// Blocking. A failure is looked at in export_rest(); nothing more is done before.
    template <class Step>
    void attempt(Step step) noexcept
    {
        if (failure) return;
        try {
            step();
        } catch (...) {
            failure = std::current_exception();
        }
    }

    std::size_t place;
    const user_entry& entry;
    runtime::span whole;
    user_export user;
    std::function<void()> keep;
    std::exception_ptr failure;
};

/// Users who go the first steps together. They begin and end on the pools' threads: the loop only learns who
/// is left.
struct core_part::user_group
{
    std::vector<std::size_t> places;     ///< of users who have not begun
    std::uint64_t bytes = 0;             ///< of memory that the first blocks take
    std::list<user_in_flight> in_flight; ///< who has more than first blocks, or failed
    std::vector<archive::finished_folder> finished;
};

runtime::task<void> core_part::export_next_users(runtime::fair_slots::party& places)
{
    for (;;) {
        runtime::fair_slots::slot const place = co_await places.acquire();
        co_await runtime::throw_if_cancelled();
        user_group group = next_group(places.limit());
        if (group.places.empty()) co_return;
        co_await export_first_blocks(group);
        while (!group.in_flight.empty()) {
            co_await export_rest(group.in_flight.front());
            group.in_flight.pop_front();
            ++users_ended_;
        }
        places.want(users_total() - users_ended_);
    }
}

namespace {

/// Of a group of users, so that it is little beside a block of one.
constexpr std::size_t most_group_users = 8;
constexpr std::uint64_t most_group_bytes = 64U << 10;

} // namespace

/// Small users go several at a time, as a trip to a pool and back takes longer than what there is to do for
/// one; fewer towards the end, so that all threads have work until then.
core_part::user_group core_part::next_group(std::size_t most_users)
{
    std::size_t const left = users_total() - next_user_;
    std::size_t const most =
        std::min(most_users, std::clamp<std::size_t>(left / (4 * most_group_users), 1, most_group_users));
    user_group group;
    std::uint64_t bytes = 0;
    while (group.places.size() < most && bytes < most_group_bytes) {
        if (!given_back_.empty()) {
            group.places.push_back(given_back_.back());
            given_back_.pop_back();
        } else if (next_user_ < users_total()) {
            group.places.push_back(next_user_++);
        } else {
            break;
        }
        std::uint64_t const first = user_export::first_bytes(*context_, users()[group.places.back()]);
        bytes += first;
        group.bytes += cost_of_block(first);
    }
    return group;
}

/// Blocking. Nobody waits behind a user who turns out to be large: the others stay in `places`.
void core_part::open_group(user_group& group)
{
    std::size_t begun = 0;
    std::uint64_t held = 0;
    for (bool alone = false; begun < group.places.size() && !alone && held < most_group_bytes; ++begun) {
        user_in_flight& next = group.in_flight.emplace_back(*this, group.places[begun]);
        next.attempt([&next] { next.user.open(); });
        held += next.user.held_bytes();
        alone = next.failure || !next.user.is_read_whole();
    }
    group.places.erase(group.places.begin(), group.places.begin() + static_cast<std::ptrdiff_t>(begun));
}

/// CPU work. One user after the other: what is converted is written while it is in the core's cache.
void core_part::convert_group(user_group& group)
{
    for (auto& each : group.in_flight) each.attempt([&each] { each.user.convert(each.keep); });
    for (auto each = group.in_flight.begin(); each != group.in_flight.end();) {
        bool const over = each->user.ended() && !each->failure;
        if (over) group.finished.push_back(finished_folder_of(each->user));
        each = over ? group.in_flight.erase(each) : std::next(each);
    }
}

/// That is all there is of most users: they cost one trip to the disk and one to the CPUs. Who was not begun
/// is given back.
runtime::task<void> core_part::export_first_blocks(user_group& group)
{
    auto const memory = co_await program_.memory().acquire(group.bytes);
    auto open = [this, &group] { open_group(group); };
    co_await runtime::run_on(program_.blocking(), std::move(open));
    given_back_.insert(given_back_.end(), group.places.rbegin(), group.places.rend());
    auto convert = [this, &group] { convert_group(group); };
    co_await runtime::run_on(program_.cpu(), std::move(convert));
    // Before anything else can fail: the report has them.
    for (auto& each : group.finished) archive_->publisher().put(std::move(each));
    progress_.users_done += group.finished.size();
    users_ended_ += group.finished.size();
    co_await archive_->publisher().wait_for_room();
}

runtime::task<void> core_part::export_rest(user_in_flight& flight)
{
    std::optional<std::string> failure;
    try {
        if (flight.failure) std::rethrow_exception(std::exchange(flight.failure, nullptr));
        co_await flight.user.run_rest(flight.keep);
        archive_->publisher().put(finished_folder_of(flight.user));
    } catch (const export_error& error) {
        if (is_fatal(error)) throw;
        failure = error.what();
    }
    if (failure) {
        co_await flight.user.discard();
        flight.user.report().failure = std::move(failure);
        flight.user.report().archive_bytes = 0;
        co_await runtime::run_on(program_.blocking(), flight.keep);
        ++progress_.users_failed;
    } else {
        ++progress_.users_done;
        co_await archive_->publisher().wait_for_room();
    }
}

archive::finished_folder core_part::finished_folder_of(const user_export& user) const
{
    return {user.staging(), archive_->folder().root() / "users" / user.report().user_id,
            user.report().archive_bytes};
}

bool core_part::is_of_archive(const export_error& error) const
{
    return error.status() == exit_status::io_error &&
           error.thing().starts_with(archive_->folder().root().native());
}

/// Nothing helps against a full disk or a server that is gone, and nothing should go on after an
/// interruption; everything else is one user's trouble.
bool core_part::is_fatal(const export_error& error) const
{
    return is_of_archive(error) || error.status() == exit_status::unreachable || options_.fail_fast ||
           program_.stopping();
}

/// Blocking.
void core_part::keep_user(user_export& user, std::size_t place)
{
    user.report().core = name_;
    archive_->add(first_number_ + place, user);
    std::lock_guard const lock{keep_mutex_};
    if (!user.report().failure) report_.archive_files += user.files();
    enter(place, user.report());
    if (on_user) on_user(user, place);
}

void core_part::enter(std::size_t place, const user_report& report)
{
    kept_[place] = true;
    if (report.failure) failures_.emplace(place, std::pair{report.user_id, *report.failure});
    notes_.add(place, report.user_id, report.notes);
    note_size(place, report.of(convert::kind::events).source);
    report_.add(report);
}

void core_part::fail_rest(const std::string& line)
{
    std::lock_guard const lock{keep_mutex_};
    for (std::size_t place = 0; place < kept_.size(); ++place) {
        if (kept_[place]) continue;
        const user_entry& user = sources_->users.users[place];
        user_report report;
        report.user_id = user.id;
        report.username = user.name;
        report.core = name_;
        report.name_from = user.name_from;
        report.failure = line;
        archive_->add(first_number_ + place, report);
        enter(place, report);
        ++progress_.users_failed;
    }
}

/// The largest user; the first of several, whatever the order of their ends.
void core_part::note_size(std::size_t place, std::uint64_t events)
{
    bool const larger = events > report_.largest_user_events ||
                        (events == report_.largest_user_events && place < largest_place_);
    if (events == 0 || !larger) return;
    report_.largest_user_events = events;
    report_.largest_user = sources_->users.users[place].id;
    largest_place_ = place;
}

std::size_t users_in_flight(std::size_t asked, std::size_t jobs) noexcept
{
    return asked > 0 ? asked : std::max<std::size_t>(8, 4 * jobs);
}

} // namespace pryv_export::exporting
