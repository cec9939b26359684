#include "merge_plan.hpp"

#include "pryv_export/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
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
            placed_names_.emplace(user.name, at);
        });
    }

    /// The core that has this user instead. Another user with the same id, or the same name, is no copy.
    std::optional<std::size_t> kept_elsewhere(user_place at) const
    {
        const user_entry& user = user_at(at);
        auto const placed = placed_on_ ? placed_on_(user.name) : std::nullopt;
        if (!placed || *placed == at.core) return std::nullopt;
        if (cores_[*placed].missing) return placed;
        auto const same = placed_names_.find(user.name);
        if (same == placed_names_.end() || user_at(same->second).id != user.id) return std::nullopt;
        return same->second.core;
    }

    void leave_out_copies()
    {
        for_each_user([&](user_place at) {
            auto const kept = kept_elsewhere(at);
            if (!kept) return;
            out_[at.core][at.place] = true;
            plan_.left_out.push_back({at.core, at.place, *kept});
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
    places placed_names_;
    std::vector<std::vector<bool>> out_;
    merge_plan plan_;
};

} // namespace

merge_plan plan_merge(std::span<const merge_core> cores, const placement& placed_on)
{
    return merger{cores, placed_on}.plan();
}

std::optional<std::string> sentence_about_shared_users(std::span<const merge_core> cores)
{
    constexpr std::size_t examples = 3;
    merge_plan const plan = plan_merge(cores, {});
    if (plan.conflict_count == 0) return std::nullopt;
    std::string text = fmt::format(
        "{} users have an id or a name that another core has too. v2 takes each once: the restore of the "
        "second archive will refuse them or clash with the first. Find out which copy counts, or use "
        "layout: merged, where the register decides.",
        plan.conflict_count);
    for (std::size_t i = 0; i < std::min(examples, plan.conflicts.size()); ++i)
        text += " " + plan.conflicts[i];
    if (plan.conflict_count > examples) text += fmt::format(" And {} more.", plan.conflict_count - examples);
    return text;
}

} // namespace pryv_export::exporting
