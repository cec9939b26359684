#pragma once

#include "pryv_export/base/file.hpp"

#include "check_context.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace pryv_export::verify {

struct folder_entry
{
    std::string name; ///< path inside the archive
    path_kind kind = path_kind::other;
    std::uint64_t bytes = 0;

    /// The last part of the path.
    std::string_view file_name() const noexcept
    {
        return std::string_view{name}.substr(name.rfind('/') + 1); // npos + 1 is 0
    }
};

/// Entries of a folder of the archive, sorted by name; an absent folder has none. Modes that are open to
/// others and what is neither file nor folder are findings; odd entries are left out. inside: path inside the
/// archive, empty for its root.
std::vector<folder_entry> list_folder(const check_context& context, findings& out, const std::string& inside);

/// For a file that no reader of ours takes: it must be in SHA256SUMS, with these bytes; without SHA256SUMS it
/// is foreign. expected: false when nothing of that name belongs there.
void check_other_file(check_context& context, findings& out, const folder_entry& entry, bool expected);

/// Complains about a file that SHA256SUMS does not name.
void check_listed(check_context& context, findings& out, const folder_entry& entry);

struct tree_size
{
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
};

/// check_other_file for all files below a folder. Returns what is there.
tree_size check_other_tree(check_context& context, findings& out, const std::string& inside, bool expected);

} // namespace pryv_export::verify
