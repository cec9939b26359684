#include "user_check.hpp"

#include "pryv_export/base/error.hpp"

#include "attachment_checks.hpp"
#include "audit_checks.hpp"
#include "other_checks.hpp"
#include "tree_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace pryv_export::verify {

namespace {

/// As v2's API routes them: 5 to 60 of a-z, 0-9 and "-", the latter not at the ends.
bool is_routable(std::string_view name) noexcept
{
    auto const alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return name.size() >= 5 && name.size() <= 60 && alphanumeric(name.front()) && alphanumeric(name.back()) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return alphanumeric(c) || c == '-'; });
}

/// More than that are not the account fields of one user.
constexpr std::uint64_t most_account_events = 16;

std::string_view without_suffix(std::string_view name) noexcept
{
    for (std::string_view const suffix : {".jsonl.gz", ".jsonl"})
        if (name.ends_with(suffix)) return name.substr(0, name.size() - suffix.size());
    return {};
}

} // namespace

user_check::user_check(check_context& context, const manifest_user& user, const reported_user* known,
                       const source_user* source)
    : context_{context}, user_{user}, known_{known}, source_{source}, folder_{"users/" + user.user_id}
{
}

void user_check::list()
{
    check_name();
    path_kind const kind = kind_of(context_.root / folder_);
    if (kind != path_kind::folder) {
        result_.found.add(rule::user_folder_missing,
                          {folder_, 0, user_.user_id,
                           kind == path_kind::absent ? "in the manifest, but not there" : "is no folder"});
        return;
    }
    for (const folder_entry& entry : list_folder(context_, result_.found, folder_)) list_root(entry);
    if (!manifest_seen_)
        result_.found.add(rule::user_manifest, severity::warning,
                          {folder_, 0, user_.user_id, "no user-manifest.json"});
    check_id();
    check_chunk_list(unit_kind::events, user_.event_chunks, "events");
    check_chunk_list(unit_kind::audit, user_.audit_chunks, "audit");
}

void user_check::check_name()
{
    if (!is_routable(user_.username)) {
        file_scope{result_.found, context_.facts, folder_}.add(rule::user_unroutable, 0, user_.user_id,
                                                               fmt::format("the name '{}'", user_.username));
    }
}

/// v2 makes folders of the last three characters, for attachments and audit.
void user_check::check_id()
{
    bool const needs_folders =
        !attachments_.empty() || std::any_of(units_.begin(), units_.end(),
                                             [](const unit& each) { return each.kind == unit_kind::audit; });
    if (user_.user_id.size() >= 3 || !needs_folders) return;
    file_scope{result_.found, context_.facts, folder_}.add(rule::user_id_short, 0, user_.user_id,
                                                           "an id of less than 3 characters");
}

void user_check::list_root(const folder_entry& entry)
{
    std::string_view const name = entry.file_name();
    if (entry.kind == path_kind::folder) {
        if (name == "events") return list_chunks(entry.name, unit_kind::events, "events-");
        if (name == "audit") return list_chunks(entry.name, unit_kind::audit, "audit-");
        if (name == "series") return list_folder_of(entry.name, unit_kind::series);
        if (name == "extra") return list_folder_of(entry.name, unit_kind::extra);
        if (name == "attachments") {
            attachments_ = list_folder(context_, result_.found, entry.name);
            for (const folder_entry& file : attachments_) attachment_bytes_ += file.bytes;
            bytes_ += attachment_bytes_;
            return;
        }
        return check_strange_folder(entry);
    }
    if (name == "user-manifest.json") return check_user_manifest(entry);
    constexpr std::pair<std::string_view, unit_kind> files[] = {
        {"streams", unit_kind::streams},   {"accesses", unit_kind::accesses}, {"profile", unit_kind::profile},
        {"webhooks", unit_kind::webhooks}, {"account", unit_kind::account},
    };
    for (const auto& [base, kind] : files) {
        if (without_suffix(name) == base) return add_unit(kind, entry);
    }
    check_other_file(context_, result_.found, entry, false);
}

void user_check::check_strange_folder(const folder_entry& folder)
{
    file_scope const scope{result_.found, context_.facts, folder.name};
    if (without_suffix(folder.file_name()).empty())
        scope.add(rule::file_foreign, 0, {}, "a folder that is no part of an archive");
    else
        scope.add(rule::file_odd, 0, {}, "a folder where a file belongs");
    check_other_tree(context_, result_.found, folder.name, false);
}

