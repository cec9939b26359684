#include "pryv_export/export/register_export.hpp"

#include "pryv_export/archive/json_text.hpp"
#include "pryv_export/archive/side_folder.hpp"
#include "pryv_export/archive/sorted_spool.hpp"
#include "pryv_export/base/clock.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/base/version.hpp"
#include "pryv_export/runtime/blocking.hpp"

#include "register_folder.hpp"
#include "register_rows.hpp"
#include "register_totals.hpp"
#include "register_writer.hpp"
#include "report_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace pryv_export::exporting {

namespace {

namespace json = boost::json;

/// Turns batches into sorted rows on a thread of its own while the next ones are fetched.
class row_collector final : public source::register_sink
{
public:
    row_collector(runtime::program& program, std::filesystem::path scratch, std::size_t spool_bytes)
        : program_{program}, rows_{std::move(scratch), spool_bytes}
    {
    }

    runtime::task<void> restart() override
    {
        co_await settle();
        rows_.clear();
    }

    runtime::task<void> take(source::register_batch batch) override
    {
        co_await settle();
        auto convert = [this, owned = std::move(batch)] {
            put_rows(owned, rows_);
            if (rows_.full()) rows_.spill();
        };
        running_ = runtime::pending<void>::start(program_.blocking(), program_.loop(), std::move(convert));
    }

    /// Waits for the last batch. Before this object goes it must have been called.
    runtime::task<void> settle()
    {
        if (!running_) co_return;
        runtime::pending<void> last = std::move(*std::exchange(running_, std::nullopt));
        co_await last.get();
    }

    archive::sorted_spool& rows() noexcept { return rows_; }

private:
    runtime::program& program_;
    archive::sorted_spool rows_;
    std::optional<runtime::pending<void>> running_;
};

/// One register from its server to the finished folder.
class register_run
{
public:
    register_run(runtime::program& program, const register_options& options, runtime::progress& progress)
        : program_{program}, options_{options}, progress_{progress}
    {
    }

    runtime::task<register_report> run()
    {
        begin_report();
        auto open = [this] { open_output(); };
        co_await runtime::run_on(program_.blocking(), std::move(open));
        co_await runtime::throw_if_cancelled();
        progress_.begin("reading the register");
        co_await read();
        progress_.begin("writing the register");
        auto write = [this] { write_files(); };
        co_await runtime::run_on(program_.blocking(), std::move(write));
        // From here on there is no way back, and not much left to do.
        co_await runtime::throw_if_cancelled();
        auto publish = [this] { publish_files(); };
        co_await runtime::run_on(program_.blocking(), std::move(publish));
        co_return std::move(report_);
    }

private:
    void begin_report()
    {
        started_ = steady_seconds();
        report_.tool_version = std::string{program_version()};
        report_.source = source::name_of(options_.redis);
        report_.started_ms = wall_clock_ms();
        encoding_ = options_.encoding;
    }

    /// Blocking.
    void open_output()
    {
        check_report_files(options_.report_files, {options_.output}, options_.output);
        folder_.emplace(options_.output, "register", options_.if_exists);
        report_.output = folder_->path().native();
        auto const compressed = archive_is_compressed(options_.output);
        if (compressed && *compressed != encoding_.gzip) {
            encoding_.gzip = *compressed;
            report_.warnings.push_back(fmt::format(
                "The files are {}compressed, as is the archive in this folder: v2 reads both alike.",
                *compressed ? "" : "not "));
        }
        report_.compressed = encoding_.gzip;
        collector_.emplace(program_, options_.spool_dir.value_or(folder_->partial()), options_.spool_bytes);
    }

    runtime::task<void> read()
    {
        source::redis_options redis = options_.redis;
        redis.password = options_.password.reveal();
        std::exception_ptr failure;
        try {
            report_.totals =
                co_await source::read_register(program_.loop(), std::move(redis), *collector_, progress_);
        } catch (...) {
            failure = std::current_exception();
        }
        co_await collector_->settle();
        if (failure) std::rethrow_exception(failure);
    }

    /// Blocking.
    void write_files()
    {
        register_writer writer{folder_->partial(), encoding_, program_.stopping(), report_};
        archive::sorted_spool others{options_.spool_dir.value_or(folder_->partial()), options_.spool_bytes};
        writer.write(collector_->rows(), others);
        if (!options_.allow_empty) refuse_empty(report_);
        files_ = writer.files();
        if (!options_.core_ids.empty()) map_cores();
        check_totals(report_);
        for (const auto& file : files_) report_.bytes += file.bytes;
        report_.finished_ms = wall_clock_ms();
        report_.seconds = fixed_time() ? 0 : steady_seconds() - started_;
        files_.push_back(archive::write_file(folder_->partial(), "manifest.json", manifest()));
        files_.push_back(archive::write_file(folder_->partial(), "report.json",
                                             archive::pretty_json(to_json(report_)) + "\n"));
        std::sort(files_.begin(), files_.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    }

    void map_cores()
    {
        user_core_rows const mapped = write_user_core(folder_->partial(), options_.core_ids, encoding_);
        files_.insert(files_.end(), mapped.files.begin(), mapped.files.end());
        report_.user_cores = mapped.rows;
        for (auto const& [server, users] : mapped.unmapped) {
            report_.warnings.push_back(fmt::format(
                "--core-id-map names no core id for server '{}' of {} users.", printable(server), users));
        }
        if (mapped.unwritable > 0) {
            report_.warnings.push_back(fmt::format(
                "{} names with control characters are in user-core.jsonl, but not in user-core.sql.",
                mapped.unwritable));
        }
    }

    /// As the Node tool writes it.
    std::string manifest() const
    {
        json::object stats;
        for (auto const file : {register_file::users, register_file::servers, register_file::emails,
                                register_file::invitations}) {
            stats[name_of(file)] = report_.rows_of(file);
        }
        return archive::pretty_json(
            json::object{{"exportTimestamp", report_.started_ms}, {"stats", std::move(stats)}});
    }

    /// Blocking.
    void publish_files()
    {
        folder_->publish();
        refresh_checksums(options_.output, folder_->partial(), files_);
        report_source from;
        from.archive = folder_->path();
        from.json = folder_->path() / "report.json";
        from.report = to_json(report_);
        write_report_files(options_.report_files, from);
    }

    runtime::program& program_;
    const register_options& options_;
    runtime::progress& progress_;
    archive::encoding encoding_;
    double started_ = 0;
    register_report report_;
    std::optional<archive::side_folder> folder_;
    std::optional<row_collector> collector_;
    std::vector<archive::file_record> files_;
};

} // namespace

runtime::task<register_report> export_register(runtime::program& program, const register_options& options,
                                               runtime::progress& progress)
{
    auto const run = std::make_unique<register_run>(program, options, progress);
    co_return co_await run->run();
}

} // namespace pryv_export::exporting
