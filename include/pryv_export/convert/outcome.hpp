#pragma once

#include "pryv_export/format/text_buffer.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// How a v1 record can end, and what is said about it (docs/conversion.md).
namespace pryv_export::convert {

/// Kinds of records that are counted, per user. The order is the order of reports.
enum class kind : std::uint8_t
{
    streams,
    accesses,
    profile,
    webhooks,
    followed_slices,
    events,
    passwords,
    key_values,
    audit,
    attachments,
    platform,
};
inline constexpr std::size_t kind_count = 11;
/// "streams", …, "followedSlices", "keyValues": also the name of the file under extra/.
std::string_view name_of(kind which) noexcept;

/// Why a record was changed or set aside. Names are part of the report's format.
enum class rule : std::uint8_t
{
    // written, changed
    unknown_key,
    date,
    nul,
    utf8,
    odd_value,
    legacy_duration,
    legacy_stream_id,
    integrity_added,
    integrity_rebased,
    integrity_broken,
    integrity_follows_change,
    integrity_dropped,
    attachment_renamed,
    orphan_stream,
    renamed_stream,
    password_repaired,
    account_time,
    key_value_text,
    system_stream_split,
    audit_id_made,
    // set aside
    account_history,
    duplicate_id,
    duplicate_token,
    duplicate_name,
    duplicate_webhook,
    text_too_long,
    path_too_long,
    line_too_long,
    no_place_in_v2,
    unowned,
    unusable_id,
    unattributable,
    on_another_core,
    // failed
    unreadable,
    // listed, the record itself is fine
    attachment_missing,
    attachment_differs,
    attachment_orphan,
    attachment_stranger,
    no_password,
    unlisted_user,
    unroutable_name,
    access_integrity_broken,
    foreign_type,
    not_finite,
    wide_integer,
    unknown_platform_key,
};
inline constexpr std::size_t rule_count = static_cast<std::size_t>(rule::unknown_platform_key) + 1;
/// "unknown-key", "integrity-broken", …
std::string_view name_of(rule which) noexcept;
/// One sentence for the report: what it means and what was done.
std::string_view explain(rule which) noexcept;

/// source == written + changed + set_aside + failed, or something was lost.
struct tally
{
    std::uint64_t source = 0;
    std::uint64_t written = 0; ///< as v1 had it (known store markers apart)
    std::uint64_t changed =
        0; ///< written, changed by a rule; original under extra/ when the rule loses something
    std::uint64_t set_aside = 0; ///< under extra/ only
    std::uint64_t failed = 0;    ///< could not be read
    std::uint64_t account_fields =
        0; ///< of `written`/`changed` events: those that went to the account file only

    bool adds_up() const noexcept { return source == written + changed + set_aside + failed; }
    tally& operator+=(const tally& other) noexcept;
    friend bool operator==(const tally&, const tally&) = default;
};

/// Counts per rule with the first few examples of each. Merging in the order of the records keeps it
/// deterministic.
class findings
{
public:
    struct example
    {
        std::string id;
        std::string detail;
    };
    static constexpr std::size_t examples_kept = 5;

    void add(rule which, std::string_view id, std::string_view detail = {});
    void merge(const findings& later);
    /// Puts counts and examples back that were kept elsewhere.
    void restore(rule which, std::uint64_t count, std::vector<example> examples)
    {
        entry_of(which) = {which, count, std::move(examples)};
    }
    std::uint64_t count(rule which) const noexcept;
    const std::vector<example>& examples(rule which) const noexcept;
    bool empty() const noexcept { return entries_.empty(); }
    void clear() noexcept { entries_.clear(); }

private:
    struct entry
    {
        rule which;
        std::uint64_t count = 0;
        std::vector<example> examples;
    };
    const entry* find(rule which) const noexcept;
    entry& entry_of(rule which);

    std::vector<entry> entries_; ///< few: in most blocks none
};

/// What converting a run of records gives; reusable (clear() keeps memory).
struct output
{
    format::text_buffer lines; ///< archive records, one JSON object and LF each
    format::text_buffer extra; ///< `{"rule","kind","id","record"}` lines for extra/<kind>.jsonl.gz
    std::uint64_t line_count = 0;
    std::uint64_t extra_count = 0;
    tally counts;
    findings notes;

    void clear();
};

} // namespace pryv_export::convert
