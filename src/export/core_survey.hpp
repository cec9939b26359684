#pragma once

#include "pryv_export/base/file.hpp"
#include "pryv_export/export/user_survey.hpp"
#include "pryv_export/runtime/program_share.hpp"

#include "archive_draft.hpp"
#include "core_part.hpp"

#include <cstddef>
#include <functional>
#include <optional>

namespace pryv_export::exporting {

/// A core whose sources are open and whose users are counted, with an output that is only thought of. All it
/// writes are temporary files, in options.spool_dir or the system's folder for these.
class core_survey
{
public:
    /// All are borrowed.
    core_survey(runtime::program_share& program, const config::v1_config& config,
                const export_options& options, runtime::progress& progress);

    /// Throws export_error when a source cannot be opened.
    runtime::task<void> open();
    /// After open(). Calls `enter` once for each user of part().users(), on any thread of the blocking pool.
    runtime::task<void> count_users(const std::function<void(std::size_t place, user_survey found)>& enter);

    core_part& part() noexcept { return part_; }
    archive_draft& draft() noexcept { return *draft_; }
    /// Blocking: what the temporary files take on the disk now.
    std::uint64_t scratch_bytes() const;

private:
    void open_sources();
    runtime::task<void>
    count_next_users(const std::function<void(std::size_t place, user_survey found)>& enter);

    runtime::program_share& program_;
    const export_options& options_;
    runtime::progress& progress_;
    private_folder scratch_;
    std::optional<archive_draft> draft_;
    core_part part_;
    std::size_t next_ = 0;
};

} // namespace pryv_export::exporting
