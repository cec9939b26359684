#pragma once

#include "pryv_export/base/error.hpp"
#include "pryv_export/export/report.hpp"
#include "pryv_export/export/user_survey.hpp"
#include "pryv_export/runtime/fair_slots.hpp"

#include "archive_draft.hpp"
#include "core_context.hpp"
#include "core_sources.hpp"
#include "run_notes.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace pryv_export::exporting {

class user_export;

/// One core's part of an archive, step by step: open() its sources, join() the archive, export_users(),
/// finish(). The steps of several cores can go on at the same time; what a core reads from, its rules and its
/// report are its own.
class core_part
{
public:
    /// name     of the core in a job, also of its folder below extra/; empty when the archive has one core
    /// started  milliseconds since 1970: backupTimestamp of all its manifests
    core_part(runtime::program_share& program, const config::v1_config& config, const export_options& options,
              runtime::progress& progress, std::string name, std::int64_t started);

    /// Blocking. Throws export_error when a source cannot be opened; nothing is written but in `scratch`.
    void open(const std::filesystem::path& scratch);

    // After open():
    const std::vector<user_entry>& users() const noexcept { return sources_->users.users; }
    source::document_store& documents() noexcept { return *sources_->documents; }
    /// The rows of its platform data. Blocking; may be asked twice.
    void read_platform_rows(convert::output& out);
    /// Users that are not exported, by their places in users(), as another core has them. Before join().
    void leave_out(std::vector<left_out_user> users, const std::vector<std::size_t>& places);

    /// Blocking: gets ready to write into the archive, where this core's users have the numbers from
    /// `first_number` on. The draft outlives it.
    void join(archive_draft& archive, std::size_t first_number);
    /// Blocking, after join(): tells the sources in which order the users are read. Before export_users().
    void prepare();
    std::size_t users_total() const noexcept { return sources_->users.users.size(); }

    // A dry run, between join() and prepare():
    /// Blocking, any thread: what v1 has of the user at this place of users().
    user_survey survey(std::size_t place);
    /// Blocking, as lines: what the sources have that belongs to no user, or cannot be read.
    std::vector<std::string> problems_of_sources();
    /// Blocking: the users at these places only, each until `most_bytes` of events and of audit rows are
    /// read.
    void sample(const std::vector<std::size_t>& places, std::uint64_t most_bytes);
    /// Told of each user who was exported. Blocking, one thread at a time.
    std::function<void(const user_export& user, std::size_t place)> on_user;

    /// Throws what ends the core (export_error, cancellation); a user who fails does not.
    runtime::task<void> export_users(runtime::fair_slots::party& places);
    /// Blocking: users that were not exported have failed, for this reason.
    void fail_rest(const std::string& line);

    /// Turns platform rows into those that the archive takes; default: all of them.
    using platform_filter = std::function<void(convert::output& rows)>;
    /// Blocking: what belongs to no user, and the report. The sources are closed then.
    void finish(const platform_filter& filter = {});

    /// Blocking: instead of finish(), after the core failed: tells what is known without asking its sources.
    /// Platform rows and records of nobody are not in the archive.
    void finish_failed();

    run_report& report() noexcept { return report_; }
    const run_report& report() const noexcept { return report_; }
    bool has_joined() const noexcept { return archive_ != nullptr; }
    archive_facts facts() const;
    const std::string& name() const noexcept { return name_; }
    /// True for an error after which nothing can be written into the archive any more.
    bool is_of_archive(const export_error& error) const;

private:
    runtime::task<void> export_next_users(runtime::fair_slots::party& places);
    struct user_in_flight;
    struct user_group;
    user_group next_group(std::size_t most_users);
    void open_group(user_group& group);
    void convert_group(user_group& group);
    runtime::task<void> export_first_blocks(user_group& group);
    runtime::task<void> export_rest(user_in_flight& flight);
    archive::finished_folder finished_folder_of(const user_export& user) const;
    bool is_fatal(const export_error& error) const;
    void keep_user(user_export& user, std::size_t place);
    void enter(std::size_t place, const user_report& report);
    void note_size(std::size_t place, std::uint64_t events);
    std::uint64_t bytes_to_export() const;
    void warn_about_sources();
    std::optional<std::filesystem::path> old_attachments() const;

    // core_end.cpp
    void export_unowned();
    void export_platform(const platform_filter& filter);
    archive::file_series extra_file(std::string_view name) const;
    void append_extra(archive::file_series& file, convert::output& block);
    void close_extra(archive::file_series& file);
    void list_other_collections();
    bool is_read(std::string_view name) const;
    void note_changes();
    void list_users();
    void complete_report();
    void end_report();

    runtime::program_share& program_;
    const config::v1_config& config_;
    const export_options& options_;
    runtime::progress& progress_;
    std::string name_;
    convert::rules rules_;
    double started_ = 0;

    std::optional<core_sources> sources_;
    archive_draft* archive_ = nullptr;
    std::size_t first_number_ = 0;
    std::optional<core_context> context_;

    std::size_t next_user_ = 0;
    std::vector<std::size_t> given_back_; ///< places of users who were taken and not begun
    std::size_t users_ended_ = 0;
    std::mutex keep_mutex_;
    std::vector<bool> kept_;
    bool is_sample_ = false;
    run_report report_;
    run_notes notes_;
    std::map<std::size_t, std::pair<std::string, std::string>> failures_;
    std::size_t largest_place_ = 0;
};

/// Users in flight in the whole program. asked: 0 chooses from the threads.
std::size_t users_in_flight(std::size_t asked, std::size_t jobs) noexcept;

} // namespace pryv_export::exporting
