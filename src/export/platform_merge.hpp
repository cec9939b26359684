#pragma once

#include "pryv_export/convert/outcome.hpp"

#include "merge_plan.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pryv_export::exporting {

/// The platform rows of several cores as one file: add() the rows of each core, look at conflicts(), then
/// filter() the rows of each core again as they are written. Keeps hashes, not rows. Pure.
class platform_merge
{
public:
    platform_merge(std::vector<std::string> core_names, placement placed_on);

    /// Users of `core` whose copy is left out: their rows of this core are, too. Before add().
    void leave_out(std::size_t core, std::string username);
    /// lines: convert::append_platform_row and its like; whole lines.
    void add(std::size_t core, std::string_view lines);

    /// Rows with the same key (a unique value, an indexed field of a user) and another value on two cores,
    /// which the register does not decide: whole sentences, the first ones.
    const std::vector<std::string>& conflicts() const noexcept { return conflicts_; }
    std::size_t conflict_count() const noexcept { return conflict_count_; }

    /// For each core that comes to its end: takes from `rows` what is written already, what the register
    /// decided against, and what is left out. All that is set aside. The first core that gets here writes a
    /// row that several have.
    void filter(std::size_t core, convert::output& rows);

private:
    struct row
    {
        std::string key;
        std::string value;
        std::string username; ///< empty: of no user
        std::string shown;    ///< for people
    };
    using hash = std::array<std::uint64_t, 2>; ///< of SHA-256, which nobody can make collide
    struct first_half
    {
        std::size_t operator()(const hash& of) const noexcept { return static_cast<std::size_t>(of[0]); }
    };
    struct entry
    {
        hash value{};
        std::size_t core = 0;
        bool doubtful = false; ///< the register places its user on another core
        bool written = false;
    };

    static row parse(std::string_view line);
    static hash hash_of(std::string_view text);
    bool is_left_out(std::size_t core, const row& one) const;
    bool is_doubtful(std::size_t core, const row& one) const;
    void take_changes(std::size_t core, std::string_view lines);
    static void set_aside(const row& one, std::string_view line, convert::rule why, convert::output& rows);
    void add_conflict(const row& one, std::size_t first, std::size_t second);

    std::vector<std::string> names_;
    placement placed_on_;
    std::vector<std::set<std::string, std::less<>>> left_out_;
    std::unordered_map<hash, entry, first_half> entries_; ///< by key
    std::vector<std::string> conflicts_;
    std::size_t conflict_count_ = 0;
};

} // namespace pryv_export::exporting
