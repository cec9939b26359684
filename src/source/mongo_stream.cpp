#include "mongo_stream.hpp"

#include "wire_message.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <new>
#include <string>
#include <sys/un.h>

namespace pryv_export::source {

namespace {

/// None of libmongoc's own types of streams: it casts by them.
constexpr int own_type = 1000;

/// libmongoc's table of functions first, as it knows nothing of what follows.
struct checked_stream
{
    mongoc_stream_t table;
    mongoc_stream_t* base;
    const std::atomic<bool>* stop;
    std::array<std::uint8_t, most_prefix_bytes> prefix;
    std::size_t prefix_read; ///< bytes of it that came; those from prefix_given on wait to be handed out
    std::size_t prefix_size; ///< wire_header_bytes until the header is there
    std::size_t prefix_given;
    std::size_t left;     ///< of the message behind the prefix
    std::size_t unsent;   ///< of the message that is being sent
    std::int32_t request; ///< that the next message answers
};

constexpr std::int32_t most_timeout = INT32_MAX;

constexpr std::int32_t patient_timeout = 3'600'000;
thread_local bool patient = false;

bool is_stopped(const checked_stream& stream)
{
    return stream.stop != nullptr && stream.stop->load(std::memory_order_relaxed);
}

checked_stream& of(mongoc_stream_t* stream)
{
    return *reinterpret_cast<checked_stream*>(stream);
}

/// For a read that takes what is there.
constexpr std::int32_t no_wait = -1;

/// At least one byte, as soon as there is one; waits in pieces, so that a stop is noticed while the server is
/// silent. A timeout of 0 is none.
ssize_t read_some(checked_stream& stream, void* into, std::size_t bytes, std::int32_t timeout)
{
    constexpr std::int32_t piece = 200;
    if (timeout == no_wait) return mongoc_stream_read(stream.base, into, bytes, 0, 0);
    if (patient) timeout = std::max(timeout, patient_timeout);
    for (std::int32_t left = timeout > 0 ? timeout : most_timeout;;) {
        std::int32_t const wait = std::min(left, piece);
        auto const got = mongoc_stream_read(stream.base, into, bytes, 1, wait);
        if (got > 0) return got;
        bool const waited = got < 0 && mongoc_stream_timed_out(stream.base);
        left -= wait;
        if (!waited || left <= 0 || is_stopped(stream)) return got;
    }
}

std::int32_t int32_at(const std::uint8_t* bytes)
{
    std::int32_t value = 0;
    std::memcpy(&value, bytes, sizeof value);
    return value;
}

bool refuse()
{
    errno = EPROTO;
    return false;
}

/// After each read into the prefix: false when the message is not sound.
bool check_prefix(checked_stream& stream)
{
    auto* const bytes = stream.prefix.data();
    if (stream.prefix_read < stream.prefix_size) return true;
    if (stream.prefix_size == wire_header_bytes) {
        stream.prefix_size =
            wire_prefix_bytes(std::span<const std::uint8_t, wire_header_bytes>{bytes, wire_header_bytes});
        if (stream.prefix_size == 0) return refuse();
        if (stream.prefix_read < stream.prefix_size) return true;
    }
    constexpr std::size_t answered = 8;
    bool const sound = wire_problem({bytes, stream.prefix_size}).empty();
    if (!sound || int32_at(bytes + answered) != stream.request) return refuse();
    stream.left = static_cast<std::size_t>(int32_at(bytes)) - stream.prefix_size;
    return true;
}

/// Reads once: into the prefix of a message, which the caller gets only when it is whole and sound, or behind
/// it. -1 for an error or "not now", 0 at the end of the stream.
ssize_t read_once(checked_stream& stream, std::uint8_t* into, std::size_t bytes, std::int32_t timeout)
{
    if (stream.prefix_given == stream.prefix_size && stream.left == 0) {
        stream.prefix_read = stream.prefix_given = 0;
        stream.prefix_size = wire_header_bytes;
    }
    while (stream.prefix_read < stream.prefix_size) {
        auto const got = read_some(stream, stream.prefix.data() + stream.prefix_read,
                                   stream.prefix_size - stream.prefix_read, timeout);
        if (got <= 0) return got;
        stream.prefix_read += static_cast<std::size_t>(got);
        if (!check_prefix(stream)) return -1;
    }
    if (std::size_t const part = std::min(bytes, stream.prefix_size - stream.prefix_given); part > 0) {
        std::memcpy(into, stream.prefix.data() + stream.prefix_given, part);
        stream.prefix_given += part;
        return static_cast<ssize_t>(part);
    }
    auto const got = read_some(stream, into, std::min(bytes, stream.left), timeout);
    if (got > 0) stream.left -= static_cast<std::size_t>(got);
    return got;
}

/// `least` bytes, or more that are there already. Commands wait for all of theirs; the first look at a server
/// takes what there is (least and timeout are 0).
ssize_t read_vector(mongoc_stream_t* stream, mongoc_iovec_t* pieces, std::size_t count, std::size_t least,
                    std::int32_t timeout)
{
    if (least == 0 && timeout == 0) timeout = no_wait;
    std::size_t total = 0;
    for (std::size_t i = 0; i < count; ++i) {
        auto* const into = static_cast<std::uint8_t*>(pieces[i].iov_base);
        for (std::size_t at = 0; at < pieces[i].iov_len;) {
            auto const got = read_once(of(stream), into + at, pieces[i].iov_len - at, timeout);
            bool const enough = total > 0 && total >= least;
            if (got <= 0) return enough ? static_cast<ssize_t>(total) : got;
            at += static_cast<std::size_t>(got);
            total += static_cast<std::size_t>(got);
        }
    }
    return static_cast<ssize_t>(total);
}

/// libmongoc hands over one message at a time, its length and ids first; what was not sent comes again.
ssize_t write_vector(mongoc_stream_t* stream, mongoc_iovec_t* pieces, std::size_t count, std::int32_t timeout)
{
    checked_stream& out = of(stream);
    bool const begins = out.unsent == 0;
    std::size_t size = 0;
    if (begins) {
        std::array<std::uint8_t, 8> start{};
        std::size_t have = 0;
        for (std::size_t i = 0; i < count && have < start.size(); ++i) {
            std::size_t const part = std::min(start.size() - have, pieces[i].iov_len);
            std::memcpy(start.data() + have, pieces[i].iov_base, part);
            have += part;
        }
        size = static_cast<std::size_t>(int32_at(start.data()));
        out.request = int32_at(start.data() + 4);
    }
    auto const sent = mongoc_stream_writev(out.base, pieces, count, timeout);
    if (sent > 0) {
        std::size_t const bytes = static_cast<std::size_t>(sent);
        std::size_t const owed = begins ? size : out.unsent;
        out.unsent = owed - std::min(owed, bytes);
    }
    return sent;
}

void destroy(mongoc_stream_t* stream)
{
    mongoc_stream_destroy(of(stream).base);
    delete &of(stream);
}

void fail(mongoc_stream_t* stream)
{
    mongoc_stream_failed(of(stream).base);
    delete &of(stream);
}

mongoc_stream_t* wrap(mongoc_stream_t* base, const std::atomic<bool>* stop)
{
    auto* const made = new (std::nothrow) checked_stream{};
    if (made == nullptr) {
        mongoc_stream_destroy(base);
        return nullptr;
    }
    made->base = base;
    made->stop = stop;
    auto& table = made->table;
    table.type = own_type;
    table.destroy = destroy;
    table.failed = fail;
    table.close = [](mongoc_stream_t* stream) { return mongoc_stream_close(of(stream).base); };
    table.flush = [](mongoc_stream_t* stream) { return mongoc_stream_flush(of(stream).base); };
    table.writev = write_vector;
    table.readv = read_vector;
    table.setsockopt = [](mongoc_stream_t* stream, int level, int name, void* value, mongoc_socklen_t size) {
        return mongoc_stream_setsockopt(of(stream).base, level, name, value, size);
    };
    table.get_base_stream = [](mongoc_stream_t* stream) { return of(stream).base; };
    table.check_closed = [](mongoc_stream_t* stream) { return mongoc_stream_check_closed(of(stream).base); };
    table.timed_out = [](mongoc_stream_t* stream) { return mongoc_stream_timed_out(of(stream).base); };
    table.should_retry = [](mongoc_stream_t* stream) { return mongoc_stream_should_retry(of(stream).base); };
    return &made->table;
}

void say(bson_error_t* error, std::uint32_t code, const char* what, const char* where)
{
    bson_set_error(error, MONGOC_ERROR_STREAM, code, "%s '%s'", what, where);
}

std::int64_t deadline(const mongoc_uri_t* uri)
{
    auto const timeout = mongoc_uri_get_option_as_int32(uri, MONGOC_URI_CONNECTTIMEOUTMS, 10'000);
    return bson_get_monotonic_time() + std::int64_t{timeout} * 1000;
}

mongoc_socket_t* connect_to(const sockaddr* address, socklen_t size, int family, int protocol,
                            std::int64_t until)
{
    auto* const socket = mongoc_socket_new(family, SOCK_STREAM, protocol);
    if (socket == nullptr) return nullptr;
    int const on = 1;
    mongoc_socket_setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    // A host that is gone is noticed in three minutes, whatever a command may take.
    int const idle_seconds = 60;
    int const probe_seconds = 15;
    int const probes = 8;
    mongoc_socket_setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds);
    mongoc_socket_setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &probe_seconds, sizeof probe_seconds);
    mongoc_socket_setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    if (mongoc_socket_connect(socket, address, size, until) == 0) return socket;
    int const cause = mongoc_socket_errno(socket);
    mongoc_socket_destroy(socket);
    errno = cause;
    return nullptr;
}

mongoc_socket_t* connect_local(const mongoc_host_list_t* host, std::int64_t until)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string_view const path{host->host};
    if (path.size() >= sizeof address.sun_path) return nullptr;
    std::copy(path.begin(), path.end(), address.sun_path);
    return connect_to(reinterpret_cast<const sockaddr*>(&address), sizeof address, AF_UNIX, 0, until);
}

