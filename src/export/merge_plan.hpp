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

/// Which of the compared cores the register places a user on; nothing when it does not say, or names a server
/// that is none of the job's.
using placement = std::function<std::optional<std::size_t>(std::string_view username)>;

/// A core as far as its users can be in the way of another's.
struct merge_core
{
    std::string name;
    std::span<const user_entry> users;
    bool missing = false; ///< it could not be opened: nobody knows its users
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
    /// Users that more than one core has and whose home nobody tells: whole sentences, the first ones.
    std::vector<std::string> conflicts;
    std::size_t conflict_count = 0;

    static constexpr std::size_t conflicts_kept = 100;
};

/// Finds users with the same id or the same name on several cores. Where the register places the user on one
/// of them, other copies of this user (same id, same name) are left out; so is every copy of a user whom it
/// places on a missing core. Pure.
merge_plan plan_merge(std::span<const merge_core> cores, const placement& placed_on);

/// For cores with archives of their own: what their restores into one v2 will meet. Nothing when no id and no
/// name is on two cores. Pure.
std::optional<std::string> sentence_about_shared_users(std::span<const merge_core> cores);

} // namespace pryv_export::exporting
