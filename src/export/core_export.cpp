#include "pryv_export/export/core_export.hpp"

#include "pryv_export/archive/publisher.hpp"
#include "pryv_export/base/clock.hpp"
#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/base/version.hpp"
#include "pryv_export/convert/collections.hpp"

#include "archive_end.hpp"
#include "core_context.hpp"
#include "core_sources.hpp"
#include "platform_export.hpp"
#include "run_notes.hpp"
#include "take_register.hpp"
#include "user_export.hpp"

#include <boost/json/serialize.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>

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

/// One core from its opened sources to the finished archive.
class core_export
{
public:
    core_export(runtime::program& program, const config::v1_config& config, const export_options& options,
                runtime::progress& progress)
        : program_{program}, config_{config}, options_{options}, progress_{progress},
          rules_{rules_of(config, options)}
    {
    }

    runtime::task<run_report> run()
    {
        begin_report();
        auto open = [this] { open_or_abandon(); };
        co_await runtime::run_on(program_.blocking(), std::move(open));
        co_await runtime::throw_if_cancelled();
        progress_.begin("exporting");
        progress_.users_total = sources_->users.users.size();
        progress_.bytes_total = bytes_to_export();

        std::vector<runtime::task<void>> stages;
        stages.push_back(publisher_->run());
        stages.push_back(export_users());
        co_await runtime::run_all(std::move(stages));

        progress_.begin("finishing");
        auto end = [this] { finish(); };
        co_await runtime::run_on(program_.blocking(), std::move(end));
        co_return std::move(report_);
    }

private:
    void begin_report()
    {
        started_ = steady_seconds();
        report_.tool_version = std::string{program_version()};
        report_.output = options_.output.native();
        report_.started_ms = wall_clock_ms();
        report_.compressed = options_.encoding.gzip;
        report_.options = json::object{{"targetFileSize", options_.target_file_bytes},
                                       {"compress", options_.encoding.gzip},
                                       {"level", options_.encoding.level},
                                       {"integrity", name_of(options_.integrity)}};
    }

    static std::string_view name_of(convert::integrity_mode mode)
    {
        switch (mode) {
        case convert::integrity_mode::keep: return "keep";
        case convert::integrity_mode::drop: return "drop";
        default: return "auto";
        }
    }

    /// Blocking. A source that cannot be opened leaves the output, and an archive in it, as it was.
    void open_or_abandon()
    {
        try {
            open_all();
        } catch (...) {
            if (output_) output_->abandon();
            throw;
        }
        output_->begin();
    }

    void open_all()
    {
        output_.emplace(options_.output, options_.if_exists);
        if (!config_.event_files_engine_module.empty()) {
            throw export_error{
                exit_status::bad_config, "eventFiles:engine:modulePath",
                "v1 keeps attachments in another store, which this program cannot read",
                "copy the attachments into the users' folders and remove this key in a copy of the config"};
        }
        auto const scratch = options_.spool_dir.value_or(output_->partial());
        sources_.emplace(open_core_sources(config_, options_, scratch, progress_, program_.stopping()));
        parts_.emplace(archive_parts{
            .manifests = archive::ordered_spool{output_->partial()},
            .reports = archive::ordered_spool{output_->partial()},
            .checksums = archive::ordered_spool{output_->partial()},
            .files = {},
            .engine = std::string{config_.events_engine == config::engine::sqlite ? "sqlite" : "mongodb"},
            .domain = config_.host_name(),
            .timestamp_ms = report_.started_ms,
            .compressed = options_.encoding.gzip});
        publisher_.emplace(*output_, program_.blocking(), program_.loop());
        context_.emplace(core_context{.program = program_,
                                      .options = options_,
                                      .rules = rules_,
                                      .events = std::make_shared<const convert::event_converter>(rules_),
                                      .documents = *sources_->documents,
                                      .sqlite = *sources_->sqlite,
                                      .output = *output_,
                                      .progress = progress_,
                                      .version = sources_->version,
                                      .users_path = config_.user_files_path,
                                      .old_attachments = old_attachments(),
                                      .mongo_accounts = std::move(sources_->mongo_accounts),
                                      .events_in_sqlite = config_.events_engine == config::engine::sqlite,
                                      .timestamp_ms = report_.started_ms});
        report_.source = sources_->documents->description();
        warn_about_sources();
    }

    /// Before 1.9 attachments were elsewhere; what is left there in a newer store was never migrated.
    std::optional<std::filesystem::path> old_attachments() const
    {
        if (config_.attachments_path.empty() || kind_of(config_.attachments_path) != path_kind::folder)
            return std::nullopt;
        return config_.attachments_path;
    }

    void warn_about_sources()
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

