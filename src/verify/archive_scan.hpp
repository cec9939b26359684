#pragma once

#include "folder_listing.hpp"
#include "manifest.hpp"
#include "record_reader.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace pryv_export::verify {

/// Everything of an archive that belongs to no single user. Nothing here waits.
class archive_scan
{
public:
    /// Throws export_error{source_missing} when `root` holds nothing of an archive.
    archive_scan(std::filesystem::path root, const std::atomic<bool>& stopping, runtime::progress& progress);

    /// Reads manifest, report and SHA256SUMS. False: the users cannot be read (findings say why).
    bool open();
    /// Folders of users against the manifest. all: every user of the archive is checked
    void check_user_folders(bool all);
    /// platform/, register/, extra/, and the files of the root.
    void check_rest(record_reader& reader);
    /// What is listed in SHA256SUMS and was not met. users: those who were checked; nothing for all.
    void check_missing(const std::optional<std::vector<std::string>>& users);
    /// Counts of all users together.
    void check_totals(const kind_counts& counts);

    check_context& context() noexcept { return context_; }
    findings& found() noexcept { return found_; }
    const archive_manifest& manifest() const noexcept { return manifest_; }
    const archive_report* report() const noexcept { return report_ ? &*report_ : nullptr; }
    const reported_user* report_of(const std::string& user_id) const;

private:
    bool is_encrypted() const;
    void find_repeated_users();
    void compare_report();
    void check_root(const folder_entry& entry, record_reader& reader);
    void check_platform(record_reader& reader, const std::string& folder);
    void check_register(record_reader& reader, const std::string& folder);
    void check_extra(record_reader& reader, const std::string& folder);
    bool right_suffix(const folder_entry& file);

    check_context context_;
    findings found_;
    archive_manifest manifest_;
    std::optional<archive_report> report_;
};

} // namespace pryv_export::verify
