#pragma once

#include "pryv_export/verify/source_census.hpp"

#include "check_context.hpp"
#include "tree_checks.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// manifest.json, user-manifest.json and report.json.
namespace pryv_export::verify {

/// One user as a manifest has it.
struct manifest_user
{
    std::string user_id;
    std::string username;
    std::array<std::optional<std::uint64_t>, counted_kinds.size()> stats{};
    std::optional<std::vector<std::string>> event_chunks;
    std::optional<std::vector<std::string>> audit_chunks;
    exact_hash content{}; ///< of the whole entry
};

struct archive_manifest
{
    archive_facts facts;
    std::string tool; ///< who wrote it, for people
    std::string core_version;
    std::int64_t made_ms = 0; ///< since 1970; 0 when it is not said
    std::string result;       ///< of pryvExport: "complete", "partial"; else empty
    std::vector<manifest_user> users;
};

/// Reads manifest.json; what is wrong is a finding. Nothing when it cannot be used at all.
std::optional<archive_manifest> read_manifest(const std::filesystem::path& root, findings& out);

/// Reads user-manifest.json; nothing (and a finding) when it is broken. Throws export_error: unreadable.
std::optional<manifest_user> read_user_manifest(const std::filesystem::path& file, const file_scope& scope);

/// What the exporter's own report says of a user.
struct reported_user
{
    bool written = false;
    kind_counts written_records{}; ///< attachments and series excepted
    kind_counts source_records{};  ///< that the export read
    reported_counts source_others{};
    kind_counts set_aside{};             ///< of these, kept under extra/ only
    std::map<rule, std::uint64_t> known; ///< findings that it names, as rules of ours
};

struct archive_report
{
    std::string result;
    kind_counts written_records{};
    std::map<rule, std::uint64_t> known;
    std::map<std::string, reported_user, std::less<>> users;
    std::string first_event; ///< ISO 8601; empty: the report does not say it
    std::string last_event;
    std::vector<std::string> warnings;
    std::vector<std::pair<std::string, std::uint64_t>> rules; ///< of the exporter, with their counts
};

/// Reads report.json; nothing when it is broken, which is a finding.
std::optional<archive_report> read_report(const std::filesystem::path& root, findings& out);

} // namespace pryv_export::verify
