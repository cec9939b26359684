#pragma once

#include "pryv_export/base/event_times.hpp"
#include "pryv_export/convert/outcome.hpp"

#include <boost/json/object.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::exporting {

/// Who should care about a rule.
enum class concern : std::uint8_t
{
    problem,   ///< an operator should look at it before the users do
    set_aside, ///< kept under extra/
    note,
    change ///< written in another form
};
concern concern_of(convert::rule which) noexcept;
/// "problem", "set-aside", "note", "change": for report.json.
std::string_view name_of(concern group) noexcept;

/// What became of one user.
struct user_report
{
    std::string user_id;
    std::string username;
    std::string core;      ///< of an archive of several cores; else empty
    std::string name_from; ///< "index", "register", "account event" or "id" (nothing better was found)
    std::optional<std::string> failure; ///< the error line; the user has no folder in the archive then
    std::array<convert::tally, convert::kind_count> counts{};
    convert::findings notes;
    event_times times;               ///< of the events that were written, without history and deleted ones
    std::uint64_t archive_bytes = 0; ///< of all files, attachments included
    std::uint64_t attachment_bytes = 0;

    convert::tally& of(convert::kind which) noexcept { return counts[static_cast<std::size_t>(which)]; }
    const convert::tally& of(convert::kind which) const noexcept
    {
        return counts[static_cast<std::size_t>(which)];
    }
};

/// A damaged place of the source.
struct damage_report
{
    std::string thing;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::string cause;
};

/// Documents that somebody changed while they were exported from a live server.
struct change_report
{
    std::string user_id;
    std::string collection;
    std::uint64_t before = 0; ///< counted by the server before the export
    std::uint64_t after = 0;
    std::uint64_t exported = 0;
};

/// A user whose copy on this core is not in the archive, as the register places the user on another core.
struct left_out_user
{
    std::string user_id;
    std::string username;
    std::string kept_core;       ///< name of the core whose copy is in the archive
    std::uint64_t documents = 0; ///< that this copy has
};

/// What became of one core of an archive that holds several.
struct core_section
{
    std::string name;
    boost::json::object report; ///< to_json() of its run_report
};

/// What became of the whole run; users one by one are kept on disk, not here.
struct run_report
{
    std::string tool_version;
    std::string source;          ///< "mongodump /dumps/co1", "MongoDB 10.0.0.5:27017, database pryv-node"
    std::string core_version;    ///< of v1, from `versions`
    boost::json::object options; ///< what was asked for and decides the archive's content
    std::string output;          ///< path of the archive as given
    std::int64_t started_ms = 0; ///< since 1970; SOURCE_DATE_EPOCH fixes both
    std::int64_t finished_ms = 0;
    double seconds = 0;             ///< steady clock; 0 with SOURCE_DATE_EPOCH
    std::uint64_t source_bytes = 0; ///< of BSON documents
    bool compressed = true;

    std::uint64_t users_written = 0;
    std::vector<std::pair<std::string, std::string>> failed_users; ///< id, error line
    std::array<convert::tally, convert::kind_count> totals{};
    convert::findings notes; ///< examples are "<user id>/<record id>"
    event_times times;
    std::uint64_t archive_bytes = 0; ///< of all files but the last four, attachments included
    std::uint64_t attachment_bytes = 0;
    std::uint64_t archive_files = 0;
    std::uint64_t largest_user_events = 0;
    std::string largest_user;

    std::vector<std::string> not_in_index; ///< ids with data but without an index entry
    std::vector<std::string> index_only;   ///< ids of the index with neither documents nor a folder
    std::vector<std::string> strangers;    ///< entries of the user folders that belong to nobody
    std::vector<damage_report> damages;
    std::vector<change_report> changes;
    bool changes_known = true;  ///< false: the server could not be asked at the end
    bool has_user_core = false; ///< register/user-core.sql is there
    /// Of an archive of several cores: a section for each, and those that are not (whole) in it, with the
    /// error line.
    std::vector<core_section> cores;
    std::vector<std::pair<std::string, std::string>> failed_cores;
    std::vector<left_out_user> left_out;
    std::vector<std::string> warnings;          ///< whole sentences
    std::vector<std::string> other_collections; ///< files of the dump that are not exported, with the reason

    /// True when nothing of the source failed: exit status 0.
    bool complete() const noexcept;
    /// True for findings that mean that something of the source is not where it belongs, though every record
    /// was read: they make a run partial.
    static bool is_loss(convert::rule which) noexcept;
    /// Adds the counts and bytes of a user who was written; of one who failed nothing. Users may come in any
    /// order: failed_users, notes and largest_user, where the order shows, are the caller's.
    void add(const user_report& user);
};

/// "User u1, events: 10 before, 12 after, 11 exported" (or that only their content changed).
std::string text_of(const change_report& change);

/// Level of an item of a list that is a member of the whole (archive/json_text.hpp).
inline constexpr std::size_t user_entry_indent = 2;

/// One user as an entry of `users` in report.json.
void append_entry(std::string& text, const user_report& user);
/// report.json without its `users` array. Says nothing of the output's path, so that it is the same wherever
/// the archive is.
boost::json::object to_json(const run_report& run);
/// What a person reads at the end: result, counts per kind, sizes, rate, warnings by rule with the first
/// examples, what to do next. `colour`: ANSI colours. Width fits 80 columns.
std::string summary_text(const run_report& run, bool colour);
/// RESTORE.md: the exact commands for this archive (to be run in its folder), steps after the restore,
/// warnings that concern it.
std::string restore_guide(const run_report& run);

} // namespace pryv_export::exporting
