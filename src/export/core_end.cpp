#include "pryv_export/archive/compress.hpp"
#include "pryv_export/archive/file_series.hpp"
#include "pryv_export/base/clock.hpp"
#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/convert/collections.hpp"

#include "core_part.hpp"
#include "platform_export.hpp"
#include "take_register.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace pryv_export::exporting {

void core_part::finish(const platform_filter& filter)
{
    progress_.begin("finishing");
    export_unowned();
    export_platform(filter);
    if (!is_sample_) compare_with_register(archive_->folder(), options_, users(), report_);
    list_other_collections();
    complete_report();
    sources_.reset();
}

void core_part::read_platform_rows(convert::output& out)
{
    std::vector<std::string> not_now;
    read_platform(config_, *sources_->sqlite, *sources_->documents, out, not_now);
}

void core_part::export_platform(const platform_filter& filter)
{
    convert::output rows;
    read_platform(config_, *sources_->sqlite, *sources_->documents, rows, report_.warnings);
    if (filter) filter(rows);
    archive_->append_platform(rows);
    report_.totals[static_cast<std::size_t>(convert::kind::platform)] += rows.counts;
    archive::file_series odd_rows = extra_file("platform");
    append_extra(odd_rows, rows);
    close_extra(odd_rows);
}

/// Documents of nobody: kept, and the run is partial.
void core_part::export_unowned()
{
    archive::file_series file = extra_file("unowned");
    convert::output block;
    sources_->documents->for_each_unowned([&](source::collection kind, const source::document& document) {
        convert::set_aside({document.bytes, document.position}, source::name_of(kind), convert::rule::unowned,
                           block);
        if (block.extra.size() >= block_bytes) append_extra(file, block);
    });
    append_extra(file, block);
    close_extra(file);
    archive::file_series unattributed = extra_file("unattributed");
    append_extra(unattributed, sources_->unattributed);
    close_extra(unattributed);
}

archive::file_series core_part::extra_file(std::string_view name) const
{
    return archive::file_series{
        archive_->folder().partial(),
        {.stem = name_.empty() ? fmt::format("extra/{}", name) : fmt::format("extra/{}/{}", name_, name),
         .suffix = std::string{options_.encoding.suffix()},
         .chunk_bytes = 0,
         .where = archive_->folder().where()}};
}

void core_part::append_extra(archive::file_series& file, convert::output& block)
{
    notes_.add(users_total(), "", block.notes);
    if (block.extra_count > 0 &&
        file.append(archive::compress(block.extra.view(), block.extra_count, options_.encoding))) {
        file.flush();
    }
    block.clear();
}

void core_part::close_extra(archive::file_series& file)
{
    if (file.lines() == 0) return;
    file.finish();
    archive_->add_files(file.files());
}

/// What the dump holds beside the collections that are read.
void core_part::list_other_collections()
{
    static const std::map<std::string_view, std::string_view> known{
        {"sessions", "sessions end with the migration: users log in again"},
        {"passwordResets", "requests to reset a password end with the migration"},
        {"users", "users of versions before 1.6, which later versions no longer read"},
        {"id4name", "v1 is configured to keep the index of users in SQLite"},
        {"passwords", "v1 is configured to keep accounts in SQLite"},
        {"stores-key-value", "v1 is configured to keep accounts in SQLite"}};
    for (const std::string& name : sources_->documents->collection_names()) {
        if (is_read(name)) continue;
        auto const reason = known.find(name);
        report_.other_collections.push_back(fmt::format(
            "{}: {}", printable(name), reason != known.end() ? reason->second : "v1 has no such collection"));
    }
}

bool core_part::is_read(std::string_view name) const
{
    auto const is_name = [&](source::collection kind) { return source::name_of(kind) == name; };
    if (std::any_of(source::user_collections.begin(), source::user_collections.end(), is_name)) return true;
    if (name == "versions") return true;
    if (name == "id4name") return config_.user_index_engine == config::engine::mongodb;
    bool const account = name == "passwords" || name == "stores-key-value";
    return account && config_.account_engine == config::engine::mongodb;
}

/// All is written: a server that is gone by now costs the certainty, not the archive.
void core_part::note_changes()
{
    try {
        for (const auto& change : sources_->documents->changes()) {
            report_.changes.push_back(
                {change.user_id, change.collection, change.before, change.after, change.exported});
        }
    } catch (const export_error& error) {
        if (program_.stopping()) throw;
        report_.changes_known = false;
        report_.warnings.push_back(fmt::format("Whether something changed during the export is not "
                                               "known, as the server could not be asked again: {}",
                                               error.what()));
    }
}

void core_part::finish_failed()
{
    list_users();
    report_.warnings.push_back(
        "The core failed: its platform data and its records of nobody are not (all) in the archive.");
    end_report();
    sources_.reset();
}

void core_part::list_users()
{
    for (auto& [number, failure] : failures_) report_.failed_users.push_back(std::move(failure));
    report_.notes = notes_.in_order();
    report_.core_version = sources_->version.text;
    report_.not_in_index = sources_->users.not_in_index;
    report_.index_only = sources_->users.index_only;
    report_.strangers = sources_->strangers;
}

void core_part::complete_report()
{
    list_users();
    for (const auto& damage : sources_->documents->damages()) {
        report_.damages.push_back({damage.thing, damage.offset, damage.bytes, damage.cause});
    }
    note_changes();
    for (auto& line : sources_->documents->warnings()) report_.warnings.push_back(std::move(line));
    for (auto const kind : source::user_collections) {
        report_.source_bytes += sources_->documents->total(kind).bytes;
        if (!sources_->documents->has(kind)) {
            report_.warnings.push_back(fmt::format("MongoDB has no collection '{}'.", source::name_of(kind)));
        }
    }
    end_report();
}

void core_part::end_report()
{
    report_.finished_ms = wall_clock_ms();
    report_.seconds = fixed_time() ? 0 : steady_seconds() - started_;
}

} // namespace pryv_export::exporting
