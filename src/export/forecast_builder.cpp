#include "forecast_builder.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/base/version.hpp"
#include "pryv_export/page/restore_commands.hpp"

#include "output_room.hpp"
#include "user_export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace pryv_export::exporting {

namespace {

using convert::kind;

/// Folders of one user: its own, events, audit, and one for attachments when there are any.
constexpr std::uint64_t folders_of_a_user = 3;
/// What a user costs beside its bytes, in bytes of events that are converted in the same time.
constexpr double user_in_bytes = 400'000;
/// Attachments are read, hashed and written.
constexpr double attachment_bytes_per_second = 250e6;
constexpr double seconds_per_attachment = 60e-6;
/// Less is no measurement.
constexpr double least_seconds = 0.05;
/// An archive that fills the disk to the last block is no success.
constexpr double room_to_spare = 1.05;

std::uint64_t sum(const per_part<std::uint64_t>& parts)
{
    return std::accumulate(parts.begin(), parts.end(), std::uint64_t{0});
}

std::uint64_t scaled(std::uint64_t value, double factor)
{
    return static_cast<std::uint64_t>(static_cast<double>(value) * factor);
}

/// An error line names a file or the user.
std::string of_user(std::string_view id, const std::string& line)
{
    return line.starts_with("user ") ? line : fmt::format("user {}: {}", printable(id), line);
}

} // namespace

std::uint64_t user_forecast::archive_total() const noexcept
{
    return sum(archive_bytes);
}

std::uint64_t forecast::archive_total() const noexcept
{
    return sum(archive_bytes) + other_bytes;
}

forecast_builder::forecast_builder(const std::vector<user_entry>& users, const export_options& options)
    : options_{options}, surveys_(users.size())
{
    forecast_.tool_version = std::string{program_version()};
    forecast_.output = options.output.native();
    forecast_.users.resize(users.size());
    for (std::size_t i = 0; i < users.size(); ++i) {
        forecast_.users[i].user_id = users[i].id;
        forecast_.users[i].username = users[i].name;
    }
}

void forecast_builder::enter(std::size_t place, user_survey found)
{
    user_forecast& user = forecast_.users[place];
    user.records = found.records;
    user.source_bytes = found.bytes;
    user.heap_megabytes = page::heap_megabytes(found.of(kind::events));
    surveys_[place] = std::move(found);
}

std::vector<std::uint64_t> forecast_builder::sizes() const
{
    std::vector<std::uint64_t> sizes;
    sizes.reserve(surveys_.size());
    for (const user_survey& found : surveys_) sizes.push_back(found.bytes_to_convert());
    return sizes;
}

void forecast_builder::converts(std::size_t users, bool whole)
{
    forecast_.users_converted = users;
    forecast_.scanned = whole;
}

/// What the size of each part depends on.
per_part<std::uint64_t> forecast_builder::inputs_of(const user_survey& found) const
{
    per_part<std::uint64_t> inputs = found.bytes;
    inputs[at(part::audit)] = found.of(kind::audit); // a database of few rows is mostly empty pages
    inputs[at(part::extra)] = found.bytes_to_convert();
    inputs[at(part::manifest)] = 1 + inputs[at(part::events)] / options_.target_file_bytes;
    return inputs;
}

void forecast_builder::learn_from(const per_part<std::uint64_t>& inputs,
                                  const per_part<std::uint64_t>& outputs)
{
    for (std::size_t i = 0; i < part_count; ++i) models_[i].learn(inputs[i], outputs[i]);
}

void forecast_builder::learn(std::size_t place, const user_export& user)
{
    std::lock_guard const lock{mutex_};
    const user_survey& found = surveys_[place];
    per_part<std::uint64_t> inputs = inputs_of(found);
    const per_part<std::uint64_t>& outputs = user.written_bytes();
    inputs[at(part::events)] = scaled(inputs[at(part::events)], user.events_read());
    inputs[at(part::audit)] = scaled(inputs[at(part::audit)], user.audit_read());
    double const share = read_share(found, user);
    inputs[at(part::extra)] = scaled(inputs[at(part::extra)], share);
    converted_.add(scaled(found.bytes[at(part::events)], user.events_read()) +
                   scaled(found.bytes[at(part::audit)], user.audit_read()));
    bool const whole = user.events_read() == 1 && user.audit_read() == 1;
    learn_from(inputs, outputs);
    files_learnt_ += user.files() - user.attachment_files();

    user_forecast& known = forecast_.users[place];
    known.converted = whole;
    known.files = whole ? user.files() : 0;
    known.archive_bytes = outputs;
    if (whole) return;
    known.archive_bytes[at(part::events)] = scaled(outputs[at(part::events)], 1 / user.events_read());
    known.archive_bytes[at(part::audit)] = scaled(outputs[at(part::audit)], 1 / user.audit_read());
    known.archive_bytes[at(part::extra)] = scaled(outputs[at(part::extra)], 1 / share);
    known.archive_bytes[at(part::attachments)] = found.bytes[at(part::attachments)];
}

