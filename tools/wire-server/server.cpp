#include "server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace wire {

namespace {

constexpr std::chrono::milliseconds restart_time{500};
constexpr std::chrono::milliseconds retry_time{50};

void refuse_revoked(asio::ssl::context& context, const std::filesystem::path& list)
{
    X509_STORE* const store = SSL_CTX_get_cert_store(context.native_handle());
    if (X509_STORE_load_locations(store, list.c_str(), nullptr) != 1)
        throw std::runtime_error("not a list of revoked certificates: " + list.string());
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
}

std::optional<asio::ssl::context> tls_context(const options& opt)
{
    if (opt.tls_certificate.empty()) return std::nullopt;
    asio::ssl::context context(asio::ssl::context::tls_server);
    context.use_certificate_chain_file(opt.tls_certificate.string());
    context.use_private_key_file(opt.tls_key.string(), asio::ssl::context::pem);
    if (!opt.tls_ca.empty()) {
        context.load_verify_file(opt.tls_ca.string());
        context.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    }
    if (!opt.tls_crl.empty()) refuse_revoked(context, opt.tls_crl);
    if (opt.tls_old) {
        SSL_CTX_set_max_proto_version(context.native_handle(), TLS1_VERSION);
        SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_VERSION);
        SSL_CTX_set_cipher_list(context.native_handle(), "ALL:@SECLEVEL=0");
    }
    return context;
}

} // namespace

server::server(asio::io_context& io, service& s)
    : io_(io), strand_(asio::make_strand(io)), service_(s), tls_(tls_context(s.opt)),
      endpoint_(asio::ip::address_v4::loopback(), s.opt.port), acceptor_(strand_), closed_(strand_)
{
}

void server::start()
{
    listen();
    endpoint_ = acceptor_.local_endpoint();
    service_.address = fmt::format("127.0.0.1:{}", endpoint_.port());
    accept();
}

void server::listen()
{
    acceptor_.open(endpoint_.protocol());
    tcp::acceptor::reuse_address const reuse(true);
    acceptor_.set_option(reuse);
    acceptor_.bind(endpoint_);
    acceptor_.listen();
}

void server::accept()
{
    acceptor_.async_accept(asio::make_strand(io_), [this](boost::system::error_code error, auto socket) {
        if (!acceptor_.is_open()) return;
        if (!error) accepted(tcp::socket(std::move(socket)));
        accept();
    });
}

void server::accepted(tcp::socket socket)
{
    service_.stats.connection();
    auto executor = socket.get_executor();
    auto* const tls = tls_ ? &*tls_ : nullptr;
    auto made = std::make_shared<connection>(std::move(socket), service_, tls, [this] { restart(); });
    std::erase_if(connections_, [](const auto& c) { return c.expired(); });
    connections_.push_back(made);
    asio::co_spawn(executor, connection::run(std::move(made)), asio::detached);
}

void server::close_all()
{
    for (const auto& c : connections_)
        if (auto const open = c.lock()) open->close();
    connections_.clear();
}

void server::restart()
{
    asio::dispatch(strand_, [this] {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        close_all();
        service_.cursors.clear();
        closed_.expires_after(restart_time);
        auto const open_again = [this](auto self, boost::system::error_code error) -> void {
            if (error) return;
            try {
                listen();
                accept();
            } catch (const boost::system::system_error&) {
                // Somebody took the port meanwhile: until it is free again.
                boost::system::error_code not_open;
                acceptor_.close(not_open);
                closed_.expires_after(retry_time);
                closed_.async_wait([self](boost::system::error_code e) { self(self, e); });
            }
        };
        closed_.async_wait([open_again](boost::system::error_code e) { open_again(open_again, e); });
    });
}

} // namespace wire
