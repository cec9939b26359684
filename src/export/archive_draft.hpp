#pragma once

#include "pryv_export/archive/compress.hpp"
#include "pryv_export/archive/output_folder.hpp"
#include "pryv_export/archive/publisher.hpp"
#include "pryv_export/convert/outcome.hpp"
#include "pryv_export/export/report.hpp"
#include "pryv_export/runtime/program_share.hpp"

#include "archive_end.hpp"

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace pryv_export::exporting {

class user_export;

/// What the manifest says of the archive as a whole.
struct archive_facts
{
    std::string engine; ///< where v1 keeps events: "mongodb" or "sqlite"
    std::string domain;
    std::int64_t timestamp_ms = 0;
};

/// An archive while it is made, by one core or by several: its folder, who moves users into it, and what its
/// last files are made from. Users have numbers that are unique in the archive and give its order.
class archive_draft
{
public:
    /// Blocking: takes the folder (output_folder). Throws export_error{cannot_create}.
    archive_draft(runtime::program_share& program, std::filesystem::path root,
                  archive::output_folder::existing policy, archive::encoding how);
    /// Of a folder that is taken already, or imagined.
    archive_draft(runtime::program_share& program, archive::output_folder output, archive::encoding how);

    const archive::output_folder& folder() const noexcept { return output_; }
    archive::publisher& publisher() noexcept { return publisher_; }
    archive::encoding encoding() const noexcept { return how_; }

    /// Blocking: all sources are open. An old archive goes now.
    void begin();
    /// Blocking, after begin(): a copy of a register export, in place of what is there. Nothing when it is
    /// this archive's already.
    void place_register(const std::filesystem::path& from);
    /// Instead of begin(): the folder is as it was.
    void abandon() noexcept { output_.abandon(); }

    /// Blocking, any thread: a user who was written, or who failed.
    void add(std::size_t number, user_export& user);
    /// Blocking, any thread: a user of whom there is only a report.
    void add(std::size_t number, const user_report& report);

    // Blocking, one thread at a time:
    /// Rows for the one platform file.
    void append_platform(const convert::output& rows);
    void add_files(const std::vector<archive::file_record>& files);
    /// Writes the last files; manifest.json makes it an archive. Adds the files that belong to no user to
    /// `report`. Returns the bytes of the last files, which are not in it.
    std::uint64_t finish(run_report& report, const archive_facts& facts);
    /// What report.json says of the users, by their numbers.
    const archive::ordered_spool& user_reports() const noexcept { return parts_.reports; }

private:
    void publish(std::string_view name);

    archive::output_folder output_;
    archive::encoding how_;
    std::size_t jobs_;
    archive::publisher publisher_;
    std::mutex mutex_;
    archive_parts parts_;
    archive::file_series platform_;
};

} // namespace pryv_export::exporting