/// How much of what there is to convert was read.
double forecast_builder::read_share(const user_survey& found, const user_export& user)
{
    auto const all = static_cast<double>(found.bytes_to_convert());
    auto const events = static_cast<double>(found.bytes[at(part::events)]);
    auto const audit = static_cast<double>(found.bytes[at(part::audit)]);
    if (all <= 0) return 1;
    return (all - events * (1 - user.events_read()) - audit * (1 - user.audit_read())) / all;
}

double forecast_builder::work::total() const
{
    return bytes + users * user_in_bytes;
}

void forecast_builder::work::add(std::uint64_t bytes_to_convert)
{
    bytes += static_cast<double>(bytes_to_convert);
    ++users;
}

/// As many as the users have that were converted, and a chunk for each target size of events.
std::uint64_t forecast_builder::files_of(const user_survey& found) const
{
    auto const others = static_cast<double>(files_learnt_) / std::max(converted_.users, 1.0);
    return static_cast<std::uint64_t>(others + 0.5) + found.of(kind::attachments) +
           found.bytes[at(part::events)] / options_.target_file_bytes;
}

void forecast_builder::fill_in(std::size_t place)
{
    user_forecast& user = forecast_.users[place];
    if (surveys_[place].fails) {
        user.archive_bytes = {};
        user.files = 0;
        return;
    }
    if (!user.converted) user.files = files_of(surveys_[place]);
    if (sum(user.archive_bytes) > 0) return; // measured
    per_part<std::uint64_t> const inputs = inputs_of(surveys_[place]);
    for (std::size_t i = 0; i < part_count; ++i) user.archive_bytes[i] = models_[i].estimate(inputs[i]);
    user.archive_bytes[at(part::attachments)] = inputs[at(part::attachments)];
}

void forecast_builder::finish(run_report& run, const shared_files& shared)
{
    mark_failed(run);
    forecast_.source = run.source;
    forecast_.core_version = run.core_version;
    for (std::size_t i = 0; i < surveys_.size(); ++i) fill_in(i);
    sum_up();
    reckon_others(shared);
    reckon_time();
    note_problems(run);
    note_limits();
    check_room();
    forecast_.warnings.insert(forecast_.warnings.end(), run.warnings.begin(), run.warnings.end());
    run.warnings.clear();
    forecast_.converted = std::move(run);
}

void forecast_builder::mark_failed(const run_report& run)
{
    std::set<std::string_view> failed;
    for (const auto& [id, line] : run.failed_users) failed.insert(id);
    for (std::size_t i = 0; i < surveys_.size(); ++i)
        surveys_[i].fails = surveys_[i].fails || failed.contains(forecast_.users[i].user_id);
}

void forecast_builder::sum_up()
{
    for (std::size_t i = 0; i < surveys_.size(); ++i) {
        const user_forecast& user = forecast_.users[i];
        for (std::size_t k = 0; k < convert::kind_count; ++k) forecast_.records[k] += user.records[k];
        for (std::size_t p = 0; p < part_count; ++p) {
            forecast_.source_bytes[p] += user.source_bytes[p];
            forecast_.archive_bytes[p] += user.archive_bytes[p];
        }
        std::uint64_t const attachments = user.of(kind::attachments);
        forecast_.files += user.files;
        if (user.files == 0) continue;
        bool const has_extra = user.archive_bytes[at(part::extra)] > 0;
        forecast_.folders += folders_of_a_user + (attachments > 0 ? 1 : 0) + (has_extra ? 1 : 0);
    }
}

