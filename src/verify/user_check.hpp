#pragma once

#include "event_checks.hpp"
#include "folder_listing.hpp"
#include "manifest.hpp"

#include <cstdint>
#include <vector>

namespace pryv_export::verify {

/// What the check of one user found.
struct user_result
{
    findings found;
    kind_counts counts{};
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
};

/// One user, in steps: list(); run() for each unit, on any threads; join(); run_files() for each group of
/// attachments, on any threads; finish(). Nothing here waits. All steps throw export_error{interrupted}.
class user_check
{
public:
    /// known: what the exporter's report says of this user; nothing when there is none. Both are borrowed.
    /// source: what v1 has of this user; nothing when it is not held against a source.
    user_check(check_context& context, const manifest_user& user, const reported_user* known,
               const source_user* source = nullptr);

    void list();
    /// Files of records; each is read once.
    std::size_t units() const noexcept { return units_.size(); }
    void run(std::size_t unit, record_reader& reader);
    /// What only all files together tell.
    void join(record_reader& reader);
    std::size_t file_groups() const noexcept { return groups_.size(); }
    void run_files(std::size_t group);
    user_result finish();

    /// Compressed size of all files.
    std::uint64_t bytes() const noexcept { return bytes_; }

private:
    enum class unit_kind : std::uint8_t
    {
        streams,
        accesses,
        profile,
        webhooks,
        account,
        events,
        audit,
        series,
        extra
    };
    struct unit
    {
        unit_kind kind;
        folder_entry file;
        findings found;
        std::uint64_t records = 0;
        chunk_summary chunk;
    };
    struct file_group
    {
        std::size_t first;
        std::size_t end;
        findings found;
    };

    void list_root(const folder_entry& entry);
    void check_strange_folder(const folder_entry& folder);
    void list_chunks(const std::string& folder, unit_kind kind, std::string_view prefix);
    void list_folder_of(const std::string& name, unit_kind kind);
    void add_unit(unit_kind kind, const folder_entry& file);
    bool right_suffix(const folder_entry& file);
    void check_chunk_names(const std::vector<folder_entry>& files, std::string_view prefix);
    void check_chunk_list(unit_kind kind, const std::optional<std::vector<std::string>>& listed,
                          std::string_view folder);
    void check_user_manifest(const folder_entry& file);
    void check_name();
    void check_id();
    std::vector<chunk_summary> chunks_of(unit_kind kind);
    void plan_groups();
    void find_missing_files();
    void check_counts();
    void check_set_aside();
    void check_source();
    void compare_with_source(std::string_view kind, std::uint64_t there, std::uint64_t accounted,
                             std::uint64_t fields);
    void check_known();

    check_context& context_;
    const manifest_user& user_;
    const reported_user* known_;
    const source_user* source_;
    std::string folder_; ///< users/<id>
    user_result result_;
    std::vector<unit> units_;
    std::vector<folder_entry> attachments_;
    std::vector<file_group> groups_;
    file_ledger ledger_;
    std::uint64_t bytes_ = 0;
    std::uint64_t extra_attachments_ = 0; ///< files that belong to no event
    std::uint64_t extra_attachment_bytes_ = 0;
    std::uint64_t attachment_bytes_ = 0;
    bool manifest_seen_ = false;
};

} // namespace pryv_export::verify
