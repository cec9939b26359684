#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What is wrong with an archive, by rule. The rules' names are a contract; docs/verify.md explains them.
namespace pryv_export::verify {

enum class severity : std::uint8_t
{
    error,   ///< v2 would refuse, lose or misread something, or the archive is not what its maker wrote
    warning, ///< v2 takes it, but somebody should look
    note     ///< the exporter's own report names it already
};
constexpr std::size_t severity_count = 3;
/// "error", "warning", "note"
std::string_view name_of(severity level) noexcept;

enum class rule : std::uint8_t
{
    // The archive as a whole.
    unfinished,
    encrypted,
    manifest_broken,
    manifest_value,
    incremental,
    user_repeated,
    user_folder_missing,
    user_unlisted,
    user_manifest,
    user_unroutable,
    user_id_short,
    count_mismatch,
    chunk_list,
    chunk_order,
    report_mismatch,
    // The archive against the source.
    source_more,
    source_less,
    source_user_missing,
    source_user_unknown,
    source_uncounted,
    // Files.
    checksum_mismatch,
    checksum_missing,
    checksum_list,
    file_unlisted,
    file_foreign,
    file_odd,
    file_mode,
    file_unreadable,
    file_too_large,
    wrong_suffix,
    partial_left,
    gzip_broken,
    gzip_truncated,
    gzip_trailing,
    text_too_large,
    // Lines.
    line_too_long,
    line_blank,
    line_unended,
    line_untrimmed,
    json_invalid,
    json_too_deep,
    json_too_many,
    utf8_invalid,
    nul,
    lone_surrogate,
    duplicate_key,
    number_range,
    wide_integer,
    // Records.
    not_an_object,
    unknown_key,
    wrong_type,
    id_missing,
    id_repeated,
    text_too_long,
    stream_order,
    stream_orphan,
    stream_path,
    stream_name_repeated,
    access_token_repeated,
    access_name_repeated,
    access_integrity,
    webhook_repeated,
    integrity_missing,
    integrity_mismatch,
    integrity_algorithm,
    history_after_head,
    account_event,
    attachment_item,
    attachment_missing,
    attachment_differs,
    attachment_unlisted,
    attachment_captured,
    attachment_shared,
    audit_shape,
    audit_postgresql,
    audit_sqlite,
    series_shape,
    account_lines,
    account_shape,
    account_repeated,
    password_missing,
    key_value_text,
    platform_shape,
    platform_slash,
    platform_conflict,
    platform_unknown,
    register_shape,
    extra_shape,
};
constexpr std::size_t rule_count = static_cast<std::size_t>(rule::extra_shape) + 1;

struct rule_facts
{
    rule which;
    std::string_view name; ///< "gzip-truncated": stable
    severity level;        ///< where the circumstances do not decide otherwise
    std::string_view v2;   ///< what v2 does with it
    std::string_view todo; ///< what the operator can do
};
const rule_facts& facts_of(rule which) noexcept;

/// Where, and what.
struct finding
{
    std::string file;       ///< inside the archive; empty: the archive as a whole
    std::uint64_t line = 0; ///< from 1; 0: the file as a whole
    std::string id;         ///< of the record, or of the user
    std::string text;       ///< one line, printable

    friend auto operator<=>(const finding&, const finding&) = default;
};

/// Findings by rule and severity: all counted, the first ones kept. "First" is by file, line, id and text, so
/// that the order of additions and merges does not show. Not thread-safe: one per job, merged by their owner.
class findings
{
public:
    static constexpr std::size_t examples_kept = 10;

    void add(rule which, finding what) { add(which, facts_of(which).level, std::move(what)); }
    void add(rule which, severity level, finding what);
    void merge(findings&& other);

    std::uint64_t count(rule which, severity level) const noexcept;
    std::uint64_t count(rule which) const noexcept;
    std::uint64_t count(severity level) const noexcept;
    const std::vector<finding>& examples(rule which, severity level) const noexcept;
    /// Takes all of one rule to another severity.
    void regrade(rule which, severity level);

private:
    struct entry
    {
        std::uint64_t count = 0;
        std::vector<finding> examples; ///< sorted
    };
    using key = std::pair<rule, severity>;
    static void keep(entry& into, finding&& what);

    std::map<key, entry> entries_; ///< most files have none
};

} // namespace pryv_export::verify
