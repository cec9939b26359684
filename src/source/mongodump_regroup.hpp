#pragma once

#include "mongodump_cursor.hpp"
#include "mongodump_index.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <vector>

namespace pryv_export::source {

/// What regrouping may use at a time.
struct regroup_limits
{
    std::size_t groups = 2048;                  ///< places that are written to in one pass
    std::size_t write_buffer_bytes = 32U << 20; ///< for all of them
    std::size_t sort_bytes = 24U << 20; ///< a group up to this is sorted in memory (twice that is used)
};

/// One user's documents in the copy: `documents` and `bytes` of documents are wanted, the place is filled in.
struct regroup_user
{
    user_slot slot = nobody;
    std::uint64_t documents = 0;
    std::uint64_t bytes = 0;
    extent region; ///< where the records are in the copy, headers included
};

/// Copies the documents of one dump file so that each user's stand back to back, users in the order of
/// `users`, a user's documents in stored order. One sequential pass over the dump into groups of users, then
/// each group by itself: no random reads. `for_each` calls back with every document in stored order. The copy
/// is a nameless file in `folder` that errors call `name`. Throws export_error when there is no room or when
/// the documents are not those that `users` says.
dump_file
regroup(std::span<regroup_user> users, const std::string& name, const std::filesystem::path& folder,
        const regroup_limits& limits,
        const std::function<void(const std::function<void(user_slot, const found_document&)>&)>& for_each);

} // namespace pryv_export::source
