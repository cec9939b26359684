#pragma once

#include "pryv_export/convert/collections.hpp"
#include "pryv_export/convert/tables.hpp"
#include "pryv_export/export/report.hpp"
#include "pryv_export/export/user_list.hpp"
#include "pryv_export/export/user_survey.hpp"
#include "pryv_export/runtime/blocking.hpp"
#include "pryv_export/runtime/bounded_queue.hpp"
#include "pryv_export/runtime/run_all.hpp"
#include "pryv_export/source/user_files.hpp"

#include "core_context.hpp"
#include "event_ledger.hpp"
#include "line_writer.hpp"

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pryv_export::exporting {

/// A block of events on its way from the source to the archive.
struct event_block
{
    runtime::memory_budget::lease memory;
    source::batch batch;
    convert::event_batch converted;
    archive::member heads; ///< the compressed lines of `converted.out`
};

/// CPU work, any thread: documents to lines to a gzip member, while the lines are warm in the cache.
void convert_and_compress(event_block& block, const convert::event_converter& converter,
                          const convert::event_exceptions& exceptions, bool want_id_hashes,
                          archive::encoding how);

/// The documents of a batch as the conversion takes them.
std::vector<convert::record> records_of(const source::batch& batch);

/// A record that has to stay out of its file, as a line for extra/.
void append_set_aside(convert::output& out, convert::rule why, std::string_view kind,
                      std::string_view id_json, std::string_view line);

/// v1's databases of a user, in the user's folder.
inline constexpr std::string_view event_file_name = "local-1.0.0.sqlite";
inline constexpr std::array<std::string_view, 2> audit_file_names{"audit.sqlite", "audit-1.0.0.sqlite"};

/// A block of audit lines on its way.
struct audit_block
{
    convert::output out;
    archive::member lines;
};

/// The audit databases of one user, one after the other: 1.7's file first, as its rows are older.
class audit_reader
{
public:
    void add(std::unique_ptr<source::event_rows> rows);
    bool next(source::event_row& row);
    std::uint64_t count() const noexcept { return count_; }
    std::uint64_t rows_read() const noexcept { return rows_read_; }
    bool done() const noexcept { return at_ == files_.size(); }
    /// For convert::append_audit_row(): null when there is one file.
    convert::audit_ids* seen_ids() noexcept { return files_.size() > 1 ? &ids_ : nullptr; }

private:
    std::vector<std::unique_ptr<source::event_rows>> files_;
    std::size_t at_ = 0;
    std::uint64_t count_ = 0;
    std::uint64_t rows_read_ = 0;
    convert::audit_ids ids_;
};

/// Exports one user into a staging folder. The steps run one after the other; within a step reading,
/// converting and writing overlap (docs/architecture.md "One user"). All steps throw export_error when the
/// user cannot be exported whole; the staging folder is removed by discard() then.
class user_export
{
public:
    user_export(core_context& core, const user_entry& user, std::size_t number);
    ~user_export();

    /// Bytes of the source that open() will read into memory, databases apart.
    static std::uint64_t first_bytes(const core_context& core, const user_entry& user);
    /// Blocking: opens the sources and reads a first block of each.
    void open();
    /// After open(): nothing is left to read, and no attachments to copy.
    bool is_read_whole() const;
    /// After open(): bytes in memory that first_bytes() does not count, of the user's databases.
    std::uint64_t held_bytes() const;
    /// CPU work, after open(). When the first blocks were all there is, as for most users, their files are
    /// written here as well. `keep` is called at the end, whichever step that is, on a pool's thread.
    void convert(const std::function<void()>& keep);
    bool ended() const noexcept { return ended_; }
    /// On the loop's thread, after convert() and unless ended(): what is left.
    runtime::task<void> run_rest(const std::function<void()>& keep);
    runtime::task<void> discard();
    /// Blocking, instead of open(): what v1 has of this user, by its own counts. Converts and writes nothing.
    user_survey survey();

    const std::filesystem::path& staging() const noexcept { return staging_->path(); }
    user_report& report() noexcept { return report_; }
    const user_report& report() const noexcept { return report_; }
    /// user-manifest.json, which is the user's entry in manifest.json as well (archive/json_text.hpp). Once
    /// all files are written.
    void append_manifest(std::string& text, std::size_t indent) const;
    /// Lines of SHA256SUMS for the user's files.
    const std::string& checksums() const noexcept { return checksums_; }
    std::uint64_t files() const noexcept { return files_.size(); }
    std::uint64_t attachment_files() const noexcept { return attachment_file_count_; }
    /// Bytes of the archive's files.
    const per_part<std::uint64_t>& written_bytes() const noexcept { return written_bytes_; }
    /// How much of the events and audit rows was read: less than 1 only when core_context sets a limit.
    double events_read() const noexcept { return events_read_; }
    double audit_read() const noexcept { return audit_read_; }

private:
    /// streams, accesses, profile, webhooks, followed slices: read by blocks, converted in order.
    struct small_collection;

    // user_export.cpp
    small_collection& add(source::collection source, convert::kind kind);
    void make_staging();
    void convert_first_blocks();
    void settle_first_blocks();
    runtime::task<void> export_rest(small_collection& which);
    void convert_streams();
    void read_block(small_collection& which);
    void convert_block(small_collection& which);
    void keep_within_limit(small_collection& which);
    void book(convert::kind kind, convert::output& out);
    runtime::task<void> relieve_writers();
    line_writer& extra(convert::kind kind);
    void finish(const std::function<void()>& keep);

    // account_export.cpp
    void gather_account();
    void add_event_passwords();
    void note_user();

    // user_end.cpp
    void settle_all();
    void write_all_files();
    void check_counts() const;

    // event_export.cpp
    void open_events();
    std::uint64_t event_count() const;
    std::uint64_t event_bytes() const;
    std::uint64_t sample_stride() const;
    runtime::task<void> export_events();
    runtime::task<void> read_event_blocks(runtime::bounded_queue<runtime::pending<event_block>>& queue);
    runtime::task<void> write_event_blocks(runtime::bounded_queue<runtime::pending<event_block>>& queue);
    void convert_again(event_block& block, const convert::event_exceptions& exceptions);
    void settle_block(event_block& block);
    void keep_account_values(convert::event_batch& converted);

    // audit_export.cpp
    std::unique_ptr<audit_reader> open_audit_files() const;
    void open_audit();
    bool read_audit(audit_block& block);
    runtime::task<void> export_audit();
    runtime::task<void> read_audit_blocks(runtime::bounded_queue<runtime::pending<audit_block>>& queue);
    runtime::task<void> write_audit_blocks(runtime::bounded_queue<runtime::pending<audit_block>>& queue);
    void settle_audit(audit_block& block);

    // user_survey.cpp
    void survey_collections(user_survey& found);
    void survey_account(user_survey& found);
    void survey_sqlite(user_survey& found);
    void survey_attachments(user_survey& found);

    // attachment_export.cpp
    struct attachment_plan;
    void list_attachments();
    runtime::task<void> export_attachments();
    std::vector<attachment_plan> plan_attachments();
    bool has_few_attachments() const;
    void copy_few_attachments();
    void copy_plans(std::span<attachment_plan> plans);
    runtime::task<void> copy_group(std::vector<attachment_plan>& plans, std::size_t& next);
    void copy_attachment(attachment_plan& plan);
    void book_attachment(const attachment_plan& plan);

    archive::file_series series(std::string stem, bool chunked) const;
    void check_id() const;
    void find_source_folder();
    bool has_source_folder() const noexcept { return !source_folder_.path.empty(); }
    std::filesystem::path attachments_folder() const;
    bool is_kept() const { return core_.output.where() == archive::medium::disk; }
    bool is_cut() const noexcept { return events_read_ < 1 || audit_read_ < 1; }

    core_context& core_;
    const user_entry& user_;
    std::shared_ptr<const archive::file_folder> staging_;
    source::opened_folder source_folder_; ///< of v1; no path: the user has none
    user_report report_;
    std::string checksums_;
    std::vector<archive::file_record> files_; ///< of the archive, in the order of their names
    std::uint64_t attachment_file_count_ = 0;
    per_part<std::uint64_t> written_bytes_{};
    double events_read_ = 1;
    double audit_read_ = 1;

    std::vector<std::unique_ptr<small_collection>> small_;
    std::vector<source::batch> stream_batches_;
    std::array<std::optional<line_writer>, convert::kind_count> extra_;

    std::unique_ptr<source::document_cursor> event_cursor_;
    std::uint64_t sqlite_event_count_ = 0;
    event_ledger ledger_{true};
    event_block first_events_;
    bool has_first_events_ = false;
    archive::file_series heads_;
    line_writer history_;

    std::unique_ptr<audit_reader> audit_;
    audit_block first_audit_;
    bool has_first_audit_ = false;
    archive::file_series audit_files_;
    bool wants_flush_ = false; ///< of heads_ or audit_files_
    bool ended_ = false;       ///< all files are written

    convert::account account_;
    std::vector<convert::account_value> event_passwords_; ///< of stores before 1.8
    std::vector<convert::account_value> event_usernames_;
    std::uint64_t password_count_ = 0;
    std::uint64_t key_value_count_ = 0;
    convert::output passwords_out_;
    convert::output key_values_out_;
    convert::output fields_out_;
    archive::member account_line_;

    source::attachment_listing listing_;
    bool listing_in_old_folder_ = false;
    std::vector<archive::file_record> attachment_files_;
    std::uint64_t attachments_written_ = 0;
};

} // namespace pryv_export::exporting
