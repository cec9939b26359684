#include "pryv_export/config/v1_config.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"

#include "users_folder.hpp"
#include "v1_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sys/stat.h>

namespace pryv_export::config {

namespace {

/// v1 adds it to the ids of custom system streams.
constexpr std::string_view custom_prefix = ":system:";

engine engine_of(const v1_keys& keys, std::string_view key, engine fallback)
{
    const yaml_node* const node = keys.find(key);
    if (node == nullptr) return fallback;
    std::string const name = v1_keys::text_of(*node, key);
    if (name == "mongodb") return engine::mongodb;
    if (name == "sqlite") return engine::sqlite;
    if (name.empty()) return fallback;
    v1_keys::fail(*node, key, fmt::format("is '{}', but should be mongodb or sqlite", name));
}

std::uint16_t port_of(const v1_keys& keys, std::string_view key, std::uint16_t fallback)
{
    return static_cast<std::uint16_t>(keys.number(key, fallback, 1, 65535));
}

/// A plain number is read by v1 as one, and so may lose its form (0123, 1e5).
bool looks_like_a_number(const yaml_node& node)
{
    if (!node.is_scalar() || node.quoted) return false;
    std::string_view text = node.text;
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    bool const hex = text.starts_with("0x") || text.starts_with("0o");
    return text.find_first_of("0123456789") == (text.starts_with('.') ? 1 : 0) &&
           text.find_first_not_of(hex ? "0123456789abcdefABCDEFxo" : "0123456789.eE+-_") == text.npos;
}

secret password_of(const v1_keys& keys, std::vector<std::string>& warnings)
{
    constexpr std::string_view key = "database:authPassword";
    const yaml_node* const node = keys.find(key);
    if (node == nullptr) return {};
    if (!node->is_scalar()) v1_keys::fail(*node, key, "should be a text");
    if (looks_like_a_number(*node)) {
        warnings.push_back(
            fmt::format("{}, {}: looks like a number and is taken letter by letter; put it in quotes",
                        node->place(), key));
    }
    return secret{node->text};
}

database_config database_of(const v1_keys& keys, std::vector<std::string>& warnings)
{
    database_config database;
    database.host = keys.text("database:host", database.host);
    database.port = port_of(keys, "database:port", database.port);
    database.name = keys.text("database:name", database.name);
    database.auth_user = keys.text("database:authUser");
    database.auth_password = password_of(keys, warnings);
    database.connect_timeout_ms =
        keys.number("database:connectTimeoutMS", database.connect_timeout_ms, 0, INT32_MAX);
    database.socket_timeout_ms =
        keys.number("database:socketTimeoutMS", database.socket_timeout_ms, 0, INT32_MAX);
    database.is_ferret = keys.flag("database:isFerret", false);
    return database;
}

bool member_flag(const yaml_node& stream, std::string_view member, std::string_view key)
{
    const yaml_node* const node = stream.find(member);
    return node != nullptr && v1_keys::flag_of(*node, fmt::format("{}:{}", key, member));
}

/// Streams and their children, parents first; no deeper than the file may be.
template <class Visit>
void for_each_stream(const yaml_node& list, std::string_view key, const Visit& visit)
{
    for (const yaml_node& stream : list.items) {
        const yaml_node* const id = stream.find("id");
        if (id == nullptr) v1_keys::fail(stream, key, "each stream should have an id");
        visit(stream, v1_keys::text_of(*id, fmt::format("{}:id", key)));
        const yaml_node* const children = stream.find("children");
        if (children == nullptr) continue;
        if (!children->is_sequence()) v1_keys::fail(*children, key, "children should be a list of streams");
        for_each_stream(*children, key, visit);
    }
}

void read_system_streams(const v1_keys& keys, v1_config& config)
{
    constexpr std::string_view account_key = "custom:systemStreams:account";
    constexpr std::string_view other_key = "custom:systemStreams:other";
    const yaml_node* const account = keys.find_list(account_key);
    config.has_custom_account = account != nullptr;
    if (account != nullptr) {
        for_each_stream(*account, account_key, [&](const yaml_node& stream, std::string id) {
            config.account_fields.push_back({std::move(id), member_flag(stream, "isUnique", account_key),
                                             member_flag(stream, "isIndexed", account_key)});
        });
    } else {
        config.account_fields.push_back({"email", true, true});
    }
    if (const yaml_node* const other = keys.find_list(other_key)) {
        for_each_stream(*other, other_key, [&](const yaml_node&, const std::string& id) {
            config.other_streams.push_back(id.starts_with(':') ? id : std::string{custom_prefix} + id);
        });
    }
}

void read_integrity(const v1_keys& keys, v1_config& config)
{
    config.integrity_attachments = keys.flag("integrity:isActive:attachments", true);
    config.integrity_events = keys.flag("integrity:isActive:events", true);
    config.integrity_accesses = keys.flag("integrity:isActive:accesses", true);
    std::string const name = keys.text("integrity:algorithm", "sha256");
    if (!format::parse(name, config.integrity_algorithm)) {
        config.warnings.push_back(fmt::format(
            "integrity:algorithm: '{}' is none of sha256, sha512, sha1, md5; hashes are taken for sha256",
            name));
    }
}

void read_versioning(const v1_keys& keys, v1_config& config)
{
    // Before 1.7 the same two keys were under `audit`.
    config.force_keep_history =
        keys.flag("versioning:forceKeepHistory", keys.flag("audit:forceKeepHistory", false));
    config.deletion_mode =
        keys.text("versioning:deletionMode", keys.text("audit:deletionMode", config.deletion_mode));
    constexpr std::array<std::string_view, 3> known{"keep-nothing", "keep-authors", "keep-everything"};
    if (std::find(known.begin(), known.end(), config.deletion_mode) == known.end()) {
        config.warnings.push_back(
            fmt::format("versioning:deletionMode: '{}' is unknown to v1; deleted events may hold anything",
                        config.deletion_mode));
    }
}

void read_data_stores(const v1_keys& keys, v1_config& config)
{
    constexpr std::string_view key = "custom:dataStores";
    const yaml_node* const list = keys.find_list(key);
    if (list == nullptr) return;
    for (const yaml_node& store : list->items) {
        const yaml_node* const id = store.find("id");
        const yaml_node* const name = store.find("name");
        if (id == nullptr) v1_keys::fail(store, key, "each store should have an id");
        std::string shown = v1_keys::text_of(*id, key);
        if (name != nullptr) shown += fmt::format(" ({})", v1_keys::text_of(*name, key));
        config.custom_data_stores.push_back(std::move(shown));
    }
}

void read_influxdb(const v1_keys& keys, v1_config& config)
{
    if (keys.find("influxdb") == nullptr) return;
    influxdb_config influxdb;
    influxdb.host = keys.text("influxdb:host", influxdb.host);
    influxdb.port = port_of(keys, "influxdb:port", influxdb.port);
    config.influxdb = influxdb;
}

v1_config config_of(const yaml_node& root)
{
    v1_keys const keys{root};
    v1_config config;
    config.database = database_of(keys, config.warnings);
    config.events_engine = engine_of(keys, "database:engine", engine::mongodb);
    config.user_index_engine = engine_of(keys, "storageUserIndex:engine", engine::sqlite);
    config.account_engine = engine_of(keys, "storageUserAccount:engine", engine::sqlite);
    config.platform_engine = engine_of(keys, "storagePlatform:engine", engine::sqlite);
    config.configured_users_path = keys.text("userFiles:path");
    config.configured_attachments_path = keys.text("eventFiles:attachmentsDirPath");
    config.event_files_engine_module = keys.text("eventFiles:engine:modulePath");
    config.dns_less_active = keys.flag("dnsLess:isActive", true);
    config.public_url = keys.text("dnsLess:publicUrl");
    config.domain = keys.text("domain");
    config.audit_active = keys.flag("audit:active", true);
    read_integrity(keys, config);
    read_versioning(keys, config);
    read_system_streams(keys, config);
    read_data_stores(keys, config);
    read_influxdb(keys, config);
    return config;
}

void warn_of_readable_password(const std::filesystem::path& file, std::string_view text, v1_config& config)
{
    if (text.find("authPassword") == text.npos) return;
    struct stat info
    {
    };
    if (config.database.auth_password.empty() || ::stat(file.c_str(), &info) != 0) return;
    if ((info.st_mode & S_IROTH) != 0) {
        config.warnings.push_back(
            fmt::format("{}: holds a password and everybody may read it; chmod 600 is safer", file.native()));
    }
}

/// v1's Docker image keeps one there and lays it over everything.
void warn_of_override(const std::filesystem::path& file, const config_options& options, v1_config& config)
{
    std::filesystem::path const beside =
        std::filesystem::absolute(file).parent_path() / "override-config.yml";
    bool const used =
        std::any_of(options.override_files.begin(), options.override_files.end(), [&](auto& given) {
            std::error_code ignored;
            return std::filesystem::equivalent(given, beside, ignored);
        });
    if (used || kind_of(beside) != path_kind::file || file.filename() == beside.filename()) return;
    config.warnings.push_back(
        fmt::format("{}: is not read; give it with --override-config when v1 used it", beside.native()));
}

} // namespace

std::string v1_config::host_name() const
{
    if (!domain.empty() && (!dns_less_active || public_url.empty())) return domain;
    std::string_view host = public_url;
    if (std::size_t const scheme = host.find("://"); scheme != std::string_view::npos)
        host.remove_prefix(scheme + 3);
    host = host.substr(0, host.find_first_of("/?#"));
    if (std::size_t const at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
    // The colons of "[::1]:3000" that are no port are before the bracket.
    std::size_t const port = host.rfind(':');
    if (port != std::string_view::npos && host.find(']', port) == std::string_view::npos)
        host = host.substr(0, port);
    return host.empty() ? "unknown" : std::string{host};
}

v1_config parse_v1_config(std::span<const config_text> layers)
{
    yaml_node root;
    for (const config_text& layer : layers) {
        if (root.is_null()) {
            root = parse_yaml(layer.text, layer.name);
        } else {
            merge_over(root, parse_yaml(layer.text, layer.name));
        }
    }
    return config_of(root);
}

v1_config parse_v1_config(std::string_view text, std::string_view name)
{
    config_text const only{text, name};
    return parse_v1_config(std::span{&only, 1});
}

namespace {

/// The files of `files` on top of `root` (null: nothing is below them).
v1_config load_layers(yaml_node root, const std::vector<std::filesystem::path>& files)
{
    std::vector<std::string> texts;
    for (const std::filesystem::path& each : files) {
        texts.push_back(read_small_file(each, yaml_limit_bytes));
        yaml_node layer = parse_yaml(texts.back(), each.native());
        if (root.is_null())
            root = std::move(layer);
        else
            merge_over(root, std::move(layer));
    }
    v1_config config = config_of(root);
    for (std::size_t i = 0; i < files.size(); ++i) warn_of_readable_password(files[i], texts[i], config);
    return config;
}

} // namespace

v1_config load_v1_config(const std::filesystem::path& file, const config_options& options)
{
    std::vector<std::filesystem::path> files{file};
    files.insert(files.end(), options.override_files.begin(), options.override_files.end());
    v1_config config = load_layers({}, files);
    warn_of_override(file, options, config);
    find_folders(file, options, config);
    return config;
}

v1_config load_v1_config(const yaml_node& inside, const std::filesystem::path& file,
                         const config_options& options)
{
    v1_config config = load_layers(inside, options.override_files);
    find_folders(file, options, config);
    return config;
}

} // namespace pryv_export::config
