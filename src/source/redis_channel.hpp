#pragma once

#include "pryv_export/runtime/task.hpp"
#include "pryv_export/source/redis_options.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace pryv_export::source {

/// Bytes to and from a server, over TCP, TLS or a Unix socket. On the loop's thread, one coroutine at a time.
class redis_channel
{
public:
    virtual ~redis_channel() = default;

    /// Throw redis_failure when the connection ends or stays silent for answer_timeout,
    /// system_error{operation_aborted} when cancelled.
    virtual runtime::task<void> write(std::string_view bytes) = 0;
    /// At least one byte.
    virtual runtime::task<std::size_t> read(std::span<char> into) = 0;
};

/// Resolves, connects and, when asked for, agrees on TLS with a checked certificate. Throws redis_failure
/// that says which of these failed, and export_error{bad_config} for certificate files that cannot be read.
/// `options` outlives the call.
runtime::task<std::unique_ptr<redis_channel>> open_channel(runtime::asio::any_io_executor loop,
                                                           const redis_options& options);

} // namespace pryv_export::source
