#pragma once

#include "pryv_export/export/job_export.hpp"

#include "job_parts.hpp"
#include "merge_plan.hpp"
#include "platform_merge.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pryv_export::exporting {

/// The cores of a job that become one archive: compares them, and leaves out what the register places on
/// another core, be it one that could not be opened.
class job_merge
{
public:
    /// Blocking: reads the platform rows of all parts, which are open and have not joined. Throws job_refused
    /// for conflicts.
    job_merge(const job_options& job, const std::vector<job_part*>& parts,
              const std::optional<std::filesystem::path>& register_folder);

    /// The rows of one of the parts as the archive takes them (platform_merge). Once for each part that ends
    /// well.
    void filter_platform(const job_part& part, convert::output& rows)
    {
        platform_->filter(places_.at(part.number()), rows);
    }

private:
    void find_cores(const job_options& job, const std::vector<job_part*>& parts);
    placement placement_of(const job_options& job,
                           const std::optional<std::filesystem::path>& register_folder) const;
    void add_platform(const merge_plan& plan, const std::vector<job_part*>& parts,
                      const placement& placed_on);
    void refuse_conflicts(const merge_plan& plan) const;
    void leave_out(const merge_plan& plan, const std::vector<job_part*>& parts) const;

    std::vector<merge_core> cores_;             ///< the open ones, then the missing ones
    std::map<std::size_t, std::size_t> places_; ///< in cores_, by the number of the job's core
    std::optional<platform_merge> platform_;
};

/// A warning about users that several cores have, for archives of their own. All parts are open.
std::vector<std::string> warnings_about_shared_users(const std::vector<job_part*>& parts);

} // namespace pryv_export::exporting