bool user_check::right_suffix(const folder_entry& file)
{
    bool const packed = file.file_name().ends_with(".gz");
    if (packed == context_.facts.compressed) return true;
    file_scope{result_.found, context_.facts, file.name}.add(
        rule::wrong_suffix, 0, {},
        fmt::format("the manifest says that files are {}",
                    context_.facts.compressed ? "compressed" : "not compressed"));
    return false;
}

void user_check::add_unit(unit_kind kind, const folder_entry& file)
{
    check_listed(context_, result_.found, file);
    if (!right_suffix(file)) return;
    bytes_ += file.bytes;
    units_.push_back({kind, file, {}, 0, {}});
    units_.back().chunk.name = file.name;
}

void user_check::list_chunks(const std::string& folder, unit_kind kind, std::string_view prefix)
{
    auto const files = list_folder(context_, result_.found, folder);
    for (const folder_entry& file : files) {
        bool const chunk = file.kind == path_kind::file && file.file_name().starts_with(prefix) &&
                           !without_suffix(file.file_name()).empty();
        if (chunk)
            add_unit(kind, file);
        else
            check_other_file(context_, result_.found, file, false);
    }
    if (context_.facts.made_by != maker::pryv_export) check_chunk_names(files, prefix);
}

/// v2 sorts the names as text, whatever the numbers in them.
void user_check::check_chunk_names(const std::vector<folder_entry>& files, std::string_view prefix)
{
    std::uint64_t last = 0;
    for (const folder_entry& file : files) {
        if (!file.file_name().starts_with(prefix)) continue;
        std::string_view const digits = without_suffix(file.file_name()).substr(prefix.size());
        std::uint64_t number = 0;
        auto const parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) continue;
        if (number < last) {
            file_scope{result_.found, context_.facts, file.name}.add(
                rule::chunk_order, 0, {}, fmt::format("is read behind chunk {}", last));
        }
        last = std::max(last, number);
    }
}

void user_check::list_folder_of(const std::string& name, unit_kind kind)
{
    for (const folder_entry& file : list_folder(context_, result_.found, name)) {
        if (file.kind == path_kind::folder) {
            tree_size const size = check_other_tree(context_, result_.found, file.name,
                                                    context_.facts.made_by == maker::pryv_export);
            if (file.file_name() != "attachments") continue;
            extra_attachments_ += size.files;
            extra_attachment_bytes_ += size.bytes;
        } else if (!without_suffix(file.file_name()).empty())
            add_unit(kind, file);
        else
            check_other_file(context_, result_.found, file, false);
    }
}

void user_check::check_chunk_list(unit_kind kind, const std::optional<std::vector<std::string>>& listed,
                                  std::string_view folder)
{
    if (!listed) return;
    std::vector<std::string> found;
    for (const unit& each : units_)
        if (each.kind == kind) found.emplace_back(each.file.file_name());
    if (found == *listed) return;
    file_scope{result_.found, context_.facts, folder_ + "/" + std::string{folder}}.add(
        rule::chunk_list, 0, user_.user_id,
        fmt::format("{} chunks are there, {} in the manifest, and not the same", found.size(),
                    listed->size()));
}

void user_check::check_user_manifest(const folder_entry& file)
{
    manifest_seen_ = true;
    check_other_file(context_, result_.found, file, true);
    file_scope const scope{result_.found, context_.facts, file.name};
    try {
        auto const own = read_user_manifest(context_.root / file.name, scope);
        if (own && own->content != user_.content)
            scope.add(rule::user_manifest, 0, user_.user_id, "says something else than manifest.json");
    } catch (const export_error& error) {
        scope.add(rule::file_unreadable, 0, {}, error.what());
    }
}

