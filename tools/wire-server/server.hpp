#pragma once

#include "connection.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace wire {

/// Listens on the loopback, and can be shut for a moment as by a restart.
class server
{
public:
    server(asio::io_context& io, service& s);
    void start();

private:
    void listen();
    void accept();
    void accepted(tcp::socket socket);
    void restart();
    void close_all();

    asio::io_context& io_;
    asio::strand<asio::io_context::executor_type> strand_;
    service& service_;
    std::optional<asio::ssl::context> tls_;
    tcp::endpoint endpoint_;
    tcp::acceptor acceptor_;
    asio::steady_timer closed_;
    std::vector<std::weak_ptr<connection>> connections_;
};

} // namespace wire
