#include "mongo_connection.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"
#include "pryv_export/format/bson.hpp"

#include "mongo_error.hpp"
#include "mongo_stream.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

namespace pryv_export::source {

namespace {

/// Between two looks at the members of a set; one that is away holds a connection up for connectTimeoutMS.
constexpr std::int64_t heartbeat_ms = 600'000;

/// libmongoc is set up once a process and prints nothing of its own.
void set_up_library()
{
    static bool const done = [] {
        mongoc_log_set_handler(nullptr, nullptr);
        mongoc_init();
        return true;
    }();
    static_cast<void>(done);
}

export_error bad_uri(std::string_view cause)
{
    return {exit_status::bad_config, "--mongo-uri", cause, "write it as mongodb://HOST:PORT/?OPTIONS"};
}

/// A password with an '@' in it that is not encoded would put its rest into the host's name, and that into
/// messages and name look-ups.
bool splits_password(std::string_view uri)
{
    std::size_t const scheme = uri.find("://");
    if (scheme == uri.npos) return false;
    std::string_view const rest = uri.substr(scheme + 3);
    std::string_view const authority = rest.substr(0, rest.find_first_of("/?"));
    return authority.find('@') != authority.rfind('@');
}

void set_default(mongoc_uri_t* uri, const char* option, std::int64_t value)
{
    if (!mongoc_uri_has_option(uri, option))
        mongoc_uri_set_option_as_int32(uri, option, static_cast<std::int32_t>(value));
}

/// libmongoc says no more of a file that it cannot read than that TLS failed.
void set_file(mongoc_uri_t* uri, const char* option, const std::optional<std::filesystem::path>& file)
{
    if (!file) return;
    static_cast<void>(read_small_file(*file, 4U << 20));
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_TLS, true);
    mongoc_uri_set_option_as_utf8(uri, option, file->c_str());
}

format::bson_bytes hello_of(const mongoc_server_description_t* server)
{
    auto const* const hello = mongoc_server_description_hello_response(server);
    return {bson_get_data(hello), hello->len};
}

/// Milliseconds since 1970; 0 when it is not told.
std::int64_t last_write_of(const mongoc_server_description_t* server)
{
    auto const last = format::find(hello_of(server), "lastWrite");
    if (!last || last->type != format::bson_type::document) return 0;
    auto const date = format::find(last->document(), "lastWriteDate");
    return date && date->type == format::bson_type::date ? date->int64() : 0;
}

bool is_of_type(const mongoc_server_description_t* server, std::string_view type)
{
    return mongoc_server_description_type(server) == type;
}

std::optional<std::chrono::milliseconds> lag_of(mongoc_client_t* client,
                                                const mongoc_server_description_t* server)
{
    if (!is_of_type(server, "RSSecondary")) return std::chrono::milliseconds{0};
    std::size_t count = 0;
    auto** const all = mongoc_client_get_server_descriptions(client, &count);
    std::optional<std::chrono::milliseconds> lag;
    for (std::size_t i = 0; i < count; ++i) {
        if (!is_of_type(all[i], "RSPrimary")) continue;
        lag = std::chrono::milliseconds{
            std::max<std::int64_t>(0, last_write_of(all[i]) - last_write_of(server))};
    }
    mongoc_server_descriptions_destroy_all(all, count);
    return lag;
}

/// MongoDB 5.0 and later, as a member of a replica set.
bool can_read_snapshots(const mongoc_server_description_t* server)
{
    constexpr double wire_version_of_5_0 = 13;
    auto const answer = hello_of(server);
    auto const version = format::find(answer, "maxWireVersion");
    return format::find(answer, "setName") && version && version->number().value_or(0) >= wire_version_of_5_0;
}

} // namespace

