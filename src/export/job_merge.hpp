#pragma once

#include "pryv_export/export/job_export.hpp"

#include "job_parts.hpp"
#include "merge_plan.hpp"
#include "platform_merge.hpp"

#include <filesystem>
#include <optional>
#include <vector>

namespace pryv_export::exporting {

/// The cores of a job that become one archive: compares them, and leaves out what the register places on
/// another core.
class job_merge
{
public:
    /// Blocking: reads the platform rows of all parts, which are open and have not joined. Throws job_refused
    /// for conflicts.
    job_merge(const job_options& job, const std::vector<job_part*>& parts,
              const std::optional<std::filesystem::path>& register_folder);

    /// The rows of one of the parts as the archive takes them (platform_merge).
    void filter_platform(std::size_t part, convert::output& rows) { platform_->filter(part, rows); }

private:
    static placement placement_of(const job_options& job, const std::vector<job_part*>& parts,
                                  const std::optional<std::filesystem::path>& register_folder);
    void add_platform(const merge_plan& plan, const std::vector<merge_core>& cores,
                      const std::vector<job_part*>& parts, const placement& placed_on);
    void refuse_conflicts(const merge_plan& plan) const;
    static void leave_out(const merge_plan& plan, const std::vector<job_part*>& parts);

    std::optional<platform_merge> platform_;
};

} // namespace pryv_export::exporting