mongoc_socket_t* connect_host(const mongoc_host_list_t* host, std::int64_t until, bson_error_t* error)
{
    addrinfo wanted{};
    wanted.ai_family = host->family;
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host->host, std::to_string(host->port).c_str(), &wanted, &found) != 0) {
        say(error, MONGOC_ERROR_STREAM_NAME_RESOLUTION, "Failed to resolve", host->host);
        return nullptr;
    }
    std::unique_ptr<addrinfo, void (*)(addrinfo*)> const addresses{found, ::freeaddrinfo};
    for (const addrinfo* each = addresses.get(); each != nullptr; each = each->ai_next) {
        if (auto* const socket =
                connect_to(each->ai_addr, each->ai_addrlen, each->ai_family, each->ai_protocol, until))
            return socket;
    }
    say(error, MONGOC_ERROR_STREAM_CONNECT,
        errno == ECONNREFUSED ? "connection refused by" : "cannot connect to", host->host_and_port);
    return nullptr;
}

/// The stream with TLS around it; null, with the stream gone, when that fails.
mongoc_stream_t* with_tls(mongoc_stream_t* plain, const mongoc_uri_t* uri, const mongoc_host_list_t* host,
                          bson_error_t* error)
{
    auto const file = [uri](const char* option) {
        return mongoc_uri_get_option_as_utf8(uri, option, nullptr);
    };
    auto const flag = [uri](const char* option) { return mongoc_uri_get_option_as_bool(uri, option, false); };
    mongoc_ssl_opt_t options = *mongoc_ssl_opt_get_default();
    options.ca_file = file(MONGOC_URI_TLSCAFILE);
    options.pem_file = file(MONGOC_URI_TLSCERTIFICATEKEYFILE);
    options.pem_pwd = file(MONGOC_URI_TLSCERTIFICATEKEYFILEPASSWORD);
    bool const insecure = flag(MONGOC_URI_TLSINSECURE);
    options.weak_cert_validation = insecure || flag(MONGOC_URI_TLSALLOWINVALIDCERTIFICATES);
    options.allow_invalid_hostname = insecure || flag(MONGOC_URI_TLSALLOWINVALIDHOSTNAMES);
    auto* const tls = mongoc_stream_tls_new_with_hostname(plain, host->host, &options, 1);
    if (tls == nullptr) {
        mongoc_stream_destroy(plain);
        say(error, MONGOC_ERROR_STREAM_SOCKET, "TLS cannot be set up for", host->host_and_port);
        return nullptr;
    }
    auto const timeout = mongoc_uri_get_option_as_int32(uri, MONGOC_URI_CONNECTTIMEOUTMS, 10'000);
    if (mongoc_stream_tls_handshake_block(tls, host->host, timeout, error)) return tls;
    mongoc_stream_destroy(tls);
    return nullptr;
}

} // namespace

patient_commands::patient_commands()
{
    patient = true;
}

patient_commands::~patient_commands()
{
    patient = false;
}

mongoc_stream_t* open_checked_stream(const mongoc_uri_t* uri, const mongoc_host_list_t* host, void* stop,
                                     bson_error_t* error)
{
    auto const until = deadline(uri);
    auto* const socket =
        host->family == AF_UNIX ? connect_local(host, until) : connect_host(host, until, error);
    if (socket == nullptr) {
        if (error->code == 0)
            say(error, MONGOC_ERROR_STREAM_CONNECT, "cannot connect to", host->host_and_port);
        return nullptr;
    }
    auto* stream = mongoc_stream_socket_new(socket);
    if (mongoc_uri_get_tls(uri)) stream = with_tls(stream, uri, host, error);
    return stream == nullptr ? nullptr : wrap(stream, static_cast<const std::atomic<bool>*>(stop));
}

} // namespace pryv_export::source
