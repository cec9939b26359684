#include "pryv_export/archive/json_text.hpp"
#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/runtime/stage.hpp"

#include "small_collection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace pryv_export::exporting {

using namespace std::string_view_literals;

namespace {

// Of most users:
constexpr std::size_t checksum_line_bytes = 128;
constexpr std::size_t manifest_bytes = 512;

} // namespace

/// All blocks are settled: CPU work. Throws export_error when something is missing.
void user_export::settle_all()
{
    runtime::span const busy{runtime::stage::convert, user_.id};
    add_event_passwords();
    bool const has_password = !account_.passwords.empty();
    password_count_ = account_.passwords.size();
    key_value_count_ = account_.key_values.size();
    format::text_buffer line;
    convert::append_account_line(std::move(account_), line, passwords_out_, key_values_out_, fields_out_);
    account_line_ = archive::compress(line.view(), has_password ? 1 : 0, core_.options.encoding);
    book(convert::kind::passwords, passwords_out_);
    book(convert::kind::key_values, key_values_out_);
    book(convert::kind::events, fields_out_);
    note_user();
    if (!is_cut()) check_counts();
    for (auto& collection : small_) {
        if (collection->writer) collection->writer->settle();
    }
    history_.settle();
    for (auto& writer : extra_) {
        if (writer) writer->settle();
    }
}

void user_export::write_all_files()
{
    runtime::span const busy{runtime::stage::write, user_.id};
    auto const take = [this](std::vector<archive::file_record>&& more) {
        std::move(more.begin(), more.end(), std::back_inserter(files_));
    };
    auto const write_file = [this](std::string name, std::string_view content) {
        files_.push_back(archive::write_file(*staging_, std::move(name), content, core_.output.where()));
    };

    for (auto& collection : small_) {
        if (!collection->writer) continue;
        collection->writer->finish(true);
        take(collection->writer->take_files());
    }
    write_file("account" + std::string{core_.options.encoding.suffix()}, account_line_.bytes.view());
    history_.finish(false);
    take(history_.take_files());
    heads_.finish();
    take(heads_.take_files());
    audit_files_.finish();
    take(audit_files_.take_files());
    for (auto& writer : extra_) {
        if (!writer) continue;
        writer->finish(false);
        take(writer->take_files());
    }
    attachment_file_count_ = attachment_files_.size();
    take(std::move(attachment_files_));

    auto const by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
    std::sort(files_.begin(), files_.end(), by_name);
    std::string manifest;
    manifest.reserve(manifest_bytes);
    append_manifest(manifest, 0);
    write_file("user-manifest.json", manifest);
    std::rotate(std::upper_bound(files_.begin(), std::prev(files_.end()), files_.back(), by_name),
                std::prev(files_.end()), files_.end());
    checksums_.reserve(files_.size() * checksum_line_bytes);
    for (const auto& file : files_) {
        report_.archive_bytes += file.bytes;
        written_bytes_[at(part_of(file.name))] += file.bytes;
        for (std::string_view const piece :
             {std::string_view{file.sha256_hex}, "  users/"sv, std::string_view{user_.id}, "/"sv,
              std::string_view{file.name}, "\n"sv})
            checksums_ += piece;
    }
}

void user_export::append_manifest(std::string& text, std::size_t indent) const
{
    archive::pretty_object manifest{text, indent};
    manifest.member("userId", user_.id);
    manifest.member("username", user_.name);
    manifest.member("backupTimestamp", core_.timestamp_ms);
    {
        auto stats = manifest.object("stats");
        for (const auto& collection : small_) {
            if (collection->writer)
                stats.member(convert::name_of(collection->kind), collection->writer->lines());
        }
        stats.member("events", heads_.lines() + history_.lines());
        stats.member("audit", audit_files_.lines());
        stats.member("series", 0U);
        stats.member("attachments", attachments_written_);
    }
    auto chunks = manifest.object("chunks");
    for (std::string_view const kind : {"events", "audit"}) {
        auto names = chunks.list(kind);
        for (const auto& file : files_) {
            if (file.name.starts_with(kind)) names.item(std::string_view{file.name}.substr(kind.size() + 1));
        }
    }
}

/// Counted twice: what the source says it has against what was written, changed, set aside and failed.
void user_export::check_counts() const
{
    auto const check = [this](convert::kind kind, std::uint64_t source_count) {
        const convert::tally& counts = report_.of(kind);
        if (counts.source == source_count && counts.adds_up()) return;
        throw export_error{
            exit_status::partial, fmt::format("user {}, {}", printable(user_.id), convert::name_of(kind)),
            fmt::format(
                "the source has {}, but {} were read ({} written, {} changed, {} set aside, {} failed)",
                source_count, counts.source, counts.written, counts.changed, counts.set_aside, counts.failed),
            "make sure that v1 is stopped, then export this user again"};
    };
    auto const count_of = [this](source::collection which) {
        return core_.documents.share_of(which, user_.id).documents;
    };
    for (const auto& collection : small_) check(collection->kind, count_of(collection->source));
    check(convert::kind::events, event_count());
    check(convert::kind::audit, audit_ ? audit_->count() : 0);
    check(convert::kind::attachments, listing_.files.size());
    check(convert::kind::passwords, password_count_);
    check(convert::kind::key_values, key_value_count_);
}

} // namespace pryv_export::exporting
