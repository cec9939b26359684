#pragma once

#include "pryv_export/export/dry_run.hpp"
#include "pryv_export/export/user_list.hpp"

#include "output_room.hpp"
#include "size_model.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace pryv_export::exporting {

class user_export;

/// Puts together what a dry run finds: counts of all users, sizes of those that were converted, and from
/// these the sizes of the others.
class forecast_builder
{
public:
    forecast_builder(const std::vector<user_entry>& users, const export_options& options);

    void add_problem(std::string line) { forecast_.problems.push_back(std::move(line)); }
    /// Any thread, once per user: what v1 has of the user at this place.
    void enter(std::size_t place, user_survey found);
    /// What there is to convert of each user.
    std::vector<std::uint64_t> sizes() const;

    /// So many users are converted; whole: all of them.
    void converts(std::size_t users, bool whole);
    /// Any thread: one of them. Of a user who was cut, events and audit are reckoned up.
    void learn(std::size_t place, const user_export& user);
    /// Temporary files that the export will write below its output.
    void spools(std::uint64_t bytes) { spool_bytes_ = bytes; }
    /// Seconds that converting took.
    void took(double seconds) { seconds_ = seconds; }
    /// Bytes of files that belong to no user.
    struct shared_files
    {
        std::uint64_t of_nobody = 0; ///< platform, records of nobody
        std::uint64_t files = 0;     ///< how many, of both
        std::uint64_t lists = 0;     ///< bytes: manifest, report, checksums, of the users that were converted
    };
    /// run: what became of them; its warnings are taken.
    void finish(run_report& run, const shared_files& shared);

    forecast result() && { return std::move(forecast_); }

private:
    struct work
    {
        double bytes = 0;
        double users = 0;
        /// In bytes of events: what a user costs beside the bytes.
        double total() const;
        void add(std::uint64_t bytes_to_convert);
    };

    per_part<std::uint64_t> inputs_of(const user_survey& found) const;
    void learn_from(const per_part<std::uint64_t>& inputs, const per_part<std::uint64_t>& outputs);
    static double read_share(const user_survey& found, const user_export& user);
    void mark_failed(const run_report& run);
    void fill_in(std::size_t place);
    std::uint64_t files_of(const user_survey& found) const;
    void sum_up();
    void reckon_others(const shared_files& shared);
    void reckon_time();
    void add_old_archive(room& has) const;
    void check_room();
    void note_problems(const run_report& run);
    void note_limits();

    const export_options& options_;
    std::mutex mutex_;
    forecast forecast_;
    std::vector<user_survey> surveys_;
    per_part<size_model> models_;
    std::uint64_t files_learnt_ = 0; ///< without attachments, of the users in converted_
    double seconds_ = 0;
    std::uint64_t spool_bytes_ = 0;
    work converted_;
};

} // namespace pryv_export::exporting
