#include "pryv_export/convert/outcome.hpp"

#include <algorithm>
#include <iterator>

namespace pryv_export::convert {

namespace {

struct rule_text
{
    rule which;
    std::string_view name;
    std::string_view sentence;
};

constexpr rule_text rule_texts[] = {
    {rule::unknown_key, "unknown-key",
     "The record has a member that v2 does not know and would abort on; it was taken out."},
    {rule::date, "date", "A time was stored as a date; it was written as seconds, as v2 wants it."},
    {rule::nul, "nul", "A text holds U+0000, which PostgreSQL refuses; it was written as U+FFFD."},
    {rule::utf8, "utf8", "A text is not valid UTF-8; the bad bytes were written as U+FFFD."},
    {rule::odd_value, "odd-value",
     "A member has a type that v2 refuses; it was converted when that is unambiguous, else taken out."},
    {rule::legacy_duration, "legacy-duration",
     "The event has v1's old duration, or no end; it was written with the endTime that v1 reads from it."},
    {rule::legacy_stream_id, "legacy-stream-id",
     "The event has v1's old single streamId; it was written as streamIds."},
    {rule::integrity_added, "integrity-added",
     "The record had no integrity hash; v2's was added so that the restore can be verified."},
    {rule::integrity_rebased, "integrity-rebased",
     "The stored integrity hash is right under a rule that v1 had and v2 has not; v2's replaced it."},
    {rule::integrity_broken, "integrity-broken",
     "The record does not match its own integrity hash: it was altered outside of v1, or damaged. v2's hash "
     "replaced it so that the user can be restored."},
    {rule::integrity_follows_change, "integrity-follows-change",
     "The record was changed by another rule, so its integrity hash was computed anew."},
    {rule::integrity_dropped, "integrity-dropped", "The integrity hash was left out, as asked for."},
    {rule::attachment_renamed, "attachment-renamed",
     "Two events have an attachment of the same id; the later one was renamed."},
    {rule::orphan_stream, "orphan-stream",
     "The stream's parent does not exist or is its own descendant; v2 will show it at the root."},
    {rule::renamed_stream, "renamed-stream",
     "Another stream under the same parent has this name; a number was appended."},
    {rule::password_repaired, "password-repaired",
     "The password's time was in the wrong column, as v1's own migration left it; it was put back."},
    {rule::account_time, "account-time",
     "The current value of an account field was not its youngest; its time was moved so that it stays "
     "current."},
    {rule::key_value_text, "key-value-text",
     "A stored value is a JSON text of a string, which v2's two engines read differently; the text was "
     "kept."},
    {rule::system_stream_split, "system-stream-split",
     "The event is in a user's stream and in an account stream; it was kept without the account stream."},
    {rule::audit_id_made, "audit-id-made", "The audit row had no id; one was made from its content."},
    {rule::account_history, "account-history",
     "An old, inactive or deleted value of an account field, for which v2 has no place."},
    {rule::duplicate_id, "duplicate-id", "Another record with this id was written before."},
    {rule::duplicate_token, "duplicate-token", "Another live access has this token."},
    {rule::duplicate_name, "duplicate-name", "Another live record has this name."},
    {rule::duplicate_webhook, "duplicate-webhook", "Another live webhook of this access has this URL."},
    {rule::text_too_long, "text-too-long", "A text is longer than v2's database can index."},
    {rule::path_too_long, "path-too-long", "The stream lies deeper than v2's database can index."},
    {rule::line_too_long, "line-too-long", "The record is larger than v2 can read."},
    {rule::no_place_in_v2, "no-place-in-v2", "v2 has no such thing."},
    {rule::unowned, "unowned", "The record belongs to no user."},
    {rule::unusable_id, "unusable-id", "The record has no id, or none that v2 can hold."},
    {rule::unattributable, "unattributable", "The record cannot be attributed to a user."},
    {rule::on_another_core, "on-another-core",
     "The register places the user on another core, whose record is the one that counts."},
    {rule::unreadable, "unreadable", "The record is damaged and cannot be read."},
    {rule::attachment_missing, "attachment-missing", "The event lists a file that is not there."},
    {rule::attachment_differs, "attachment-differs", "The file differs from what its event says about it."},
    {rule::attachment_orphan, "attachment-orphan", "No event lists this file; it was kept under extra."},
    {rule::attachment_stranger, "attachment-stranger",
     "Something that is no attachment lies in the attachments folder."},
    {rule::no_password, "no-password", "The user has no password and cannot log in after the restore."},
    {rule::unlisted_user, "unlisted-user", "The user has data but is in no index of users."},
    {rule::unroutable_name, "unroutable-name", "v2 cannot be reached under this user name."},
    {rule::access_integrity_broken, "access-integrity-broken",
     "The access does not match its own integrity hash; v2 computes a new one."},
    {rule::foreign_type, "foreign-type",
     "A value has a type that v1's API cannot create; it was written as the JSON nearest to it."},
    {rule::not_finite, "not-finite", "A number is not finite; JSON has no form for it."},
    {rule::wide_integer, "wide-integer",
     "An integer has more digits than v2 can tell apart; it was written in full."},
    {rule::unknown_platform_key, "unknown-platform-key",
     "A platform row has a key of an unknown kind; v2 skips it."},
};

static_assert(std::size(rule_texts) == rule_count);

constexpr bool texts_in_order()
{
    for (std::size_t i = 0; i < rule_count; ++i)
        if (static_cast<std::size_t>(rule_texts[i].which) != i) return false;
    return true;
}
static_assert(texts_in_order());

constexpr std::string_view kind_names[] = {
    "streams",   "accesses",  "profile", "webhooks",    "followedSlices", "events",
    "passwords", "keyValues", "audit",   "attachments", "platform",
};
static_assert(std::size(kind_names) == kind_count);

} // namespace

std::string_view name_of(kind which) noexcept
{
    return kind_names[static_cast<std::size_t>(which)];
}

std::string_view name_of(rule which) noexcept
{
    return rule_texts[static_cast<std::size_t>(which)].name;
}

std::string_view explain(rule which) noexcept
{
    return rule_texts[static_cast<std::size_t>(which)].sentence;
}

tally& tally::operator+=(const tally& other) noexcept
{
    source += other.source;
    written += other.written;
    changed += other.changed;
    set_aside += other.set_aside;
    failed += other.failed;
    account_fields += other.account_fields;
    return *this;
}

const findings::entry* findings::find(rule which) const noexcept
{
    auto const found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const entry& each) { return each.which == which; });
    return found == entries_.end() ? nullptr : &*found;
}

