#pragma once
// The coroutine vocabulary: Task<T>, and tokens that turn I/O failures into values.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace duotty::core {

namespace asio = boost::asio;

/// A coroutine that runs on the loop. Parameters are values, or references to things that outlive the Scope it runs in.
template <class T = void>
using Task = asio::awaitable<T>;

/// Completion token: `auto [ec, n] = co_await stream.async_read_some(buffer, as_result);`
inline constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

}  // namespace duotty::core
