#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace pryv_export::runtime {

namespace asio = boost::asio;

/// A coroutine on the loop's thread. Lazily started; whoever awaits it owns it.
template <class T = void>
using task = asio::awaitable<T>;

} // namespace pryv_export::runtime
