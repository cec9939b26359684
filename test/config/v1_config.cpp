#include "pryv_export/config/v1_config.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <fstream>
#include <functional>
#include <type_traits>
#include <unistd.h>

namespace {

using namespace pryv_export;
using namespace pryv_export::config;
namespace fs = std::filesystem;

/// open-pryv.io's configs/api.yml: neither database nor userFiles.
constexpr std::string_view stock_api = R"(
dnsLess:
  publicUrl: https://my-computer.rec.la:4443
http:
  ip: 127.0.0.1
  port: 3000
auth:
  adminAccessKey: "REPLACE ME"
  trustedApps: "*@https://*.rec.la*, *@https://pryv.github.io*"
  filesReadTokenSecret: "REPLACE ME"
service:
  name: My Pryv Lab
services:
  email:
    enabled: false
custom:
  systemStreams:
    account:
      - id: email
        type: email/string
        name: Email
        isIndexed: true
        isUnique: true
        isShown: true
      - id: insurance
        type: identifier/string
        isIndexed: true
        children:
          - id: number
            isUnique: true
            isIndexed: true
    other:
      - id: field-study
        children: [{id: visit}]
)";

/// What the Docker image of open-pryv.io lays over it.
constexpr std::string_view docker_override = R"(
openSource: {isActive: true}
dnsLess: {isActive: true}
http: {ip: 0.0.0.0, port: 3000}
database:
  host: open-pryv-mongo
  port: 27017
  name: pryv-node
)";

constexpr std::string_view enterprise_core = R"(
domain: pryv.example.com
dnsLess: {isActive: false}
database:
  host: pryvio_mongodb
  port: 27018
  name: core-db
  authUser: admin
  authPassword: "p@ss:w/ord"
  connectTimeoutMS: 5000
  isFerret: true
eventFiles:
  attachmentsDirPath: /app/data/attachments
  previewsDirPath: /app/data/previews
influxdb: {host: pryvio_influxdb}
versioning: {forceKeepHistory: true, deletionMode: keep-authors}
integrity: {isActive: {events: false}, algorithm: sha512}
audit: {active: false}
storagePlatform: {engine: mongodb}
custom:
  dataStores:
    - {id: chat, name: Chat store, path: /x}
    - id: plain
)";

/// The configuration that the Node tool's guide gives.
constexpr std::string_view node_tool = R"(
database:
  host: 172.18.0.3
  port: 27017
  name: pryv-node
userFiles:
  path: {}
storageUserIndex:
  engine: sqlite
storageUserAccount:
  engine: mongodb
)";

struct deployment
{
    private_folder folder{fs::temp_directory_path()};
    fs::path root = folder.path();

    fs::path write(const fs::path& name, std::string_view text) const
    {
        fs::create_directories((root / name).parent_path());
        std::ofstream{root / name} << text;
        return root / name;
    }
    fs::path add_users(const fs::path& name) const
    {
        write(name / "user-index.db", "");
        return root / name;
    }
};

std::string message_of(const std::function<void()>& action)
{
    try {
        action();
    } catch (const export_error& error) {
        return error.what();
    }
    return "no error";
}

bool holds(std::string_view text, std::string_view part)
{
    return text.find(part) != text.npos;
}

bool warned(const v1_config& config, std::string_view part)
{
    return std::any_of(config.warnings.begin(), config.warnings.end(),
                       [&](auto& line) { return holds(line, part); });
}

static_assert(!std::is_convertible_v<secret, std::string> &&
              !std::is_convertible_v<secret, std::string_view>);
static_assert(!fmt::is_formattable<secret>::value);

} // namespace

BOOST_AUTO_TEST_SUITE(v1_config_)