/// Manifest, report and checksums grow with the users and their files.
void forecast_builder::reckon_others(const shared_files& shared)
{
    constexpr std::uint64_t folders_at_the_end = 3;
    double const factor = static_cast<double>(forecast_.users.size()) /
                          static_cast<double>(std::max<std::uint64_t>(forecast_.users_converted, 1));
    forecast_.other_bytes = shared.of_nobody + scaled(shared.lists, factor);
    forecast_.files += shared.files;
    forecast_.folders += folders_at_the_end;
}

void forecast_builder::reckon_time()
{
    if (seconds_ < least_seconds || converted_.users == 0) return;
    work all;
    for (const user_survey& found : surveys_)
        all.add(found.bytes[at(part::events)] + found.bytes[at(part::audit)]);
    auto const attachments = static_cast<double>(forecast_.source_bytes[at(part::attachments)]);
    auto const files = static_cast<double>(forecast_.records[static_cast<std::size_t>(kind::attachments)]);
    forecast_.seconds = seconds_ * all.total() / converted_.total() +
                        attachments / attachment_bytes_per_second + files * seconds_per_attachment;
}

/// What --overwrite removes before anything is written.
void forecast_builder::add_old_archive(room& has) const
{
    for (std::string_view const name : {"users", "platform", "extra"}) {
        disk_usage const used = usage_of(options_.output / name);
        has.bytes += used.bytes;
        if (has.files) *has.files += used.objects;
    }
}

void forecast_builder::check_room()
{
    try {
        room has = room_for(options_.output);
        if (options_.if_exists == archive::output_folder::existing::overwrite) add_old_archive(has);
        forecast_.output_checked = true;
        forecast_.free_bytes = has.bytes;
        forecast_.free_files = has.files;
        std::uint64_t const objects = forecast_.files + forecast_.folders;
        // Small files take a block each, however small.
        forecast_.bytes_on_disk = forecast_.archive_total() + objects * has.block_bytes + spool_bytes_;
        if (scaled(forecast_.bytes_on_disk, room_to_spare) > has.bytes) {
            add_problem(fmt::format("{}: {} are needed, {} are free; name an output on a larger disk",
                                    printable(forecast_.output), human_bytes(forecast_.bytes_on_disk),
                                    human_bytes(has.bytes)));
        }
        if (has.files && scaled(objects, room_to_spare) > *has.files) {
            add_problem(fmt::format("{}: {} files and folders are needed, the file system has inodes for {}; "
                                    "name an output on another one",
                                    printable(forecast_.output), human_count(objects),
                                    human_count(*has.files)));
        }
    } catch (const export_error& error) {
        add_problem(error.what());
    }
}

/// Each user once: what the survey found says it better than what follows from it.
void forecast_builder::note_problems(const run_report& run)
{
    std::set<std::string_view> told;
    for (std::size_t i = 0; i < surveys_.size(); ++i) {
        for (std::string& line : surveys_[i].problems) {
            told.insert(forecast_.users[i].user_id);
            add_problem(of_user(forecast_.users[i].user_id, line));
        }
    }
    for (const auto& [id, line] : run.failed_users) {
        if (!told.contains(id)) add_problem(of_user(id, line));
    }
    for (const damage_report& damage : run.damages) {
        add_problem(fmt::format("{}: {} at byte {} cannot be read: {}; take a fresh dump",
                                printable(damage.thing), human_bytes(damage.bytes), damage.offset,
                                printable(damage.cause)));
    }
    for (std::size_t i = 0; i < convert::rule_count; ++i) {
        auto const which = static_cast<convert::rule>(i);
        if (run_report::is_loss(which) && run.notes.count(which) > 0)
            add_problem(fmt::format("{}: {} times; {}", name_of(which), human_count(run.notes.count(which)),
                                    explain(which)));
    }
    if (forecast_.problems.empty() && run.changes.empty() && run.changes_known && !run.complete())
        add_problem("the export would not be complete; the warnings say why");
    if (!run.changes.empty()) {
        forecast_.warnings.push_back(fmt::format("v1 was writing during this look ({} users or collections "
                                                 "changed): stop its API before the export.",
                                                 human_count(run.changes.size())));
    }
}

void forecast_builder::note_limits()
{
    for (std::size_t i = 0; i < surveys_.size(); ++i) {
        const user_forecast& user = forecast_.users[i];
        if (surveys_[i].fails) continue;
        forecast_.large_users += user.heap_megabytes > 0;
        forecast_.unroutable_users += !is_routable_name(user.username);
        forecast_.users_without_password += !surveys_[i].has_password;
    }
}

} // namespace pryv_export::exporting
