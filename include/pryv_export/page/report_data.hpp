#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What a page shows, whoever made it. Texts are as they were read: hostile, and escaped when they are
/// written.
namespace pryv_export::page {

/// Records of one kind, and how they ended.
struct tally_row
{
    std::string kind; ///< "events", …
    std::uint64_t source = 0;
    std::uint64_t written = 0;
    std::uint64_t changed = 0;
    std::uint64_t set_aside = 0;
    std::uint64_t failed = 0;
    bool adds_up = true;
};

/// Who should care about a rule.
enum class concern : std::uint8_t
{
    problem,   ///< somebody should look at it before the users do
    set_aside, ///< kept under extra/
    note,
    change ///< written in another form
};

/// What was found under one rule.
struct rule_row
{
    std::string name;
    concern group = concern::note;
    std::uint64_t count = 0;
    std::string meaning;
    std::vector<std::string> examples;
};

struct named_text
{
    std::string name;
    std::string text;
};

/// One core of several.
struct core_row
{
    std::string name;
    std::string state; ///< "complete", "partial", "failed", "not-started", "not-run"
    std::string error;
    std::string version;
    std::uint64_t users = 0;
    std::uint64_t users_failed = 0;
    std::uint64_t bytes = 0;
    std::vector<tally_row> totals;
    std::uint64_t largest_user_events = 0;
    bool has_archive = false; ///< of its own, below the output
};

/// Keys of the register, of one kind.
struct register_row
{
    std::string kind;
    std::uint64_t found = 0;
    std::uint64_t excluded = 0;
    std::uint64_t vanished = 0;
    std::uint64_t skipped = 0;
};

struct register_data
{
    bool complete = true;
    std::string source;
    std::vector<register_row> keys;
    std::vector<std::pair<std::string, std::uint64_t>> rows; ///< by file
    std::vector<rule_row> findings;
    std::vector<std::string> warnings;
};

enum class verdict : std::uint8_t
{
    complete,
    partial,
    unknown ///< nobody said so
};

/// What there is at `archive`.
enum class report_kind : std::uint8_t
{
    archive,
    job,          ///< a folder of archives, one per core
    register_only ///< the register alone
};

struct report_data
{
    report_kind kind = report_kind::archive;
    verdict result = verdict::unknown;
    std::string archive;             ///< absolute path of the folder
    std::string made_by;             ///< "pryv-export 0.1.0"
    std::string source;              ///< without secrets
    std::string version;             ///< of v1
    std::string started;             ///< ISO 8601, UTC; empty: unknown
    std::string finished;            ///< ISO 8601, UTC; empty: unknown
    double seconds = 0;              ///< 0: unknown
    std::uint64_t source_bytes = 0;  ///< of documents; 0: unknown
    std::uint64_t archive_bytes = 0; ///< of all files, attachments included
    std::uint64_t attachment_bytes = 0;
    std::uint64_t files = 0;
    std::uint64_t users = 0;        ///< in the archive
    std::uint64_t users_failed = 0; ///< also those that failed_users does not name
    std::string largest_user;
    std::uint64_t largest_user_events = 0;
    std::uint64_t account_fields = 0; ///< events that became account fields
    bool has_user_core = false;       ///< register/user-core.sql is there
    bool counts_endings = false;      ///< false: `written` of the totals is all that is known

    std::vector<tally_row> totals;
    std::vector<std::pair<std::string, std::uint64_t>> months; ///< "2021-03" and events, in order
    std::uint64_t events_earlier = 0;                          ///< before 1970
    std::uint64_t events_later = 0;                            ///< after 2099
    std::uint64_t events_undated = 0;
    std::string first_event; ///< ISO 8601; empty: unknown
    std::string last_event;

    std::vector<rule_row> findings;
    std::vector<named_text> failed_cores;
    std::vector<named_text> failed_users;
    std::vector<std::string> damages;
    std::vector<std::string> changes; ///< of the source during the export
    std::vector<std::string> left_out;
    std::vector<std::string> warnings;
    std::vector<std::string> not_in_index;
    std::vector<std::string> index_only;
    std::vector<std::string> strangers;
    std::vector<std::string> other_collections;
    std::vector<core_row> cores;
    std::optional<register_data> from_register;
};

enum class user_state : std::uint8_t
{
    complete,
    findings, ///< there is something to look at
    failed
};

/// A user, as a row of the table.
struct user_row
{
    std::string id;
    std::string name;
    std::string core; ///< empty: there is one core only
    std::uint64_t events = 0;
    std::uint64_t streams = 0;
    std::uint64_t accesses = 0;
    std::uint64_t attachments = 0;
    std::uint64_t bytes = 0;
    std::uint64_t findings = 0;
    user_state state = user_state::complete;
    std::string error;
};

} // namespace pryv_export::page
