#include "merge_plan.hpp"

#include "pryv_export/base/text.hpp"

#include <fmt/format.h>

#include <unordered_map>

namespace pryv_export::exporting {

namespace {

struct user_place
{
    std::size_t core;
    std::size_t place;
};

class merger
{
public:
    merger(std::span<const merge_core> cores, const placement& placed_on)
        : cores_{cores}, placed_on_{placed_on}
    {
        for (const merge_core& core : cores_) out_.emplace_back(core.users.size(), false);
    }

    merge_plan plan()
    {
        find_placed();
        leave_out_copies();
        find_conflicts();
        return std::move(plan_);
    }

private:
    using places = std::unordered_map<std::string_view, user_place>;

    const user_entry& user_at(user_place at) const { return cores_[at.core].users[at.place]; }

    template <class Visit>
    void for_each_user(const Visit& visit) const
    {
        for (std::size_t core = 0; core < cores_.size(); ++core) {
            for (std::size_t place = 0; place < cores_[core].users.size(); ++place) visit({core, place});
        }
    }

    /// Those that are where the register says.
    void find_placed()
    {
        if (!placed_on_) return;
        for_each_user([&](user_place at) {
            const user_entry& user = user_at(at);
            if (placed_on_(user.name) != at.core) return;
            placed_ids_.emplace(user.id, at);
            placed_names_.emplace(user.name, at);
        });
    }

    std::optional<user_place> placed_elsewhere(user_place at) const
    {
        const user_entry& user = user_at(at);
        if (auto const same = placed_ids_.find(user.id);
            same != placed_ids_.end() && same->second.core != at.core)
            return same->second;
        if (auto const same = placed_names_.find(user.name);
            same != placed_names_.end() && same->second.core != at.core)
            return same->second;
        return std::nullopt;
    }

    /// A user that is placed here too stays, and is a conflict.
    void leave_out_copies()
    {
        for_each_user([&](user_place at) {
            bool const placed_here = placed_on_ && placed_on_(user_at(at).name) == at.core;
            auto const kept = placed_here ? std::nullopt : placed_elsewhere(at);
            if (!kept) return;
            out_[at.core][at.place] = true;
            plan_.left_out.push_back({at.core, at.place, kept->core});
        });
    }

    void find_conflicts()
    {
        places ids;
        places names;
        for_each_user([&](user_place at) {
            if (out_[at.core][at.place]) return;
            const user_entry& user = user_at(at);
            auto const [same_id, new_id] = ids.emplace(user.id, at);
            auto const [same_name, new_name] = names.emplace(user.name, at);
            if (!new_id)
                add_conflict(same_id->second, at);
            else if (!new_name)
                add_conflict(same_name->second, at);
        });
    }

    void add_conflict(user_place first, user_place second)
    {
        ++plan_.conflict_count;
        if (plan_.conflicts.size() >= merge_plan::conflicts_kept) return;
        plan_.conflicts.push_back(fmt::format("User {} is on {} and {} on {}.", shown(first),
                                              cores_[first.core].name, shown(second),
                                              cores_[second.core].name));
    }

    std::string shown(user_place at) const
    {
        const user_entry& user = user_at(at);
        return printable(fmt::format("'{}' (id {})", user.name, user.id));
    }

    std::span<const merge_core> cores_;
    const placement& placed_on_;
    places placed_ids_;
    places placed_names_;
    std::vector<std::vector<bool>> out_;
    merge_plan plan_;
};

} // namespace

merge_plan plan_merge(std::span<const merge_core> cores, const placement& placed_on)
{
    return merger{cores, placed_on}.plan();
}

} // namespace pryv_export::exporting
