#pragma once

#include "pryv_export/export/job_export.hpp"

#include "archive_draft.hpp"
#include "core_part.hpp"

#include <memory>
#include <optional>

namespace pryv_export::exporting {

/// One core in a job: whatever happens to it stays with it, and is told by result(). Cancellation, a lack of
/// memory, and what ends an archive that others write into as well, end the job.
class job_part
{
public:
    /// All borrowed for its life. register_folder: of a register export, for names.
    job_part(runtime::program& program, const core_job& core, const job_options& job,
             const std::optional<std::filesystem::path>& register_folder, std::int64_t started);

    const std::string& name() const noexcept { return job_.name; }
    std::size_t number() const noexcept { return number_; }
    /// Why it could not be opened.
    const std::optional<export_error>& failure() const noexcept { return failure_; }
    bool is_open() const noexcept { return !failure_ && core_ != nullptr; }
    core_part& core() const noexcept { return *core_; }
    /// Only some of its users are asked for.
    bool is_choice() const noexcept { return !options_.users.empty(); }
    const core_result& result() const noexcept { return result_; }
    /// What the report of its own archive, which is finished, says of the users; else null.
    const archive::ordered_spool* user_reports() const noexcept
    {
        return own_archive_ && result_.report ? &own_archive_->user_reports() : nullptr;
    }

    /// archive: the one of all cores; null: this core gets its own.
    runtime::task<void> open(archive_draft* archive);
    runtime::task<void> join(archive_draft* archive, std::size_t first_number);
    /// Blocking: instead of begin().
    void abandon() noexcept;
    /// Blocking: its own archive begins.
    void begin(const std::optional<std::filesystem::path>& register_folder);

    /// Its own archive, from the first user to the manifest.
    runtime::task<void> export_archive(runtime::fair_slots::party places);
    /// Its users of an archive of several cores. Who is not exported has failed.
    runtime::task<void> export_users(runtime::fair_slots::party places);
    /// Blocking: the rest of its part of an archive of several cores.
    void finish(const core_part::platform_filter& filter);

private:
    runtime::task<void> attempt(std::function<void()> work);
    runtime::task<void> export_stages(runtime::fair_slots::party& places);
    runtime::task<void> export_and_close(runtime::fair_slots::party& places);
    void open_sources(archive_draft* archive);
    bool ends_the_job(const std::exception_ptr& failure) const;
    void keep_failure(const std::exception_ptr& failure);
    void keep_result();

    const core_job& job_;
    bool merged_;
    std::size_t number_;
    runtime::program_share program_;
    export_options options_;
    std::optional<archive_draft> own_archive_;
    std::unique_ptr<core_part> core_;
    std::optional<export_error> failure_;
    core_result result_;
};

} // namespace pryv_export::exporting
