#pragma once

#include "pryv_export/export/user_list.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::exporting {

/// Where the register and the users of one core disagree.
struct register_check
{
    /// How many, and the first of them; safe to print.
    struct finding
    {
        static constexpr std::size_t most_examples = 20;
        std::uint64_t count = 0;
        std::vector<std::string> examples;
        void add(std::string_view what);
    };

    std::string own_server; ///< host name of this core in the register; empty: none of its users has a server
    finding elsewhere;      ///< has data here, but the register says another core
    finding without_data;   ///< the register says this core, but there are no data
    finding without_entry;  ///< has data here, but no server in the register
    finding other_id;       ///< the register has the name with another id
    finding shared_email;   ///< one e-mail address, two users of the register

    /// A sentence for each kind of finding; empty when they agree.
    std::vector<std::string> sentences() const;
};

/// Blocking. Compares `users` with the files of a register export in `folder` (of ours or of the Node tool,
/// in any order). `own_server`: empty takes the one where most of its users are. Memory: some bytes per user
/// of this core; e-mail addresses are sorted in `scratch`. A folder without servers finds nothing. Throws
/// export_error for files that cannot be read.
register_check check_register(const std::filesystem::path& folder, const std::vector<user_entry>& users,
                              const std::filesystem::path& scratch, std::string_view own_server = {});

/// Blocking. Users of the register who have data on none of these cores, "name (server)". Throws
/// export_error.
register_check::finding users_on_no_core(const std::filesystem::path& folder,
                                         std::span<const std::vector<user_entry>* const> cores,
                                         const std::filesystem::path& scratch);
/// A sentence about them; nothing when there are none.
std::optional<std::string> sentence_about_users_on_no_core(const register_check::finding& found);

} // namespace pryv_export::exporting
