#include "job_merge.hpp"

#include "job_output.hpp"

#include <fmt/format.h>

#include <utility>

namespace pryv_export::exporting {

namespace {

std::uint64_t documents_of(core_part& core, const std::string& user)
{
    std::uint64_t documents = 0;
    for (auto const kind : source::user_collections)
        documents += core.documents().share_of(kind, user).documents;
    return documents;
}

} // namespace

job_merge::job_merge(const job_options& job, const std::vector<job_part*>& parts,
                     const std::optional<std::filesystem::path>& register_folder)
{
    find_cores(job, parts);
    placement const placed_on = placement_of(job, register_folder);
    merge_plan const plan = plan_merge(cores_, placed_on);
    add_platform(plan, parts, placed_on);
    refuse_conflicts(plan);
    leave_out(plan, parts);
    for (merge_core& core : cores_) core.users = {}; // the lists are others now
}

void job_merge::find_cores(const job_options& job, const std::vector<job_part*>& parts)
{
    for (const job_part* const part : parts) {
        places_.emplace(part->number(), cores_.size());
        cores_.push_back({part->name(), part->core().users()});
    }
    for (std::size_t number = 0; number < job.cores.size(); ++number) {
        if (!places_.emplace(number, cores_.size()).second) continue;
        cores_.push_back({.name = job.cores[number].name, .users = {}, .missing = true});
    }
}

placement job_merge::placement_of(const job_options& job,
                                  const std::optional<std::filesystem::path>& register_folder) const
{
    if (!register_folder) return {};
    return [placed = read_placements(*register_folder, job.cores),
            places = places_](std::string_view name) -> std::optional<std::size_t> {
        auto const found = placed.find(name);
        return found == placed.end() ? std::nullopt : std::optional{places.at(found->second)};
    };
}

void job_merge::add_platform(const merge_plan& plan, const std::vector<job_part*>& parts,
                             const placement& placed_on)
{
    std::vector<std::string> names;
    for (const merge_core& core : cores_) names.push_back(core.name);
    platform_.emplace(std::move(names), placed_on);
    for (const auto& each : plan.left_out) {
        platform_->leave_out(each.core, cores_[each.core].users[each.place].name);
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        convert::output rows;
        parts[i]->core().read_platform_rows(rows);
        platform_->add(i, rows.lines.view());
    }
}

void job_merge::refuse_conflicts(const merge_plan& plan) const
{
    std::size_t const count = plan.conflict_count + platform_->conflict_count();
    if (count == 0) return;
    std::vector<std::string> lines = plan.conflicts;
    lines.insert(lines.end(), platform_->conflicts().begin(), platform_->conflicts().end());
    throw job_refused{exit_status::bad_config, "layout: merged",
                      fmt::format("{} conflicts between cores{}; nothing was written", count,
                                  lines.size() < count ? ", of which these are the first" : ""),
                      "use layout: per-core, or give each core its register-name and the job a register that "
                      "says where the users are",
                      std::move(lines)};
}

void job_merge::leave_out(const merge_plan& plan, const std::vector<job_part*>& parts) const
{
    for (std::size_t i = 0; i < parts.size(); ++i) {
        std::vector<left_out_user> users;
        std::vector<std::size_t> places;
        core_part& core = parts[i]->core();
        for (const auto& each : plan.left_out) {
            if (each.core != i) continue;
            const user_entry& user = core.users()[each.place];
            users.push_back({user.id, user.name, cores_[each.kept_core].name, documents_of(core, user.id)});
            places.push_back(each.place);
        }
        core.leave_out(std::move(users), places);
    }
}

std::vector<std::string> warnings_about_shared_users(const std::vector<job_part*>& parts)
{
    std::vector<merge_core> cores;
    for (const job_part* const part : parts) cores.push_back({part->name(), part->core().users()});
    auto text = sentence_about_shared_users(cores);
    return text ? std::vector<std::string>{std::move(*text)} : std::vector<std::string>{};
}

} // namespace pryv_export::exporting