findings::entry& findings::entry_of(rule which)
{
    const entry* const found = find(which);
    return found == nullptr ? entries_.emplace_back(entry{.which = which, .count = 0, .examples = {}})
                            : entries_[static_cast<std::size_t>(found - entries_.data())];
}

void findings::add(rule which, std::string_view id, std::string_view detail)
{
    entry& at = entry_of(which);
    ++at.count;
    if (at.examples.size() < examples_kept) at.examples.push_back({std::string{id}, std::string{detail}});
}

void findings::merge(const findings& later)
{
    for (const entry& from : later.entries_) {
        entry& to = entry_of(from.which);
        to.count += from.count;
        std::size_t const room = examples_kept - std::min(examples_kept, to.examples.size());
        auto const taken = std::min(room, from.examples.size());
        to.examples.insert(to.examples.end(), from.examples.begin(),
                           from.examples.begin() + static_cast<std::ptrdiff_t>(taken));
    }
}

std::uint64_t findings::count(rule which) const noexcept
{
    const entry* const found = find(which);
    return found == nullptr ? 0 : found->count;
}

const std::vector<findings::example>& findings::examples(rule which) const noexcept
{
    static const std::vector<example> none;
    const entry* const found = find(which);
    return found == nullptr ? none : found->examples;
}

void output::clear()
{
    lines.clear();
    extra.clear();
    line_count = 0;
    extra_count = 0;
    counts = {};
    notes.clear();
}

} // namespace pryv_export::convert
