#include "connection.hpp"

#include "command_error.hpp"
#include "commands.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace wire {

namespace {

constexpr std::size_t input_size = 64 << 10;
/// Stays in the second-level cache while it is filled and sent.
constexpr std::size_t output_size = 256 << 10;

/// Asio alone hands over 64 KiB at a time.
std::size_t write_all(const boost::system::error_code& error, std::size_t /*so_far*/)
{
    return error ? 0 : output_size;
}

} // namespace

connection::connection(tcp::socket socket, service& s, asio::ssl::context* tls, std::function<void()> restart)
    : socket_(std::move(socket)), service_(s), restart_(std::move(restart)), input_(input_size),
      output_(output_size)
{
    client_.number = ++s.connections;
    if (tls != nullptr) tls_.emplace(socket_, *tls);
}

asio::awaitable<void> connection::run(std::shared_ptr<connection> self)
{
    try {
        co_await self->serve();
    } catch (const boost::system::system_error&) {
        // The client went away, or close() was called.
    } catch (const protocol_error& e) {
        std::fprintf(stderr, "wire-server: connection %d closed: %s\n", self->client_.number, e.what());
    }
    boost::system::error_code ignored;
    self->socket_.close(ignored);
}

void connection::close()
{
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
        boost::system::error_code ignored;
        self->socket_.close(ignored);
    });
}

void connection::reset()
{
    boost::system::error_code ignored;
    asio::socket_base::linger const at_once(true, 0);
    socket_.set_option(at_once, ignored);
    socket_.close(ignored);
}

asio::awaitable<void> connection::serve()
{
    tcp::no_delay const no_delay(true);
    socket_.set_option(no_delay);
    if (tls_) co_await tls_->async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
    for (;;) {
        auto message = co_await read_message();
        request const r = parse_message(std::move(message));
        bool const more = co_await answer(r);
        if (!more) co_return;
    }
}

asio::awaitable<void> connection::have(std::size_t wanted)
{
    if (input_end_ - input_begin_ >= wanted) co_return;
    std::memmove(input_.data(), input_.data() + input_begin_, input_end_ - input_begin_);
    input_end_ -= std::exchange(input_begin_, 0);
    if (input_.size() < wanted) input_.resize(wanted);
    while (input_end_ < wanted) {
        auto const room = asio::buffer(input_.data() + input_end_, input_.size() - input_end_);
        std::size_t n = 0;
        if (tls_)
            n = co_await tls_->async_read_some(room, asio::use_awaitable);
        else
            n = co_await socket_.async_read_some(room, asio::use_awaitable);
        input_end_ += n;
    }
}

asio::awaitable<std::shared_ptr<const bytes>> connection::read_message()
{
    co_await have(header_size);
    bson_bytes const start{input_.data() + input_begin_, header_size};
    auto const length = static_cast<std::size_t>(parse_header(start).length);
    co_await have(length);
    auto const* const begin = input_.data() + input_begin_;
    auto message = std::make_shared<const bytes>(begin, begin + length);
    input_begin_ += length;
    co_return message;
}

asio::awaitable<void> connection::write(std::span<const std::uint8_t> data)
{
    auto const buffer = asio::buffer(data.data(), data.size());
    if (tls_)
        co_await asio::async_write(*tls_, buffer, write_all, asio::use_awaitable);
    else
        co_await asio::async_write(socket_, buffer, write_all, asio::use_awaitable);
}

asio::awaitable<void> connection::pause(std::int64_t milliseconds)
{
    asio::steady_timer timer(socket_.get_executor());
    std::chrono::milliseconds const time(milliseconds);
    timer.expires_after(time);
    co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> connection::ignore_client()
{
    for (;;) {
        input_begin_ = input_end_ = 0;
        co_await have(1);
    }
}

void connection::spoil(reply& made, const fault& f)
{
    switch (f.what) {
    case action::kill_cursor: service_.cursors.kill(made.cursor); break;
    case action::bad_document: spoil_document(made); break;
    case action::miscount: miscount(made); break;
    case action::deep: insert_deep(made, static_cast<std::size_t>(f.value)); break;
    default: break;
    }
}

asio::awaitable<bool> connection::answer(const request& r)
{
    service_.stats.command(r.command);
    auto const f = service_.faults.strike(r.command);
    reply made;
    if (f) {
        switch (f->what) {
        case action::drop: co_return false;
        case action::reset: reset(); co_return false;
        case action::refuse:
            // The restart closes this connection with all others, once nobody can connect any more.
            restart_();
            co_await ignore_client();
            co_return false;
        case action::silent: co_await ignore_client(); co_return false;
        case action::delay: co_await pause(f->value); break;
        case action::rename: service_.renamed.add(r.target()); break;
        default: break;
        }
    }
    if (f && f->what == action::error) {
        if (f->value == codes::cursor_not_found && r.command == "getMore")
            service_.cursors.kill(integer(r.get("getMore"), 0));
        made = error_reply(service_, static_cast<int>(f->value), "a fault on order", f->name);
    } else {
        made = run_command(service_, client_, r);
        if (f) spoil(made, *f);
    }
    if (!r.wants_reply) co_return true;
    bool const more = co_await send(r, made, f);
    co_return more;
}

asio::awaitable<bool> connection::send(const request& r, const reply& made, const std::optional<fault>& f)
{
    header_change change;
    action const what = f ? f->what : action::delay;
    if (what == action::length) change.length = static_cast<std::int32_t>(f->value);
    change.wrong_response_to = what == action::response_to;
    reply_encoder encoder(made, r.header, ++last_id_, change);

    std::size_t left = encoder.total();
    if (what == action::cut) left = std::min(left, static_cast<std::size_t>(f->value));
    std::size_t piece = output_.size();
    constexpr std::size_t steps_per_second = 20;
    if (what == action::slow)
        piece = std::clamp<std::size_t>(static_cast<std::size_t>(f->value) / steps_per_second, 1, piece);
    bool at_header = true;
    std::size_t sent = 0;
    while (left > 0) {
        std::span<std::uint8_t> const room{output_.data(), std::min(left, piece)};
        std::span<std::uint8_t> const filled = room.first(encoder.fill(room));
        if (what == action::garbage) noise_.fill(at_header ? filled.subspan(header_size) : filled);
        at_header = false;
        co_await write(filled);
        left -= filled.size();
        sent += filled.size();
        if (what == action::slow && left > 0) {
            auto const rate = std::max<std::int64_t>(f->value, 1);
            co_await pause(static_cast<std::int64_t>(filled.size()) * 1000 / rate);
        }
    }
    service_.stats.sent(sent, made.batch.size());
    co_return what != action::cut;
}

} // namespace wire
