#include "redis_client.hpp"

#include "redis_channel.hpp"
#include "redis_error.hpp"

#include <utility>

namespace pryv_export::source {

namespace {

constexpr std::size_t input_bytes = 64U << 10;

/// A server may repeat what it was sent: its first word is enough then.
std::string_view without_secret(std::string_view answer, std::string_view secret)
{
    bool const shows = !secret.empty() && answer.find(secret) != answer.npos;
    return shows ? answer.substr(0, answer.find(' ')) : answer;
}

} // namespace

redis_client::redis_client(runtime::asio::any_io_executor loop, redis_options options)
    : loop_{std::move(loop)}, options_{std::move(options)}, input_(input_bytes)
{
}

redis_client::~redis_client() = default;

runtime::task<void> redis_client::connect()
{
    channel_ = co_await open_channel(loop_, options_);
    if (!options_.password.empty()) {
        if (options_.user.empty())
            queue({"AUTH", options_.password});
        else
            queue({"AUTH", options_.user, options_.password});
        co_await flush();
        co_await demand("AUTH");
    }
    if (options_.database != 0) {
        std::string const number = std::to_string(options_.database);
        queue({"SELECT", number});
        co_await flush();
        co_await demand("SELECT");
    }
    queue({"INFO", "cluster"});
    co_await flush();
    redis_values about;
    co_await receive(about);
    // A user without the right to ask is not told; then MOVED will say it.
    if (about.text_of(0).find("cluster_enabled:1") != std::string_view::npos)
        throw failure_of_answer("MOVED: the server is a node of a cluster", "the export");
}

void redis_client::queue(std::initializer_list<std::string_view> words)
{
    append_command(outgoing_, {words.begin(), words.size()});
}

runtime::task<void> redis_client::flush()
{
    if (outgoing_.empty()) co_return;
    co_await channel_->write(outgoing_);
    outgoing_.clear();
}

runtime::task<std::size_t> redis_client::receive(redis_values& out)
{
    std::size_t const index = out.size();
    std::string_view reply;
    for (;;) {
        switch (framing_.next(reply)) {
        case redis_framing::status::reply:
            if (!parser_.parse(reply, out)) throw failure_of_garbage();
            co_return index;
        case redis_framing::status::too_large: out.add(redis_kind::too_large); co_return index;
        case redis_framing::status::garbage: throw failure_of_garbage();
        case redis_framing::status::more: break;
        }
        std::size_t const got = co_await channel_->read(input_);
        framing_.feed({input_.data(), got});
    }
}

runtime::task<void> redis_client::demand(std::string_view command)
{
    redis_values answer;
    co_await receive(answer);
    if (answer.at(0).kind == redis_kind::error)
        throw failure_of_answer(without_secret(answer.text_of(0), options_.password), command);
}

} // namespace pryv_export::source
