#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::source {

/// Place of a user in the tables of this folder. Slot 0 is nobody: documents without a usable user id.
using user_slot = std::uint32_t;
inline constexpr user_slot nobody = 0;

/// User ids, each kept once, in order of first appearance.
class user_table
{
public:
    user_table();
    /// The slot of `id`, a new one when it was never seen; nobody for an empty id.
    user_slot intern(std::string_view id);
    /// The slot of `id`; nothing when it was never seen.
    std::optional<user_slot> find(std::string_view id) const;
    /// The id of slot s is at s - 1.
    const std::vector<std::string>& ids() const noexcept { return ids_; }
    std::size_t slots() const noexcept { return ids_.size() + 1; }

private:
    std::size_t place_of(std::string_view id) const;
    void grow();

    std::vector<std::string> ids_;
    std::vector<user_slot> table_; ///< open addressing, a power of two, nobody = free
    user_slot last_ = nobody;
};

} // namespace pryv_export::source
