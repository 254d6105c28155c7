// The way to the host.
#include <fcntl.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "dial.hpp"

namespace duotty::link {
namespace {

namespace asio = core::asio;
using asio::experimental::awaitable_operators::operator||;
using asio::ip::tcp;
using core::Task;

Failed late(Step step, const Connect& plan) {
  return {step, Reason::timeout,
          step == Step::resolve ? "The name " + plan.host + " could not be looked up in time."
                                : plan.host + " port " + std::to_string(plan.port) + " did not answer in time."};
}

}  // namespace

Task<std::optional<Failed>> dial(const Connect& plan, base::UniqueFd& stream) {
  const auto executor = co_await asio::this_coro::executor;
  const std::chrono::milliseconds patience(plan.step_ms);
  asio::steady_timer timer(executor, patience);
  tcp::resolver resolver(executor);
  const std::string port = std::to_string(plan.port);
  auto found = co_await (resolver.async_resolve(plan.host, port, tcp::resolver::numeric_service, core::as_result) ||
                         timer.async_wait(core::as_result));
  if (found.index() == 1) co_return late(Step::resolve, plan);
  auto& [error, addresses] = std::get<0>(found);
  if (error) {
    co_return Failed{Step::resolve, Reason::unreachable,
                     "The name " + plan.host + " is not known: " + error.message() + "."};
  }
  timer.expires_after(patience);
  boost::system::error_code last = asio::error::host_not_found;
  for (const auto& address : addresses) {
    tcp::socket socket(executor);
    auto tried =
        co_await (socket.async_connect(address.endpoint(), core::as_result) || timer.async_wait(core::as_result));
    if (tried.index() == 1) co_return late(Step::connect, plan);
    last = std::get<0>(std::get<0>(tried));
    if (last) continue;
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    stream.reset(socket.release(ignored));
    ::fcntl(stream.get(), F_SETFD, FD_CLOEXEC);
    co_return std::nullopt;
  }
  co_return Failed{Step::connect, Reason::unreachable,
                   plan.host + " port " + port + " cannot be reached: " + last.message() + "."};
}

}  // namespace duotty::link