void user_check::run(std::size_t index, record_reader& reader)
{
    unit& of = units_[index];
    file_scope const scope{of.found, context_.facts, of.file.name};
    auto const read = [&](record_checker&& checker, bool nul_allowed = false) {
        of.records = reader.read(scope, checker, nul_allowed);
    };
    switch (of.kind) {
    case unit_kind::streams: {
        stream_checker checker{scope};
        of.records = reader.read(scope, checker);
        checker.finish();
        break;
    }
    case unit_kind::accesses: read(access_checker{scope, reader.hasher()}); break;
    case unit_kind::profile: read(profile_checker{scope}); break;
    case unit_kind::webhooks: read(webhook_checker{scope}); break;
    case unit_kind::account:
        read(account_checker{scope});
        if (of.records != 1)
            scope.add(rule::account_lines, 0, {}, fmt::format("{} lines instead of one", of.records));
        break;
    case unit_kind::events: read(event_checker{scope, reader.hasher(), of.chunk}); break;
    case unit_kind::audit: read(audit_checker{scope, of.chunk}); break;
    case unit_kind::series: read(series_checker{scope}); break;
    case unit_kind::extra: read(extra_checker{scope}, true); break;
    }
}

std::vector<chunk_summary> user_check::chunks_of(unit_kind kind)
{
    std::vector<chunk_summary> chunks;
    for (unit& each : units_)
        if (each.kind == kind) chunks.push_back(std::move(each.chunk));
    return chunks;
}

void user_check::join(record_reader& reader)
{
    for (unit& each : units_) result_.found.merge(std::move(each.found));
    std::vector<chunk_summary> const events = chunks_of(unit_kind::events);
    for (const chunk_summary& chunk : events)
        ledger_.add(chunk, file_scope{result_.found, context_.facts, chunk.name});
    ledger_.finish(result_.found, context_.facts);
    find_repeated_ids(reader, result_.found, context_.facts, events, "id");
    find_repeated_ids(reader, result_.found, context_.facts, chunks_of(unit_kind::audit), "eventid");
    plan_groups();
}

void user_check::plan_groups()
{
    constexpr std::size_t most_files = 256;
    constexpr std::uint64_t most_bytes = 64U << 20;
    std::uint64_t bytes = most_bytes;
    for (std::size_t i = 0; i < attachments_.size(); ++i) {
        if (bytes >= most_bytes || i - groups_.back().first == most_files) {
            groups_.push_back({i, i, {}});
            bytes = 0;
        }
        bytes += attachments_[i].bytes;
        groups_.back().end = i + 1;
    }
}

void user_check::run_files(std::size_t index)
{
    file_group& group = groups_[index];
    for (std::size_t i = group.first; i < group.end; ++i)
        check_attachment(context_, group.found, attachments_[i], ledger_);
}

user_result user_check::finish()
{
    for (file_group& group : groups_) result_.found.merge(std::move(group.found));
    find_missing_files();
    check_counts();
    check_set_aside();
    check_source();
    check_known();
    result_.files = units_.size() + attachments_.size();
    result_.bytes = bytes_;
    return std::move(result_);
}

void user_check::find_missing_files()
{
    for (const auto& [id, of] : ledger_.owners()) {
        // v1 removes the file when an event drops it; history still lists it.
        if (!of.last.head_id.empty()) continue;
        std::string const path = folder_ + "/attachments/" + id;
        auto const at =
            std::lower_bound(attachments_.begin(), attachments_.end(), path,
                             [](const folder_entry& e, const std::string& name) { return e.name < name; });
        if (at != attachments_.end() && at->name == path) continue;
        file_scope{result_.found, context_.facts, ledger_.chunk_name(of)}.add(
            rule::attachment_missing, of.last.line, of.last.event_id,
            fmt::format("attachments/{} is not there", id));
    }
}

void user_check::check_counts()
{
    constexpr std::pair<unit_kind, counted_kind> kinds[] = {
        {unit_kind::streams, count_streams}, {unit_kind::accesses, count_accesses},
        {unit_kind::profile, count_profile}, {unit_kind::webhooks, count_webhooks},
        {unit_kind::events, count_events},   {unit_kind::audit, count_audit},
    };
    for (const unit& each : units_)
        for (const auto& [kind, count] : kinds)
            if (each.kind == kind) result_.counts[count] += each.records;
    result_.counts[count_attachments] = attachments_.size();
    for (std::size_t i = 0; i < counted_kinds.size(); ++i) {
        // Series are counted by measurement, in the manifest and not here.
        if (i == count_series || !user_.stats[i] || *user_.stats[i] == result_.counts[i]) continue;
        file_scope{result_.found, context_.facts, folder_}.add(
            rule::count_mismatch, 0, user_.user_id,
            fmt::format("{} {} are there, {} in the manifest", result_.counts[i], counted_kinds[i],
                        *user_.stats[i]));
    }
    if (known_ == nullptr) return;
    for (std::size_t i = count_streams; i <= count_audit; ++i) {
        if (known_->written_records[i] == result_.counts[i]) continue;
        file_scope{result_.found, context_.facts, "report.json"}.add(
            rule::report_mismatch, 0, user_.user_id,
            fmt::format("{} {} are there, {} in the report", result_.counts[i], counted_kinds[i],
                        known_->written_records[i]));
    }
}

