#include "mongo_connection.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/file.hpp"
#include "pryv_export/format/bson.hpp"

#include "mongo_error.hpp"
#include "mongo_stream.hpp"

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

/// MongoDB 5.0 and later, as a member of a replica set.
bool can_read_snapshots(const mongoc_server_description_t* server)
{
    constexpr double wire_version_of_5_0 = 13;
    auto const* const hello = mongoc_server_description_hello_response(server);
    format::bson_bytes const answer{bson_get_data(hello), hello->len};
    auto const version = format::find(answer, "maxWireVersion");
    return format::find(answer, "setName") && version && version->number().value_or(0) >= wire_version_of_5_0;
}

} // namespace

mongo_uri make_mongo_uri(const mongo_options& options)
{
    set_up_library();
    bson_error_t error{};
    mongo_uri made;
    if (!splits_password(options.uri)) made.reset(mongoc_uri_new_with_error(options.uri.c_str(), &error));
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

mongo_connection::mongo_connection(const mongoc_uri_t* uri, const std::atomic<bool>* stop)
{
    bson_error_t error{};
    client_.reset(mongoc_client_new_from_uri_with_error(uri, &error));
    if (!client_) throw bad_uri("its options do not fit together, or its SRV record is not found");
    mongoc_client_set_error_api(client(), MONGOC_ERROR_API_VERSION_2);
    mongoc_client_set_stream_initiator(client(), open_checked_stream, const_cast<std::atomic<bool>*>(stop));
    auto* const server =
        mongoc_client_select_server(client(), false, mongoc_uri_get_read_prefs_t(uri), &error);
    if (server == nullptr) throw mongo_failure{error};
    has_snapshots_ = can_read_snapshots(server);
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

/// The server forgets the session by itself. libmongoc would say goodbye, and wait for the answer of a server
/// that may be gone.
mongo_connection::~mongo_connection()
{
    session_.reset();
    if (client_) mongoc_client_reset(client());
}

} // namespace pryv_export::source