    std::uint64_t bytes_to_export() const
    {
        std::uint64_t bytes = 0;
        for (const auto& user : sources_->users.users) {
            bytes += sources_->documents->share_of(source::collection::events, user.id).bytes;
        }
        return context_->events_in_sqlite ? 0 : bytes;
    }

    /// As many coroutines as users may be in flight; each takes the next user when it is done with one.
    runtime::task<void> export_users()
    {
        std::size_t const in_flight = options_.users_in_flight > 0
                                          ? options_.users_in_flight
                                          : std::max<std::size_t>(8, 4 * program_.jobs());
        std::vector<runtime::task<void>> workers;
        for (std::size_t i = 0; i < std::min(in_flight, sources_->users.users.size()); ++i)
            workers.push_back(export_next_users());
        std::exception_ptr failure;
        try {
            co_await runtime::run_all(std::move(workers));
        } catch (...) {
            failure = std::current_exception();
        }
        publisher_->close();
        if (failure) std::rethrow_exception(failure);
    }

    runtime::task<void> export_next_users()
    {
        while (next_user_ < sources_->users.users.size()) {
            co_await runtime::throw_if_cancelled();
            std::size_t const number = next_user_++;
            co_await export_one(number);
        }
    }

    runtime::task<void> export_one(std::size_t number)
    {
        const user_entry& entry = sources_->users.users[number];
        auto user = std::make_unique<user_export>(*context_, entry, number);
        std::optional<std::string> failure;
        try {
            co_await user->run();
        } catch (const export_error& error) {
            if (is_fatal(error)) throw;
            failure = error.what();
        }
        if (failure) {
            co_await user->discard();
            fail_user(*user, std::move(*failure));
        } else {
            co_await publisher_->add(user->staging(), output_->root() / "users" / entry.id,
                                     user->report().archive_bytes);
        }
        auto keep = [this, &user, number] { keep_user(*user, number); };
        co_await runtime::run_on(program_.blocking(), std::move(keep));
        user->report().failure ? ++progress_.users_failed : ++progress_.users_done;
    }

    /// Nothing helps against a full disk or a server that is gone, and nothing should go on after an
    /// interruption; everything else is one user's trouble.
    bool is_fatal(const export_error& error) const
    {
        bool const ours =
            error.thing().starts_with(output_->root().native()) && error.status() == exit_status::io_error;
        return ours || error.status() == exit_status::unreachable || options_.fail_fast ||
               program_.stopping();
    }

    void fail_user(user_export& user, std::string line)
    {
        user_report& report = user.report();
        report.failure = std::move(line);
        report.archive_bytes = 0;
    }

    /// Blocking; the spools are shared.
    void keep_user(user_export& user, std::size_t number)
    {
        std::lock_guard const lock{keep_mutex_};
        const user_report& report = user.report();
        parts_->reports.put(number, json::serialize(to_json(report)));
        if (!report.failure) {
            parts_->manifests.put(number, json::serialize(user.manifest()));
            parts_->checksums.put(number, user.checksums());
            report_.archive_files += user.files();
        } else {
            failures_.emplace(number, std::pair{report.user_id, *report.failure});
        }
        notes_.add(number, report.user_id, report.notes);
        note_size(number, report.of(convert::kind::events).source);
        report_.add(report);
    }

    /// The largest user; the first of several, whatever the order of their ends.
    void note_size(std::size_t number, std::uint64_t events)
    {
        bool const larger = events > report_.largest_user_events ||
                            (events == report_.largest_user_events && number < largest_number_);
        if (events == 0 || !larger) return;
        report_.largest_user_events = events;
        report_.largest_user = sources_->users.users[number].id;
        largest_number_ = number;
    }

    /// Blocking: everything that is not of one user, then the last files.
    void finish()
    {
        export_unowned();
        convert::output platform;
        auto files = export_platform(config_, *sources_->sqlite, *sources_->documents, output_->partial(),
                                     options_.encoding, platform, report_.warnings);
        output_->publish(output_->partial() / "platform", output_->root() / "platform");
        report_.totals[static_cast<std::size_t>(convert::kind::platform)] += platform.counts;
        archive::file_series odd_rows = extra_file("platform");
        append_extra(odd_rows, platform);
        close_extra(odd_rows);
        parts_->files.insert(parts_->files.end(), files.begin(), files.end());
        publish_extra();
        take_register(*output_, options_, sources_->users.users, parts_->files, report_);
        list_other_collections();
        complete_report();
        sources_.reset();
        finish_archive(*output_, *parts_, report_, options_.report_file);
    }

