#include "pryv_export/verify/finding.hpp"

#include <array>

namespace pryv_export::verify {

namespace {

constexpr auto error = severity::error;
constexpr auto warning = severity::warning;

constexpr std::string_view again = "export again with --overwrite";
constexpr std::string_view copy_again = "copy the archive again from where it was made, or export again";
constexpr std::string_view maker = "export again with pryv-export, which mends or sets aside such records";
constexpr std::string_view aborts =
    "the restore stops at this user with exit status 1; the users behind it are not restored";

constexpr std::array<rule_facts, rule_count> table{{
    {rule::unfinished, "unfinished", error, "the restore stops: there is no manifest.json",
     "the export did not come to its end: run it again with --overwrite"},
    {rule::encrypted, "encrypted", error, "asks for the private key or the passphrase",
     "decrypt it first: node decrypt-backup.mjs in the archive; then verify the decrypted folder"},
    {rule::manifest_broken, "manifest-broken", error, "the restore stops, or leaves users out", copy_again},
    {rule::manifest_value, "manifest-value", warning, "reads the value without looking at it",
     "find out which program wrote this archive"},
    {rule::incremental, "incremental", warning,
     "restores what is there: leftovers of earlier runs are read as well, older data may be missing",
     "restore full archives only"},
    {rule::user_repeated, "user-repeated", error, aborts, "take one of the two entries out of manifest.json"},
    {rule::user_folder_missing, "user-folder-missing", error,
     "restores this user without any data, exit status 0", copy_again},
    {rule::user_unlisted, "user-unlisted", error, "does not restore this user: the manifest does not name it",
     again},
    {rule::user_manifest, "user-manifest", error, "does not read the file", copy_again},
    {rule::user_unroutable, "user-unroutable", warning, "restores the user, whom the API then cannot reach",
     "rename the user after the restore"},
    {rule::user_id_short, "user-id-short", error,
     "cannot make the folders for this user's attachments and audit: the restore stops",
     "restore this user without them"},
    {rule::count_mismatch, "count-mismatch", error, "restores what is there: nobody notices what is missing",
     copy_again},
    {rule::chunk_list, "chunk-list", error,
     "reads all chunks that are in the folder, whatever the manifest lists", copy_again},
    {rule::chunk_order, "chunk-order", warning, "reads chunks in the order of their names as text",
     "rename the chunks so that all numbers have the same width"},
    {rule::report_mismatch, "report-mismatch", error, "does not read report.json", copy_again},

    {rule::source_more, "source-more", error, "restores what is there: nobody notices what is missing",
     "find out whether v1 was still in use after the export; export this user again"},
    {rule::source_less, "source-less", warning, "restores what is there",
     "find out who deleted in v1 after the export, or whether this is the right source"},
    {rule::source_user_missing, "source-user-missing", error, "does not know this user", again},
    {rule::source_user_unknown, "source-user-unknown", warning, "restores this user",
     "find out whether the user was deleted after the export, or whether this is the right source"},
    {rule::source_uncounted, "source-uncounted", error, "does not know",
     "mend the source, then verify again"},

    {rule::checksum_mismatch, "checksum-mismatch", error, "restores changed bytes without notice",
     copy_again},
    {rule::checksum_missing, "checksum-missing", error, "takes an absent file for an empty collection",
     copy_again},
    {rule::checksum_list, "checksum-list", error, "does not read SHA256SUMS", copy_again},
    {rule::file_unlisted, "file-unlisted", error, "reads it if the name fits",
     "find out where the file comes from; the export did not write it"},
    {rule::file_foreign, "file-foreign", warning, "ignores it", "find out where the file comes from"},
    {rule::file_odd, "file-odd", error, "follows links, and fails on what is no file",
     "replace it by the file that the export wrote"},
    {rule::file_mode, "file-mode", warning, "does not care",
     "chmod -R go= ARCHIVE: tokens and password hashes are inside"},
    {rule::file_unreadable, "file-unreadable", error, "the restore stops",
     "mend the disk or the permissions, then verify again"},
    {rule::file_too_large, "file-too-large", error,
     "the restore stops: Node reads files of less than 2 GiB only",
     "export again with a smaller --target-file-size"},
    {rule::wrong_suffix, "wrong-suffix", error,
     "takes the file for absent: the manifest's `compressed` says otherwise",
     "compress or decompress the file to fit the manifest"},
    {rule::partial_left, "partial-left", warning, "ignores it",
     "remove the folder .partial when no export is running"},
    {rule::gzip_broken, "gzip-broken", error, "the restore stops with exit status 1", copy_again},
    {rule::gzip_truncated, "gzip-truncated", error, "the restore stops with exit status 1", copy_again},
    {rule::gzip_trailing, "gzip-trailing", error, "the restore stops with exit status 1", copy_again},
    {rule::text_too_large, "text-too-large", error,
     "the restore stops: Node cannot hold the text of the file (536,870,888 UTF-16 units)",
     "export again with a smaller --target-file-size"},

    {rule::line_too_long, "line-too-long", error, "PostgreSQL refuses values of more than 256 MiB", maker},
    {rule::line_blank, "line-blank", warning, "skips it", "find out which program wrote this archive"},
    {rule::line_unended, "line-unended", warning, "reads it; something may be missing behind it", copy_again},
    {rule::line_untrimmed, "line-untrimmed", warning, "trims it",
     "find out which program wrote this archive"},
    {rule::json_invalid, "json-invalid", error, aborts, copy_again},
    {rule::json_too_deep, "json-too-deep", error, "PostgreSQL and Node run out of stack", maker},
    {rule::json_too_many, "json-too-many", error, "may run out of memory; this line was not checked", maker},
    {rule::utf8_invalid, "utf8-invalid", error,
     "replaces the bytes by U+FFFD silently; integrity hashes differ then", maker},
    {rule::nul, "nul", error, aborts, maker},
    {rule::lone_surrogate, "lone-surrogate", error, aborts, maker},
    {rule::duplicate_key, "duplicate-key", error, "keeps the last of the values silently", maker},
    {rule::number_range, "number-range", error, "reads the number as infinite, and stores null", maker},
    {rule::wide_integer, "wide-integer", warning, "rounds the integer to 53 bits silently",
     "keep the archive: the exact value is in it"},

    {rule::not_an_object, "not-an-object", error, aborts, maker},
    {rule::unknown_key, "unknown-key", error, "PostgreSQL has no such column: the restore stops", maker},
    {rule::wrong_type, "wrong-type", error,
     "the column refuses the value, or it comes back with another hash", maker},
    {rule::id_missing, "id-missing", error, aborts, maker},
    {rule::id_repeated, "id-repeated", error, "of events the first row wins silently; else the restore stops",
     maker},
    {rule::text_too_long, "text-too-long", error,
     "the index refuses texts of about 2,700 bytes: the restore stops", maker},
    {rule::stream_order, "stream-order", error,
     "roots the stream and its subtree wrongly: queries miss its events", maker},
    {rule::stream_orphan, "stream-orphan", error, "makes it a root stream", maker},
    {rule::stream_path, "stream-path", error, "the path is unique and indexed: the restore stops", maker},
    {rule::stream_name_repeated, "stream-name-repeated", error, aborts, maker},
    {rule::access_token_repeated, "access-token-repeated", error, aborts, maker},
    {rule::access_name_repeated, "access-name-repeated", error, aborts, maker},
    {rule::access_integrity, "access-integrity", warning, "computes a new hash: the change stays unnoticed",
     "compare the access with the source"},
    {rule::webhook_repeated, "webhook-repeated", error, aborts, maker},
    {rule::integrity_missing, "integrity-missing", error,
     "--verify-integrity erases the whole user, exit status 0", maker},
    {rule::integrity_mismatch, "integrity-mismatch", error,
     "--verify-integrity erases the whole user, exit status 0",
     "compare the event with the source, then export again"},
    {rule::integrity_algorithm, "integrity-algorithm", warning,
     "hashes with sha256 unless told otherwise: --verify-integrity then erases the whole user",
     "set integrity:algorithm in v2's configuration as it was in v1's"},
    {rule::history_after_head, "history-after-head", warning, "gives files to the last row that lists them",
     maker},
    {rule::account_event, "account-event", warning, "keeps it as an event, and the account field lacks it",
     maker},
    {rule::attachment_item, "attachment-item", error, "cannot find the file of an item without a text id",
     maker},
    {rule::attachment_missing, "attachment-missing", error, "restores the event; its file cannot be read",
     "copy the file from v1's attachments folder"},
    {rule::attachment_differs, "attachment-differs", error, "restores the file as it is, without a check",
     "compare the file with v1's attachments folder"},
    {rule::attachment_unlisted, "attachment-unlisted", error, "stores it under an event called 'unknown'",
     maker},
    {rule::attachment_captured, "attachment-captured", error,
     "gives the file to a history version: the event's own file cannot be read", maker},
    {rule::attachment_shared, "attachment-shared", error,
     "gives the file to the last event: the others lose it", maker},
    {rule::audit_shape, "audit-shape", error, "neither audit engine takes the row; only a warning is logged",
     maker},
    {rule::audit_postgresql, "audit-postgresql", warning,
     "on a PostgreSQL audit engine these rows cannot be found or read",
     "restore into a SQLite audit engine (v2's default)"},
    {rule::audit_sqlite, "audit-sqlite", warning,
     "on a SQLite audit engine (v2's default) the audit rows end here",
     "restore into a PostgreSQL audit engine"},
    {rule::series_shape, "series-shape", error, "drops the user's series with a warning", maker},
    {rule::account_lines, "account-lines", error, "reads one line only", maker},
    {rule::account_shape, "account-shape", error, "the restore stops, or the value is lost", maker},
    {rule::account_repeated, "account-repeated", error, "keeps the first of the two silently", maker},
    {rule::password_missing, "password-missing", warning, "restores a user who cannot log in",
     "let the user reset the password"},
    {rule::key_value_text, "key-value-text", warning, "stores the JSON text as a string instead of its value",
     maker},
    {rule::platform_shape, "platform-shape", error, "skips the row, or stops", maker},
    {rule::platform_slash, "platform-slash", error, "cuts the value at the slash", maker},
    {rule::platform_conflict, "platform-conflict", error, "the last row wins: one user loses the value",
     maker},
    {rule::platform_unknown, "platform-unknown", warning, "skips the row",
     "nothing, when v2 computes it anew"},
    {rule::register_shape, "register-shape", error, "skips the line, or stops",
     "run pryv-export register again"},
    {rule::extra_shape, "extra-shape", error, "ignores the folder", copy_again},
}};

constexpr bool in_order()
{
    for (std::size_t i = 0; i < rule_count; ++i)
        if (table[i].which != static_cast<rule>(i)) return false;
    return true;
}
static_assert(in_order());

} // namespace

const rule_facts& facts_of(rule which) noexcept
{
    return table[static_cast<std::size_t>(which)];
}

} // namespace pryv_export::verify