BOOST_AUTO_TEST_CASE(stock_config_takes_the_defaults_of_v1)
{
    v1_config const config = parse_v1_config(stock_api, "api.yml");
    BOOST_TEST(config.database.host == "127.0.0.1");
    BOOST_TEST(config.database.port == 27017);
    BOOST_TEST(config.database.name == "pryv-node");
    BOOST_TEST(config.database.auth_user.empty());
    BOOST_TEST(config.database.auth_password.empty());
    BOOST_TEST(config.database.connect_timeout_ms == 60000U);
    BOOST_TEST(!config.database.is_ferret);
    BOOST_TEST((config.events_engine == engine::mongodb));
    BOOST_TEST((config.user_index_engine == engine::sqlite));
    BOOST_TEST((config.account_engine == engine::sqlite));
    BOOST_TEST((config.platform_engine == engine::sqlite));
    BOOST_TEST(config.configured_users_path.empty());
    BOOST_TEST(config.event_files_engine_module.empty());
    BOOST_TEST(config.dns_less_active);
    BOOST_TEST(config.host_name() == "my-computer.rec.la");
    BOOST_TEST(config.integrity_events);
    BOOST_TEST((config.integrity_algorithm == format::digest_algorithm::sha256));
    BOOST_TEST(config.deletion_mode == "keep-nothing");
    BOOST_TEST(!config.force_keep_history);
    BOOST_TEST(config.audit_active);
    BOOST_TEST(!config.influxdb.has_value());
    BOOST_TEST(config.custom_data_stores.empty());
    BOOST_TEST(config.warnings.empty());
}

