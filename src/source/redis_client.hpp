#pragma once

#include "pryv_export/runtime/task.hpp"
#include "pryv_export/source/redis_options.hpp"
#include "pryv_export/source/redis_values.hpp"

#include "redis_framing.hpp"
#include "redis_parser.hpp"

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pryv_export::source {

class redis_channel;

/// One connection: commands are queued, sent together, and answered in their order. On the loop's thread, one
/// coroutine at a time. Waits throw redis_failure, and system_error{operation_aborted} when cancelled; the
/// connection is of no more use then.
class redis_client
{
public:
    redis_client(runtime::asio::any_io_executor loop, redis_options options);
    ~redis_client();
    redis_client(const redis_client&) = delete;
    redis_client& operator=(const redis_client&) = delete;

    /// Connects, logs in, selects the database, and makes sure that the server holds all of it (no cluster).
    runtime::task<void> connect();

    void queue(std::initializer_list<std::string_view> words);
    /// Bytes of the commands that are queued.
    std::size_t queued_bytes() const noexcept { return outgoing_.size(); }
    /// Sends what is queued. Keep it below 64 KiB, so that it fits into the sockets' buffers while the server
    /// answers.
    runtime::task<void> flush();
    /// Appends the next answer to `out`; its first value has the index that is returned. An error answer is a
    /// value too.
    runtime::task<std::size_t> receive(redis_values& out);

private:
    runtime::task<void> demand(std::string_view command);

    runtime::asio::any_io_executor loop_;
    redis_options options_;
    std::unique_ptr<redis_channel> channel_;
    redis_framing framing_;
    redis_parser parser_;
    std::string outgoing_;
    std::vector<char> input_;
};

} // namespace pryv_export::source
