#pragma once

#include "pryv_export/config/secret.hpp"
#include "pryv_export/config/yaml_tree.hpp"
#include "pryv_export/format/digest.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// v1's configuration as far as an exporter needs it (docs/v1-data.md "Configuration"): the keys with v1's
/// defaults, and where the files are on this host.
namespace pryv_export::config {

enum class engine : std::uint8_t
{
    mongodb,
    sqlite
};

struct database_config
{
    std::string host = "127.0.0.1";
    std::uint16_t port = 27017;
    std::string name = "pryv-node";
    std::string auth_user; ///< empty: no login
    secret auth_password;
    std::uint32_t connect_timeout_ms = 60'000;
    std::uint32_t socket_timeout_ms = 60'000;
    bool is_ferret = false;
};

/// A field of `custom:systemStreams:account`.
struct account_field
{
    std::string id; ///< without prefix: "email"
    bool is_unique = false;
    bool is_indexed = false;
};

struct influxdb_config
{
    std::string host = "127.0.0.1";
    std::uint16_t port = 8086;
};

struct v1_config
{
    database_config database;
    engine events_engine = engine::mongodb; ///< database:engine
    engine user_index_engine = engine::sqlite;
    engine account_engine = engine::sqlite;
    engine platform_engine = engine::sqlite;

    /// userFiles:path as written; empty when the config does not say.
    std::string configured_users_path;
    /// eventFiles:attachmentsDirPath as written; empty when the config does not say.
    std::string configured_attachments_path;
    /// Set by load_v1_config: the folder of users on this host, absolute; it exists.
    std::filesystem::path user_files_path;
    /// Set by load_v1_config: where v1 before 1.9 kept attachments; need not exist.
    std::filesystem::path attachments_path;
    /// eventFiles:engine:modulePath; empty: attachments are files.
    std::string event_files_engine_module;

    bool dns_less_active = true;
    std::string public_url; ///< dnsLess:publicUrl
    std::string domain;

    bool integrity_attachments = true;
    bool integrity_events = true;
    bool integrity_accesses = true;
    format::digest_algorithm integrity_algorithm = format::digest_algorithm::sha256;

    bool force_keep_history = false;            ///< versioning:forceKeepHistory
    std::string deletion_mode = "keep-nothing"; ///< versioning:deletionMode
    bool audit_active = true;

    /// custom:systemStreams:account with its children, parents first; v1's own default (email) when the
    /// config has none. v1's built-in fields are not in it.
    std::vector<account_field> account_fields;
    /// The config has custom:systemStreams:account.
    bool has_custom_account = false;
    /// Full ids (":system:x") of custom:systemStreams:other with their children: streams of user data.
    std::vector<std::string> other_streams;
    /// custom:dataStores, "id" or "id (name)": data outside of v1.
    std::vector<std::string> custom_data_stores;
    std::optional<influxdb_config> influxdb; ///< none when the config does not say

    /// Lines for the operator; no secrets.
    std::vector<std::string> warnings;

    /// Name of the platform for the manifest: `domain`, or the host of `public_url`; "unknown" without.
    std::string host_name() const;
};

struct config_options
{
    /// Files that go over the config, the last one on top of all (--override-config).
    std::vector<std::filesystem::path> override_files;
    /// Folders of v1's container and where they lie on this host (--var /app/data=/var/pryv/core/data). With
    /// an empty first part: v1's var-pryv (or data) folder on this host, whatever the container calls it.
    std::vector<std::pair<std::string, std::string>> path_mappings;
    /// The folder of users on this host, whatever the config says (--users-path).
    std::optional<std::filesystem::path> users_path;
};

/// A configuration text and its name for messages.
struct config_text
{
    std::string_view text;
    std::string_view name;
};

/// Reads v1's keys from one text, or from several laid on top of each other (the last wins), v1's defaults
/// below all. Paths stay as written. Throws export_error{bad_config} "name:line:column, key: …". No I/O.
v1_config parse_v1_config(std::span<const config_text> layers);
v1_config parse_v1_config(std::string_view text, std::string_view name);

/// Reads the file (YAML or JSON, at most 4 MiB) and finds the folder of users. Throws export_error:
/// source_missing or denied when a file cannot be read, bad_config when it is wrong or the folder is not
/// found; the message then says what was tried and which option helps.
v1_config load_v1_config(const std::filesystem::path& file, const config_options& options);

/// The same for a configuration that stands inside of another file (a job file) as a mapping.
v1_config load_v1_config(const yaml_node& inside, const std::filesystem::path& file,
                         const config_options& options);

} // namespace pryv_export::config