BOOST_AUTO_TEST_CASE(system_streams_are_listed_with_their_children)
{
    v1_config const config = parse_v1_config(stock_api, "api.yml");
    BOOST_TEST(config.has_custom_account);
    BOOST_REQUIRE(config.account_fields.size() == 3U);
    BOOST_TEST(config.account_fields[0].id == "email");
    BOOST_TEST(config.account_fields[0].is_unique);
    BOOST_TEST(config.account_fields[1].id == "insurance");
    BOOST_TEST(config.account_fields[1].is_indexed);
    BOOST_TEST(!config.account_fields[1].is_unique);
    BOOST_TEST(config.account_fields[2].id == "number");
    BOOST_TEST(config.other_streams == (std::vector<std::string>{":system:field-study", ":system:visit"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_system_streams_the_default_email_field_counts)
{
    v1_config const config = parse_v1_config("http: {port: 1}", "api.yml");
    BOOST_TEST(!config.has_custom_account);
    BOOST_REQUIRE(config.account_fields.size() == 1U);
    BOOST_TEST(config.account_fields[0].id == "email");
    BOOST_TEST(parse_v1_config("custom: {systemStreams: {account: []}}", "api.yml").has_custom_account);
}

BOOST_AUTO_TEST_CASE(an_id_that_has_the_prefix_keeps_it)
{
    v1_config const config =
        parse_v1_config("custom: {systemStreams: {other: [{id: ':system:a'}]}}", "api.yml");
    BOOST_TEST(config.other_streams == std::vector<std::string>{":system:a"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_override_goes_over_the_config)
{
    config_text const layers[] = {{stock_api, "api.yml"}, {docker_override, "override-config.yml"}};
    v1_config const config = parse_v1_config(layers);
    BOOST_TEST(config.database.host == "open-pryv-mongo");
    BOOST_TEST(config.public_url == "https://my-computer.rec.la:4443");
    BOOST_TEST(config.account_fields.size() == 3U);
}

BOOST_AUTO_TEST_CASE(enterprise_config_is_read)
{
    v1_config const config = parse_v1_config(enterprise_core, "core.yml");
    BOOST_TEST(config.host_name() == "pryv.example.com");
    BOOST_TEST(config.database.port == 27018);
    BOOST_TEST(config.database.auth_user == "admin");
    BOOST_TEST(config.database.auth_password.reveal() == "p@ss:w/ord");
    BOOST_TEST(config.database.connect_timeout_ms == 5000U);
    BOOST_TEST(config.database.socket_timeout_ms == 60000U);
    BOOST_TEST(config.database.is_ferret);
    BOOST_TEST((config.platform_engine == engine::mongodb));
    BOOST_TEST(config.configured_attachments_path == "/app/data/attachments");
    BOOST_REQUIRE(config.influxdb.has_value());
    BOOST_TEST(config.influxdb->host == "pryvio_influxdb");
    BOOST_TEST(config.influxdb->port == 8086);
    BOOST_TEST(config.force_keep_history);
    BOOST_TEST(config.deletion_mode == "keep-authors");
    BOOST_TEST(!config.integrity_events);
    BOOST_TEST(config.integrity_accesses);
    BOOST_TEST((config.integrity_algorithm == format::digest_algorithm::sha512));
    BOOST_TEST(!config.audit_active);
    BOOST_TEST(config.custom_data_stores == (std::vector<std::string>{"chat (Chat store)", "plain"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(old_places_of_keys_count)
{
    v1_config const config =
        parse_v1_config("audit: {forceKeepHistory: true, deletionMode: keep-everything}", "api.yml");
    BOOST_TEST(config.force_keep_history);
    BOOST_TEST(config.deletion_mode == "keep-everything");
}

BOOST_AUTO_TEST_CASE(null_and_empty_are_absent)
{
    v1_config const config = parse_v1_config("database: {host: '', port: null, name: ~, engine: ''}\n"
                                             "userFiles:\ncustom: {systemStreams: {account: null}}\n",
                                             "api.yml");
    BOOST_TEST(config.database.host == "127.0.0.1");
    BOOST_TEST(config.database.port == 27017);
    BOOST_TEST(config.database.name == "pryv-node");
    BOOST_TEST(!config.has_custom_account);
}

BOOST_AUTO_TEST_CASE(the_host_name_is_taken_from_the_url)
{
    struct row
    {
        const char* text;
        const char* expected;
    };
    for (const row& r : {row{"dnsLess: {publicUrl: 'https://a.example.com:4443/path'}", "a.example.com"},
                         row{"dnsLess: {publicUrl: 'http://u:p@host/'}", "host"},
                         row{"dnsLess: {publicUrl: 'host'}", "host"},
                         row{"dnsLess: {publicUrl: 'http://[::1]:3000'}", "[::1]"},
                         row{"dnsLess: {publicUrl: 'http://[::1]'}", "[::1]"}, row{"domain: d.io", "d.io"},
                         row{"domain: d.io\ndnsLess: {publicUrl: 'http://host'}", "host"},
                         row{"domain: d.io\ndnsLess: {isActive: false, publicUrl: 'http://host'}", "d.io"},
                         row{"a: 1", "unknown"}}) {
        BOOST_TEST_CONTEXT(r.text)
        {
            BOOST_TEST(parse_v1_config(r.text, "c.yml").host_name() == r.expected);
        }
    }
}

BOOST_AUTO_TEST_CASE(wrong_values_are_named_with_key_and_place)
{
    struct row
    {
        const char* text;
        const char* expected;
    };
    for (const row& r : {
             row{"database:\n  port: abc",
                 "c.yml:2:9, database:port: should be a whole number from 1 to 65535, not 'abc'"},
             row{"database: {port: 0}", "database:port: should be a whole number from 1 to 65535, not '0'"},
             row{"database: {port: 70000}", "not '70000'"},
             row{"database: {port: 27017.5}", "not '27017.5'"},
             row{"database: {port: [1]}",
                 "database:port: should be a whole number from 1 to 65535, not a list"},
             row{"database: {host: {a: 1}}", "database:host: should be a text, not a mapping"},
             row{"database: mongodb://u:pw@h", "c.yml:1:11, database: should hold keys (key: value)"},
             row{"database: {engine: postgresql}",
                 "database:engine: is 'postgresql', but should be mongodb or sqlite"},
             row{"storageUserIndex: {engine: x}", "storageUserIndex:engine: is 'x'"},
             row{"storageUserAccount: {engine: x}", "storageUserAccount:engine: is 'x'"},
             row{"storagePlatform: {engine: x}", "storagePlatform:engine: is 'x'"},
             row{"database: {isFerret: yes}", "database:isFerret: should be true or false, not 'yes'"},
             row{"dnsLess: {isActive: 1}", "dnsLess:isActive: should be true or false, not '1'"},
             row{"integrity: {isActive: false}", "c.yml:1:23, integrity:isActive: should hold keys"},
             row{"database: {authPassword: [x]}", "database:authPassword: should be a text"},
             row{"custom: {systemStreams: {account: x}}",
                 "custom:systemStreams:account: should be a list, not 'x'"},
             row{"custom: {systemStreams: {account: [x]}}",
                 "custom:systemStreams:account: each stream should have an id"},
             row{"custom: {systemStreams: {other: [{id: a, children: 1}]}}", "children should be a list"},
             row{"custom: {systemStreams: {account: [{id: a, isUnique: 3}]}}",
                 "account:isUnique: should be true or false"},
             row{"custom: {dataStores: [{name: a}]}", "custom:dataStores: each store should have an id"},
             row{"influxdb: {port: x}", "influxdb:port: should be a whole number"},
         }) {
        BOOST_TEST_CONTEXT(r.text)
        {
            std::string const message = message_of([&] { parse_v1_config(r.text, "c.yml"); });
            BOOST_TEST(holds(message, r.expected), message);
            BOOST_TEST(!holds(message, "pw"), message);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_odd_is_a_warning)
{
    BOOST_TEST(warned(parse_v1_config("integrity: {algorithm: sha384}", "c.yml"), "'sha384' is none of"));
    BOOST_TEST(warned(parse_v1_config("versioning: {deletionMode: x}", "c.yml"), "'x' is unknown to v1"));
    for (const char* text : {"0123", "1e5", "-12", "0x1F", "3.14"}) {
        v1_config const config =
            parse_v1_config(fmt::format("database: {{authPassword: {}}}", text), "c.yml");
        BOOST_TEST(config.database.auth_password.reveal() == text);
        BOOST_TEST(warned(config, "database:authPassword: looks like a number"));
        BOOST_TEST(!warned(config, text));
    }
    for (const char* text : {"'0123'", "abc", "1abc", "-", "e1"}) {
        BOOST_TEST_CONTEXT(text)
        {
            BOOST_TEST(parse_v1_config(fmt::format("database: {{authPassword: {}}}", text), "c.yml")
                           .warnings.empty());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(users_folder, deployment)

BOOST_AUTO_TEST_CASE(usual_layouts_are_found_from_the_config)
{
    struct row
    {
        const char* config;
        const char* users;
    };
    for (const row& r :
         {row{"raw/configs/api.yml", "raw/var-pryv/users"},
          row{"docker/configs/api.yml", "docker/var-pryv/api/users"},
          row{"pryv/core/conf/core.yml", "pryv/core/data/users"}, row{"flat/api.yml", "flat/var-pryv/users"},
          row{"deep/a/b/api.yml", "deep/var-pryv/users"}}) {
        BOOST_TEST_CONTEXT(r.config)
        {
            fs::path const file = write(r.config, stock_api);
            fs::path const users = add_users(r.users);
            v1_config const config = load_v1_config(file, {});
            BOOST_TEST(config.user_files_path == users);
            BOOST_TEST(config.attachments_path == users.parent_path() / "attachments");
            BOOST_TEST(config.warnings.empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(user_folders_are_enough_for_a_guess_but_an_empty_folder_is_not)
{
    fs::path const file = write("configs/api.yml", stock_api);
    fs::create_directories(root / "var-pryv" / "users");
    std::string const message = message_of([&] { load_v1_config(file, {}); });
    BOOST_TEST(holds(message, "api.yml: does not say where the users are (userFiles:path)"), message);
    BOOST_TEST(holds(message, (root / "var-pryv" / "users").native()), message);
    BOOST_TEST(holds(message, "--users-path"), message);
    fs::create_directories(root / "var-pryv" / "users" / "c" / "b");
    BOOST_TEST(load_v1_config(file, {}).user_files_path == root / "var-pryv" / "users");
}

BOOST_AUTO_TEST_CASE(the_config_says_where_the_users_are)
{
    fs::path const users = add_users("elsewhere/users");
    std::string const text = fmt::format(
        fmt::runtime(
            "database: {{port: 27017}}\nuserFiles: {{path: '{}/'}}\nstorageUserAccount: {{engine: mongodb}}"),
        users.native());
    v1_config const config = load_v1_config(write("export-config.yml", text), {});
    BOOST_TEST(config.user_files_path == users);
    BOOST_TEST(config.attachments_path == root / "elsewhere" / "attachments");
    BOOST_TEST((config.account_engine == engine::mongodb));
}

BOOST_AUTO_TEST_CASE(the_config_of_the_node_tool_works)
{
    fs::path const users = add_users("core/data/users");
    v1_config const config =
        load_v1_config(write("tmp/export-config.yml", fmt::format(node_tool, users.native())), {});
    BOOST_TEST(config.user_files_path == users);
    BOOST_TEST(config.database.host == "172.18.0.3");
    BOOST_TEST((config.account_engine == engine::mongodb));
    BOOST_TEST((config.user_index_engine == engine::sqlite));
}

BOOST_AUTO_TEST_CASE(a_relative_path_starts_at_the_deployment)
{
    fs::path const users = add_users("data/people");
    BOOST_TEST(
        load_v1_config(write("configs/api.yml", "userFiles: {path: ./data/people}"), {}).user_files_path ==
        users);
    BOOST_TEST(load_v1_config(write("api.yml", "userFiles: {path: data/people}"), {}).user_files_path ==
               users);
}

BOOST_AUTO_TEST_CASE(folders_of_the_container_are_mapped)
{
    fs::path const users = add_users("core/data/users");
    fs::path const attachments = root / "core" / "data" / "attachments";
    std::string const data = (root / "core" / "data").native();
    struct row
    {
        const char* path;
        std::vector<std::pair<std::string, std::string>> mappings;
    };
    for (const row& r :
         {row{"/app/data/users", {{"/app/data", data}}},
          row{"/app/data/users/", {{"/app/data/", data + "/"}}},
          row{"/app/data/users", {{"/app", "/nowhere"}, {"/app/data", data}}},
          row{"/app/data/users", {{"/app/dat", "/nowhere"}, {"/app/data/users", users.native()}}},
          row{"/app/data/users", {{"", data}}}, row{"/app/var-pryv/users", {{"", data}}}}) {
        BOOST_TEST_CONTEXT(r.path << " " << r.mappings.back().first << "=" << r.mappings.back().second)
        {
            config_options options;
            options.path_mappings = r.mappings;
            fs::path const file =
                write("x/y/z/c.yml", fmt::format("userFiles: {{path: {}}}\n"
                                                 "eventFiles: {{attachmentsDirPath: /app/data/attachments}}",
                                                 r.path));
            v1_config const config = load_v1_config(file, options);
            BOOST_TEST(config.user_files_path == users);
            if (r.mappings.size() == 1) BOOST_TEST(config.attachments_path == attachments);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_nearest_mapping_wins)
{
    add_users("wide/data/users");
    fs::path const users = add_users("near/users");
    fs::path const file = write("c.yml", "userFiles: {path: /app/data/users}");
    config_options options;
    options.path_mappings = {{"/app", (root / "wide").native()}, {"/app/data", (root / "near").native()}};
    BOOST_TEST(load_v1_config(file, options).user_files_path == users);
}

BOOST_AUTO_TEST_CASE(a_var_folder_is_searched_when_the_config_does_not_say)
{
    fs::path const file = write("far/away/from/it/api.yml", stock_api);
    for (const char* place : {"v1/users", "v2/api/users", "v3"}) {
        BOOST_TEST_CONTEXT(place)
        {
            fs::path const users = add_users(place);
            config_options options;
            options.path_mappings = {{"", (root / fs::path{place}.begin()->native()).native()}};
            BOOST_TEST(load_v1_config(file, options).user_files_path == users);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_path_of_the_container_without_mapping_is_an_error)
{
    fs::path const file = write("core/conf/core.yml", "userFiles: {path: /app/data/users}");
    std::string message = message_of([&] { load_v1_config(file, {}); });
    BOOST_TEST(holds(message, "userFiles:path /app/data/users: is no folder on this host"), message);
    BOOST_TEST(holds(message, "--var CONTAINER=HOST"), message);
    fs::path const users = add_users("core/data/users");
    message = message_of([&] { load_v1_config(file, {}); });
    BOOST_TEST(holds(message, "it may be " + users.native()), message);
}

BOOST_AUTO_TEST_CASE(the_operator_has_the_last_word)
{
    add_users("var-pryv/users");
    fs::path const users = add_users("copy/users");
    fs::path const file = write("configs/api.yml", "userFiles: {path: /app/data/users}");
    config_options options;
    options.users_path = users;
    BOOST_TEST(load_v1_config(file, options).user_files_path == users);
    options.users_path = root / "none";
    std::string const message = message_of([&] { load_v1_config(file, options); });
    BOOST_TEST(holds(message, "none: is no folder"), message);
}

BOOST_AUTO_TEST_CASE(the_old_attachments_folder_is_not_the_users_folder)
{
    fs::path const users = add_users("var-pryv/users");
    fs::create_directories(root / "old");
    fs::path const file = write(
        "configs/api.yml", fmt::format("eventFiles: {{attachmentsDirPath: {}}}", (root / "old").native()));
    v1_config const config = load_v1_config(file, {});
    BOOST_TEST(config.user_files_path == users);
    BOOST_TEST(config.attachments_path == root / "old");
    BOOST_TEST(warned(config, "not taken for the folder of users"));
}

BOOST_AUTO_TEST_CASE(a_folder_without_users_is_warned_of)
{
    fs::create_directories(root / "users");
    fs::path const file = write("api.yml", fmt::format("userFiles: {{path: {}}}", (root / "users").native()));
    BOOST_TEST(warned(load_v1_config(file, {}), "holds neither user-index.db nor folders of users"));
}

BOOST_AUTO_TEST_CASE(overrides_come_by_option_only)
{
    add_users("var-pryv/users");
    fs::path const file = write("configs/api.yml", stock_api);
    fs::path const over = write("configs/override-config.yml", docker_override);
    fs::path const last = write("last.yml", "database: {host: last}");
    v1_config const plain = load_v1_config(file, {});
    BOOST_TEST(plain.database.host == "127.0.0.1");
    BOOST_TEST(warned(plain, "override-config.yml: is not read; give it with --override-config"));
    config_options options;
    options.override_files = {over, last};
    v1_config const config = load_v1_config(file, options);
    BOOST_TEST(config.database.host == "last");
    BOOST_TEST(config.database.name == "pryv-node");
    BOOST_TEST(config.warnings.empty());
}

BOOST_AUTO_TEST_CASE(a_password_that_everybody_may_read_is_warned_of)
{
    add_users("var-pryv/users");
    fs::path const file = write("configs/api.yml", "database: {authPassword: pw}");
    fs::permissions(file, fs::perms{0644});
    v1_config const config = load_v1_config(file, {});
    BOOST_TEST(warned(config, "holds a password and everybody may read it"));
    BOOST_TEST(!warned(config, "pw"));
    fs::permissions(file, fs::perms{0600});
    BOOST_TEST(load_v1_config(file, {}).warnings.empty());
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_read_are_named)
{
    struct row
    {
        fs::path file;
        exit_status status;
        const char* expected;
    };
    write("long.yml", std::string((4U << 20) + 1, '#'));
    for (const row& r :
         {row{root / "none.yml", exit_status::source_missing, "none.yml: cannot open for reading"},
          row{root, exit_status::io_error, ": cannot read at offset 0"},
          row{root / "long.yml", exit_status::bad_config, "long.yml: is 4.00 MiB"}}) {
        BOOST_TEST_CONTEXT(r.file)
        {
            BOOST_CHECK_EXCEPTION(load_v1_config(r.file, {}), export_error, [&](const export_error& error) {
                BOOST_TEST_MESSAGE(error.what());
                return error.status() == r.status && holds(error.what(), r.expected);
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(a_folder_that_may_not_be_read_is_denied)
{
    fs::path const file = write("configs/api.yml", stock_api);
    fs::path const users = add_users("var-pryv/users");
    fs::permissions(root, fs::perms{0755});
    fs::permissions(users, fs::perms{0});
    bool const is_root = ::geteuid() == 0;
    if (is_root) BOOST_REQUIRE(::seteuid(65534) == 0);
    BOOST_CHECK_EXCEPTION(load_v1_config(file, {}), export_error, [](const export_error& error) {
        return error.status() == exit_status::denied &&
               holds(error.what(), "var-pryv/users: cannot read the folder");
    });
    if (is_root) BOOST_REQUIRE(::seteuid(0) == 0);
    fs::permissions(users, fs::perms{0700});
}

BOOST_AUTO_TEST_SUITE_END()
