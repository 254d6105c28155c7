#include <sys/un.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/this_coro.hpp>
#include <duotty/core/event.hpp>
#include <duotty/net/any_stream.hpp>
#include <duotty/net/dial.hpp>

namespace duotty::net {
namespace {

using base::Errc;
using base::Error;
using Dialled = base::Result<std::unique_ptr<AnyStream>>;

core::Task<Dialled> resolve_and_connect(std::string host, std::uint16_t port) {
  const auto executor = co_await asio::this_coro::executor;
  const std::string name = host + ":" + std::to_string(port);
  asio::ip::tcp::resolver resolver(executor);
  auto [unresolved, ends] = co_await resolver.async_resolve(host, std::to_string(port), core::as_result);
  if (unresolved) co_return Error{Errc::unreachable, "Cannot resolve " + host + ": " + unresolved.message() + "."};
  asio::ip::tcp::socket socket(executor);
  auto [refused, end] = co_await asio::async_connect(socket, ends, core::as_result);
  if (refused) co_return Error{Errc::unreachable, "Cannot connect to " + name + ": " + refused.message() + "."};
  boost::system::error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  co_return std::make_unique<AnyStream>(AnyStream::socket_type(std::move(socket)));
}

}  // namespace

core::Task<Dialled> dial_unix(std::string path) {
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path))
    co_return Error{Errc::invalid_params, "The socket path \"" + path + "\" must have 1 to 107 bytes.", "socket"};
  const auto executor = co_await asio::this_coro::executor;
  asio::local::stream_protocol::socket socket(executor);
  const asio::local::stream_protocol::endpoint end(path);
  auto [failed] = co_await socket.async_connect(end, core::as_result);
  if (failed) co_return Error{Errc::unreachable, "Cannot connect to " + path + ": " + failed.message() + "."};
  co_return std::make_unique<AnyStream>(AnyStream::socket_type(std::move(socket)));
}

core::Task<Dialled> dial_tcp(std::string host, std::uint16_t port, std::chrono::milliseconds timeout) {
  using asio::experimental::awaitable_operators::operator||;
  auto race = resolve_and_connect(host, port) || core::sleep_for(timeout);
  auto outcome = co_await std::move(race);
  if (outcome.index() == 1)
    co_return Error{Errc::timeout, "No connection to " + host + ":" + std::to_string(port) + " in time."};
  co_return std::move(std::get<0>(outcome));
}

}  // namespace duotty::net
