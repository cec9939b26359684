#pragma once

#include "pryv_export/export/user_list.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::exporting {

/// Which core of the job the register places a user on; nothing when it does not say, or names a server that
/// is none of the job's.
using placement = std::function<std::optional<std::size_t>(std::string_view username)>;

/// A core as far as its users can be in the way of another's.
struct merge_core
{
    std::string name;
    std::span<const user_entry> users;
};

/// What several cores do when they become one archive, where each user id and each name occurs once.
struct merge_plan
{
    struct left_out
    {
        std::size_t core = 0;
        std::size_t place = 0; ///< of the user in that core's list
        std::size_t kept_core = 0;
    };
    std::vector<left_out> left_out; ///< by core and place
    /// Users that more than one core has and whom nobody places: whole sentences, the first ones.
    std::vector<std::string> conflicts;
    std::size_t conflict_count = 0;

    static constexpr std::size_t conflicts_kept = 100;
};

/// Finds users with the same id or the same name on several cores. Where the register places the user of one
/// of them, the others' copies are left out. Pure.
merge_plan plan_merge(std::span<const merge_core> cores, const placement& placed_on);

} // namespace pryv_export::exporting