/// What the report says is set aside must lie there. Originals of changed records do as well.
void user_check::check_set_aside()
{
    if (known_ == nullptr) return;
    kind_counts lines{};
    lines[count_attachments] = extra_attachments_;
    for (const unit& each : units_) {
        if (each.kind != unit_kind::extra) continue;
        auto const kind =
            std::find(counted_kinds.begin(), counted_kinds.end(), without_suffix(each.file.file_name()));
        if (kind != counted_kinds.end())
            lines[static_cast<std::size_t>(kind - counted_kinds.begin())] += each.records;
    }
    for (std::size_t i = 0; i < counted_kinds.size(); ++i) {
        if (lines[i] >= known_->set_aside[i]) continue;
        file_scope{result_.found, context_.facts, folder_ + "/extra"}.add(
            rule::report_mismatch, 0, user_.user_id,
            fmt::format("{} {} are there, {} were set aside in the report", lines[i], counted_kinds[i],
                        known_->set_aside[i]));
    }
}

/// The exporter's report says what it read, which the checks before this one hold against the files. Other
/// archives must have a line for each record.
void user_check::check_source()
{
    if (source_ == nullptr) return;
    file_scope const scope{result_.found, context_.facts, folder_};
    for (const std::string& problem : source_->problems)
        scope.add(rule::source_uncounted, 0, user_.user_id, problem);
    for (std::size_t i = 0; i < counted_kinds.size(); ++i) {
        if (i == count_series || i == count_attachments) continue;
        compare_with_source(counted_kinds[i], source_->records[i],
                            known_ != nullptr ? known_->source_records[i] : result_.counts[i],
                            i == count_events ? most_account_events : 0);
    }
    for (std::size_t i = 0; known_ != nullptr && i < reported_kinds.size(); ++i)
        compare_with_source(reported_kinds[i], source_->others[i], known_->source_others[i], 0);
    compare_with_source("attachments", source_->records[count_attachments],
                        attachments_.size() + extra_attachments_, 0);
    std::uint64_t const bytes = attachment_bytes_ + extra_attachment_bytes_;
    if (bytes == source_->attachment_bytes) return;
    scope.add(bytes < source_->attachment_bytes ? rule::source_more : rule::source_less, 0, user_.user_id,
              fmt::format("attachments: {} bytes in the source, {} in the archive", source_->attachment_bytes,
                          bytes));
}

/// fields: so many may be account fields, which are events in v1; the Node tool tells nobody how many.
void user_check::compare_with_source(std::string_view kind, std::uint64_t there, std::uint64_t accounted,
                                     std::uint64_t fields)
{
    if (there == accounted) return;
    bool const may_be_fields = known_ == nullptr && there > accounted && there - accounted <= fields;
    bool const nothing_left = there == 0; // deleted one by one, or not seen by whoever counted
    bool const harmless = may_be_fields || (there < accounted && !nothing_left);
    file_scope{result_.found, context_.facts, folder_}.add(
        there > accounted ? rule::source_more : rule::source_less,
        harmless ? severity::warning : severity::error, 0, user_.user_id,
        fmt::format("{}: {} in the source, {} in the archive{}", kind, there, accounted,
                    may_be_fields ? "; account fields are events in v1" : ""));
}

/// What the exporter said itself is no news.
void user_check::check_known()
{
    if (known_ == nullptr) return;
    for (const auto& [which, count] : known_->known)
        if (result_.found.count(which) <= count) result_.found.regrade(which, severity::note);
}

} // namespace pryv_export::verify
