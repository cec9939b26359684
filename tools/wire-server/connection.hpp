#pragma once

#include "message.hpp"
#include "reply.hpp"
#include "service.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <span>

namespace wire {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

/// One client: reads a command, answers it, and so on. Lives on the executor of its socket.
class connection : public std::enable_shared_from_this<connection>
{
public:
    /// `tls` may be null; `restart` is called for the fault refuse.
    connection(tcp::socket socket, service& s, asio::ssl::context* tls, std::function<void()> restart);

    /// Runs until the client or a fault ends it.
    static asio::awaitable<void> run(std::shared_ptr<connection> self);
    /// From any thread.
    void close();

private:
    asio::awaitable<void> serve();
    /// The next whole message. Throws system_error at the end of the stream.
    asio::awaitable<std::shared_ptr<const bytes>> read_message();
    /// Waits until so many bytes of input are there.
    asio::awaitable<void> have(std::size_t wanted);
    /// False: the connection is over.
    asio::awaitable<bool> answer(const request& r);
    asio::awaitable<bool> send(const request& r, const reply& made, const std::optional<fault>& f);
    asio::awaitable<void> write(std::span<const std::uint8_t> data);
    asio::awaitable<void> pause(std::int64_t milliseconds);
    asio::awaitable<void> ignore_client();

    void spoil(reply& made, const fault& f);
    void reset();

    tcp::socket socket_;
    std::optional<asio::ssl::stream<tcp::socket&>> tls_;
    service& service_;
    std::function<void()> restart_;
    client client_;
    bytes input_;
    std::size_t input_begin_ = 0;
    std::size_t input_end_ = 0;
    bytes output_;
    std::int32_t last_id_ = 0;
    noise noise_;
};

} // namespace wire