mongo_uri make_mongo_uri(const mongo_options& options)
{
    set_up_library();
    bson_error_t error{};
    std::shared_ptr<mongoc_uri_t> const made{
        splits_password(options.uri) ? nullptr : mongoc_uri_new_with_error(options.uri.c_str(), &error),
        [](mongoc_uri_t* uri) { mongoc_uri_destroy(uri); }};
    auto* const uri = made.get();
    // The library's message can quote the URI, and with it a password.
    if (uri == nullptr)
        throw bad_uri("is no MongoDB URI (special characters of a password must be %-encoded)");
    if (!options.user.empty() && !mongoc_uri_set_username(uri, options.user.c_str()))
        throw bad_uri("the user's name is no UTF-8");
    if (!options.password.empty() && !mongoc_uri_set_password(uri, options.password.c_str()))
        throw bad_uri("the password is no UTF-8");
    set_default(uri, MONGOC_URI_CONNECTTIMEOUTMS, options.connect_timeout.count());
    set_default(uri, MONGOC_URI_SOCKETTIMEOUTMS, options.answer_timeout.count());
    set_default(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, options.connect_timeout.count());
    set_default(uri, MONGOC_URI_HEARTBEATFREQUENCYMS, heartbeat_ms);
    set_file(uri, MONGOC_URI_TLSCAFILE, options.tls_ca_file);
    set_file(uri, MONGOC_URI_TLSCERTIFICATEKEYFILE, options.tls_client_file);
    if (options.tls_insecure) {
        mongoc_uri_set_option_as_bool(uri, MONGOC_URI_TLS, true);
        mongoc_uri_set_option_as_bool(uri, MONGOC_URI_TLSINSECURE, true);
    }
    mongoc_uri_set_appname(uri, "pryv-export");
    return made;
}

std::string with_hosts(std::string_view uri, const std::set<std::string>& hosts)
{
    std::size_t const begin = uri.find("://") + 3;
    std::size_t const end = std::min(uri.find_first_of("/?", begin), uri.size());
    std::size_t const login = uri.substr(begin, end - begin).rfind('@');
    std::size_t const first = login == uri.npos ? begin : begin + login + 1;
    return fmt::format("{}{}{}", uri.substr(0, first), fmt::join(hosts, ","), uri.substr(end));
}

std::set<std::string> hosts_in(const mongoc_uri_t* uri)
{
    std::set<std::string> hosts;
    if (mongoc_uri_get_srv_hostname(uri) != nullptr) return hosts;
    for (auto const* host = mongoc_uri_get_hosts(uri); host != nullptr; host = host->next)
        hosts.emplace(host->host_and_port);
    return hosts;
}

mongo_connection::mongo_connection(mongo_uri from, const std::atomic<bool>* stop) : uri_{std::move(from)}
{
    auto const* const uri = uri_.get();
    bson_error_t error{};
    client_.reset(mongoc_client_new_from_uri_with_error(uri, &error));
    if (!client_) throw bad_uri("its options do not fit together, or its SRV record is not found");
    mongoc_client_set_error_api(client(), MONGOC_ERROR_API_VERSION_2);
    mongoc_client_set_stream_initiator(client(), open_checked_stream, const_cast<std::atomic<bool>*>(stop));
    auto* const server =
        mongoc_client_select_server(client(), false, mongoc_uri_get_read_prefs_t(uri), &error);
    if (server == nullptr) throw mongo_failure{error};
    has_snapshots_ = can_read_snapshots(server);
    behind_ = lag_of(client(), server);
    how_.add("serverId", std::int64_t{mongoc_server_description_id(server)});
    mongoc_server_description_destroy(server);
    // A cursor belongs to the session of its find. Servers without sessions (FerretDB) do without.
    auto* const options = mongoc_session_opts_new();
    mongoc_session_opts_set_causal_consistency(options, false);
    session_.reset(mongoc_client_start_session(client(), options, &error));
    mongoc_session_opts_destroy(options);
    if (session_ && !mongoc_client_session_append(session_.get(), how_.get_to_append(), &error))
        session_.reset();
}

const mongoc_read_prefs_t* mongo_connection::preference() const noexcept
{
    return mongoc_uri_get_read_prefs_t(uri_.get());
}

std::set<std::string> mongo_connection::members() const
{
    std::size_t count = 0;
    auto** const all = mongoc_client_get_server_descriptions(client(), &count);
    std::set<std::string> hosts;
    for (std::size_t i = 0; i < count; ++i)
        hosts.emplace(mongoc_server_description_host(all[i])->host_and_port);
    mongoc_server_descriptions_destroy_all(all, count);
    return hosts;
}

/// The server forgets the session by itself. libmongoc would say goodbye, and wait for the answer of a server
/// that may be gone.
mongo_connection::~mongo_connection()
{
    session_.reset();
    if (client_) mongoc_client_reset(client());
}

} // namespace pryv_export::source
