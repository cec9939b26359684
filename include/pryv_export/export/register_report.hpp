#pragma once

#include "pryv_export/source/register_keys.hpp"
#include "pryv_export/source/register_store.hpp"

#include <boost/json/object.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::exporting {

/// Files of `register/` that hold rows.
enum class register_file : std::uint8_t
{
    users,
    servers,
    emails,
    invitations,
    unique,
    inactive,
    reserved,
    other ///< keys that v1 does not write, and those of a wrong type, with what they hold
};
constexpr std::size_t register_file_count = 8;
/// "users", "servers", …: the file's name without its suffix.
std::string_view name_of(register_file file) noexcept;

/// Things about keys that an operator should know.
enum class register_finding : std::uint8_t
{
    too_large,    ///< the value is beyond what is read: it is not in the export
    wrong_type,   ///< not the type that v1 writes: kept in `other`
    unknown_key,  ///< nothing that v1 writes: kept in `other`
    unreadable,   ///< a type whose value cannot be read (a stream, a module's): the key alone is in `other`
    broken_infos, ///< a legacy row that is no JSON object: kept in `other`
    empty_value,  ///< a server or username that is empty: left out, as v1 takes it for missing
    invalid_utf8, ///< replaced by U+FFFD
    other_name,   ///< the username in the hash is not that of the key
    fixture,      ///< of v1's own account (id "0"): left out
    ambiguous,    ///< in the form of a reservation, but perhaps another thing: what it holds decided
};
constexpr std::size_t register_finding_count = 10;
/// "too-large", …, for report.json.
std::string_view name_of(register_finding finding) noexcept;

/// What became of the register's keys: every key that SCAN named is counted once under its kind.
struct register_report
{
    static constexpr std::size_t most_examples = 100;

    struct counts
    {
        std::uint64_t found = 0;
        std::uint64_t excluded = 0; ///< on purpose: docs/archive-format.md
        std::uint64_t vanished = 0; ///< deleted or expired while it was read
        std::uint64_t wrong_type = 0;
        std::uint64_t too_large = 0;
        std::uint64_t unknown = 0;
        std::uint64_t total() const noexcept
        {
            return found + excluded + vanished + wrong_type + too_large + unknown;
        }
    };
    struct finding_list
    {
        std::uint64_t count = 0;
        std::vector<std::string> examples; ///< keys, safe to print; the first ones in the order of keys
    };

    std::string tool_version;
    std::string source; ///< "Redis 127.0.0.1:6379"
    std::string output; ///< the folder `register`
    bool compressed = true;
    std::array<counts, source::register_kind_count> kinds{};
    std::array<std::uint64_t, register_file_count> rows{}; ///< lines of each file
    std::uint64_t user_cores = 0;                          ///< rows of user-core.jsonl
    std::uint64_t fixture = 0;                             ///< rows of v1's own account (id "0"), left out
    std::uint64_t legacy_superseded = 0; ///< legacy rows of users who have a row of their own
    std::array<finding_list, register_finding_count> findings{};
    std::vector<std::string> warnings;
    source::register_totals totals;
    bool cut_short = false;  ///< far fewer keys were there than the server had counted
    std::uint64_t bytes = 0; ///< of the files
    std::int64_t started_ms = 0;
    std::int64_t finished_ms = 0;
    double seconds = 0;

    const counts& of(source::register_kind kind) const { return kinds[static_cast<std::size_t>(kind)]; }
    counts& of(source::register_kind kind) { return kinds[static_cast<std::size_t>(kind)]; }
    std::uint64_t rows_of(register_file file) const { return rows[static_cast<std::size_t>(file)]; }
    const finding_list& of(register_finding finding) const
    {
        return findings[static_cast<std::size_t>(finding)];
    }
    void note(register_finding finding, std::string_view key);

    std::uint64_t keys() const noexcept;
    /// Keys that were gone before their values could be read.
    std::uint64_t vanished() const noexcept;
    /// Nothing that should be in the export is missing.
    bool complete() const noexcept
    {
        return of(register_finding::too_large).count == 0 && of(register_finding::unreadable).count == 0 &&
               !cut_short;
    }
};

/// For report.json.
boost::json::object to_json(const register_report& report);
/// For people: at most 80 columns, ends with a newline.
std::string summary_text(const register_report& report, bool colour);

} // namespace pryv_export::exporting
