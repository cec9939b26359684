#include "redis_channel.hpp"

#include "pryv_export/base/error.hpp"
#include "pryv_export/base/text.hpp"
#include "pryv_export/runtime/signal.hpp"

#include "redis_error.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <new>
#include <string>
#include <utility>

namespace pryv_export::source {

namespace {

namespace asio = runtime::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using asio::local::stream_protocol;
using boost::system::error_code;
using runtime::task;

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

/// Ends an operation that takes too long, by a call that makes it fail.
class deadline
{
public:
    explicit deadline(const asio::any_io_executor& loop) : shared_{std::make_shared<state>(loop)} {}
    ~deadline() { disarm(); }
    deadline(const deadline&) = delete;
    deadline& operator=(const deadline&) = delete;

    /// stop: called once when the time is up and disarm() was not called before.
    void arm(std::chrono::milliseconds after, std::function<void()> stop)
    {
        shared_->stop = std::move(stop);
        shared_->timer.expires_after(after);
        shared_->timer.async_wait([shared = shared_, turn = ++shared_->turn](error_code error) {
            if (error || shared->turn != turn || !shared->stop) return;
            shared->passed = true;
            std::exchange(shared->stop, nullptr)();
        });
    }
    void disarm()
    {
        shared_->stop = nullptr;
        shared_->timer.cancel();
    }
    bool passed() const noexcept { return shared_->passed; }

private:
    struct state
    {
        explicit state(const asio::any_io_executor& loop) : timer{loop} {}
        asio::steady_timer timer;
        std::function<void()> stop;
        std::uint64_t turn = 0;
        bool passed = false;
    };
    std::shared_ptr<state> shared_;
};

/// What an operation's end means; nothing when it went well.
void throw_on_failure(error_code error, const deadline& limit, std::string_view action)
{
    if (limit.passed()) {
        throw failure_of_connection(fmt::format("{}: timed out", action),
                                    "check the network between here and the server, and that it is running");
    }
    if (!error) return;
    if (error == asio::error::operation_aborted) throw boost::system::system_error{error};
    bool const closed = error == asio::error::eof || error == ssl::error::stream_truncated;
    throw failure_of_connection(
        fmt::format("{}: {}", action, closed ? "the server closed the connection" : error.message()),
        "look into the server's log; a port that speaks TLS needs --redis-tls");
}

template <class Stream>
class stream_channel final : public redis_channel
{
public:
    stream_channel(std::unique_ptr<Stream> stream, std::chrono::milliseconds timeout)
        : stream_{std::move(stream)}, limit_{stream_->get_executor()}, timeout_{timeout}
    {
    }

    task<void> write(std::string_view bytes) override
    {
        co_await runtime::throw_if_cancelled();
        limit_.arm(timeout_, [this] { close(); });
        asio::const_buffer const from{bytes.data(), bytes.size()};
        auto const [error, written] = co_await asio::async_write(*stream_, from, as_values);
        limit_.disarm();
        throw_on_failure(error, limit_, "sending");
    }

    task<std::size_t> read(std::span<char> into) override
    {
        co_await runtime::throw_if_cancelled();
        limit_.arm(timeout_, [this] { close(); });
        asio::mutable_buffer const to{into.data(), into.size()};
        auto const [error, got] = co_await stream_->async_read_some(to, as_values);
        limit_.disarm();
        throw_on_failure(error, limit_, "waiting for an answer");
        co_return got;
    }

private:
    void close()
    {
        error_code ignored;
        stream_->lowest_layer().close(ignored);
    }

