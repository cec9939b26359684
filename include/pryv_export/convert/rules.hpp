#pragma once

#include "pryv_export/format/bson.hpp"
#include "pryv_export/format/digest.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::convert {

enum class integrity_mode : std::uint8_t
{
    automatic, ///< docs/conversion.md "Integrity": what v2 will compute
    keep,      ///< as v1 stored it
    drop,      ///< none
};

/// One v1 record as it lies in the source. Borrowed for the call.
struct record
{
    format::bson_bytes bson;
    std::uint64_t position = 0; ///< byte offset in the dump, for error lines
};

/// What decides how records become v2 records. Immutable after construction, shared by all threads.
struct rules
{
    integrity_mode integrity = integrity_mode::automatic;
    format::digest_algorithm algorithm = format::digest_algorithm::sha256;
    /// v2's `integrity.isActive.events`: without it hashes are not added.
    bool events_hashed = true;
    bool accesses_hashed = true;

    /// Account fields without prefix ("email", "language", custom ones), built-in ones included. Empty and
    /// `account_known` false when the config does not say: then an event in :_system:active counts.
    std::vector<std::string> account_fields;
    bool account_known = false;
    /// Full ids of `custom:systemStreams:other` streams (":system:x"): user data.
    std::vector<std::string> other_streams;

    /// Longest UTF-8 text that v2's PostgreSQL indexes take (docs/v2-archive.md 4), and longest line.
    std::size_t index_text_bytes = 2600;
    std::size_t line_bytes = 256U << 20;
};

/// Built-in account fields of v1: language, appId, invitationToken, referer, dbDocuments, attachedFiles,
/// email, username, passwordHash.
bool is_builtin_account_field(std::string_view field) noexcept;
std::span<const std::string_view> builtin_account_fields() noexcept;
/// active, unique, account, helpers, storageUsed: markers, never fields.
bool is_account_marker(std::string_view field) noexcept;

} // namespace pryv_export::convert