    /// Documents of nobody: kept, and the run is partial.
    void export_unowned()
    {
        archive::file_series file = extra_file("unowned");
        convert::output block;
        sources_->documents->for_each_unowned([&](source::collection kind, const source::document& document) {
            convert::set_aside({document.bytes, document.position}, source::name_of(kind),
                               convert::rule::unowned, block);
            if (block.extra.size() >= block_bytes) append_extra(file, block);
        });
        append_extra(file, block);
        close_extra(file);
        archive::file_series unattributed = extra_file("unattributed");
        append_extra(unattributed, sources_->unattributed);
        close_extra(unattributed);
    }

    archive::file_series extra_file(std::string_view name) const
    {
        return archive::file_series{output_->partial(),
                                    {.stem = fmt::format("extra/{}", name),
                                     .suffix = std::string{options_.encoding.suffix()},
                                     .chunk_bytes = 0}};
    }

    void append_extra(archive::file_series& file, convert::output& block)
    {
        notes_.add(sources_->users.users.size(), "", block.notes);
        if (block.extra_count > 0 &&
            file.append(archive::compress(block.extra.view(), block.extra_count, options_.encoding))) {
            file.flush();
        }
        block.clear();
    }

    void close_extra(archive::file_series& file)
    {
        if (file.lines() == 0) return;
        file.finish();
        parts_->files.insert(parts_->files.end(), file.files().begin(), file.files().end());
    }

    /// What the dump holds beside the collections that are read.
    void list_other_collections()
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
            report_.other_collections.push_back(
                fmt::format("{}: {}", printable(name),
                            reason != known.end() ? reason->second : "v1 has no such collection"));
        }
    }

    bool is_read(std::string_view name) const
    {
        auto const is_name = [&](source::collection kind) { return source::name_of(kind) == name; };
        if (std::any_of(source::user_collections.begin(), source::user_collections.end(), is_name))
            return true;
        if (name == "versions") return true;
        if (name == "id4name") return config_.user_index_engine == config::engine::mongodb;
        bool const account = name == "passwords" || name == "stores-key-value";
        return account && config_.account_engine == config::engine::mongodb;
    }

    void publish_extra()
    {
        if (kind_of(output_->partial() / "extra") == path_kind::folder)
            output_->publish(output_->partial() / "extra", output_->root() / "extra");
    }

    /// All is written: a server that is gone by now costs the certainty, not the archive.
    void note_changes()
    {
        try {
            for (const auto& change : sources_->documents->changes()) {
                report_.changes.push_back({change.user_id, change.collection,
                                           change.before, change.after, change.exported});
            }
        } catch (const export_error& error) {
            if (program_.stopping()) throw;
            report_.changes_known = false;
            report_.warnings.push_back(fmt::format("Whether something changed during the export is not "
                                                   "known, as the server could not be asked again: {}",
                                                   error.what()));
        }
    }

    void complete_report()
    {
        for (auto& [number, failure] : failures_) report_.failed_users.push_back(std::move(failure));
        report_.notes = notes_.in_order();
        report_.core_version = sources_->version.text;
        report_.not_in_index = sources_->users.not_in_index;
        report_.index_only = sources_->users.index_only;
        report_.strangers = sources_->strangers;
        for (const auto& damage : sources_->documents->damages()) {
            report_.damages.push_back({damage.thing, damage.offset, damage.bytes, damage.cause});
        }
        note_changes();
        for (auto& line : sources_->documents->warnings()) report_.warnings.push_back(std::move(line));
        for (auto const kind : source::user_collections) {
            report_.source_bytes += sources_->documents->total(kind).bytes;
            if (!sources_->documents->has(kind)) {
                report_.warnings.push_back(
                    fmt::format("MongoDB has no collection '{}'.", source::name_of(kind)));
            }
        }
        for (const auto& file : parts_->files) report_.archive_bytes += file.bytes;
        report_.archive_files += parts_->files.size();
        report_.finished_ms = wall_clock_ms();
        report_.seconds = fixed_time() ? 0 : steady_seconds() - started_;
    }

    runtime::program& program_;
    const config::v1_config& config_;
    const export_options& options_;
    runtime::progress& progress_;
    convert::rules rules_;
    double started_ = 0;

    std::optional<archive::output_folder> output_;
    std::optional<core_sources> sources_;
    std::optional<archive_parts> parts_;
    std::optional<archive::publisher> publisher_;
    std::optional<core_context> context_;

    std::size_t next_user_ = 0;
    std::mutex keep_mutex_;
    run_report report_;
    run_notes notes_;
    std::map<std::size_t, std::pair<std::string, std::string>> failures_;
    std::size_t largest_number_ = 0;
};

} // namespace

runtime::task<run_report> export_core(runtime::program& program, const config::v1_config& config,
                                      const export_options& options, runtime::progress& progress)
{
    auto const core = std::make_unique<core_export>(program, config, options, progress);
    co_return co_await core->run();
}

} // namespace pryv_export::exporting