    std::unique_ptr<Stream> stream_;
    deadline limit_;
    std::chrono::milliseconds timeout_;
};

export_error bad_file(const std::filesystem::path& file, const error_code& error, std::string_view hint)
{
    return {exit_status::bad_config, printable(file.native()), error.message(), hint};
}

bool wants_tls(const redis_options& options)
{
    return options.tls || options.tls_ca_file || options.tls_client_file;
}

/// A key with a passphrase must not make OpenSSL ask on the terminal.
std::string no_passphrase(std::size_t, ssl::context::password_purpose)
{
    return {};
}

void trust(ssl::context& context, const redis_options& options)
{
    error_code error;
    if (options.tls_ca_file) {
        context.load_verify_file(options.tls_ca_file->native(), error);
        if (error)
            throw bad_file(*options.tls_ca_file, error, "--redis-tls-ca takes a PEM file of authorities");
    } else {
        context.set_default_verify_paths(error);
    }
}

void identify(ssl::context& context, const redis_options& options)
{
    if (!options.tls_client_file) return;
    error_code error;
    context.set_password_callback(no_passphrase);
    context.use_certificate_chain_file(options.tls_client_file->native(), error);
    if (!error)
        context.use_private_key_file(options.tls_client_file->native(), ssl::context::file_format::pem,
                                     error);
    if (error) {
        throw bad_file(*options.tls_client_file, error,
                       "--redis-tls-certificate takes a PEM file with a certificate and its key without a "
                       "passphrase");
    }
}

ssl::context make_context(const redis_options& options)
{
    ssl::context context{ssl::context::tls_client};
    error_code ignored;
    context.set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1, ignored);
    trust(context, options);
    identify(context, options);
    return context;
}

/// OpenSSL itself compares the name, so that it can say what is wrong with it.
void check_name(SSL& connection, const redis_options& options)
{
    const char* const host = options.host.c_str();
    ::SSL_set_verify(&connection, options.tls_insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
    X509_VERIFY_PARAM* const rules = ::SSL_get0_param(&connection);
    if (::X509_VERIFY_PARAM_set1_ip_asc(rules, host) == 1) return;
    ::SSL_set_tlsext_host_name(&connection, host);
    if (::X509_VERIFY_PARAM_set1_host(rules, host, 0) != 1) throw std::bad_alloc{};
}

/// The stream keeps a reference to OpenSSL's context itself.
using tls_stream = ssl::stream<tcp::socket>;

task<std::unique_ptr<tls_stream>> agree_on_tls(tcp::socket socket, const redis_options& options)
{
    ssl::context context = make_context(options);
    auto stream = std::make_unique<tls_stream>(std::move(socket), context);
    check_name(*stream->native_handle(), options);
    deadline limit{stream->get_executor()};
    limit.arm(options.connect_timeout, [&] { stream->lowest_layer().close(); });
    auto const [error] = co_await stream->async_handshake(ssl::stream_base::client, as_values);
    limit.disarm();
    if (error && error.category() == asio::error::get_ssl_category() && !limit.passed()) {
        long const verdict = ::SSL_get_verify_result(stream->native_handle());
        std::string const why =
            verdict == X509_V_OK ? error.message() : ::X509_verify_cert_error_string(verdict);
        throw redis_failure{
            exit_status::unreachable, fmt::format("TLS: {}", printable(why)),
            "check that the port speaks TLS; --redis-tls-ca names the authority that signed the "
            "server's certificate, --redis-host must be a name in it",
            redis_failure::passes::never};
    }
    throw_on_failure(error, limit, "TLS");
    co_return stream;
}

std::string address_of(const redis_options& options)
{
    return options.socket ? options.socket->native() : fmt::format("{}:{}", options.host, options.port);
}

[[noreturn]] void throw_unconnected(error_code error, const redis_options& options)
{
    if (error == asio::error::operation_aborted) throw boost::system::system_error{error};
    bool const denied = error == boost::system::errc::permission_denied;
    std::string_view const hint =
        denied           ? "run as a user who may use the socket"
        : options.socket ? "start Redis, or check --redis-socket"
                         : "start Redis, or check --redis-host and --redis-port; plain open-pryv.io has no "
                           "register";
    std::string const cause =
        error == asio::error::connection_refused ? "connection refused" : error.message();
    if (denied) throw redis_failure{exit_status::denied, cause, hint, redis_failure::passes::never};
    throw failure_of_connection(cause, hint);
}

task<tcp::resolver::results_type> resolve(const asio::any_io_executor& loop, const redis_options& options)
{
    tcp::resolver resolver{loop};
    deadline limit{loop};
    limit.arm(options.connect_timeout, [&] { resolver.cancel(); });
    std::string const port = std::to_string(options.port);
    auto [error, found] =
        co_await resolver.async_resolve(options.host, port, tcp::resolver::numeric_service, as_values);
    limit.disarm();
    if (error && error != asio::error::operation_aborted) {
        throw failure_of_connection(fmt::format("the host's name cannot be resolved: {}", error.message()),
                                    "check --redis-host");
    }
    throw_on_failure(error, limit, "resolving the host's name");
    co_return found;
}

task<std::unique_ptr<redis_channel>> open_tcp(asio::any_io_executor loop, const redis_options& options)
{
    auto const addresses = co_await resolve(loop, options);
    tcp::socket socket{loop};
    deadline limit{loop};
    limit.arm(options.connect_timeout, [&] { socket.close(); });
    auto const [error, endpoint] = co_await asio::async_connect(socket, addresses, as_values);
    limit.disarm();
    if (limit.passed()) throw_on_failure(error, limit, "connecting");
    if (error) throw_unconnected(error, options);
    error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    socket.set_option(asio::socket_base::keep_alive{true}, ignored);
    if (!wants_tls(options)) {
        auto plain = std::make_unique<tcp::socket>(std::move(socket));
        co_return std::make_unique<stream_channel<tcp::socket>>(std::move(plain), options.answer_timeout);
    }
    auto secure = co_await agree_on_tls(std::move(socket), options);
    co_return std::make_unique<stream_channel<tls_stream>>(std::move(secure), options.answer_timeout);
}

task<std::unique_ptr<redis_channel>> open_socket(asio::any_io_executor loop, const redis_options& options)
{
    if (options.socket->native().size() >= sizeof(sockaddr_un::sun_path)) {
        throw export_error{exit_status::bad_config, printable(options.socket->native()),
                           "is too long for the path of a socket", "make a link to it with a short path"};
    }
    auto socket = std::make_unique<stream_protocol::socket>(loop);
    stream_protocol::endpoint const endpoint{options.socket->native()};
    auto const [error] = co_await socket->async_connect(endpoint, as_values);
    if (error) throw_unconnected(error, options);
    co_return std::make_unique<stream_channel<stream_protocol::socket>>(std::move(socket),
                                                                        options.answer_timeout);
}

} // namespace

std::string name_of(const redis_options& options)
{
    return "Redis " + printable(address_of(options));
}

task<std::unique_ptr<redis_channel>> open_channel(asio::any_io_executor loop, const redis_options& options)
{
    co_await runtime::throw_if_cancelled();
    if (!options.socket) co_return co_await open_tcp(loop, options);
    if (wants_tls(options)) {
        throw export_error{exit_status::usage, printable(options.socket->native()),
                           "a Unix socket does not speak TLS", "leave out --redis-tls and its likes"};
    }
    co_return co_await open_socket(loop, options);
}

} // namespace pryv_export::source
