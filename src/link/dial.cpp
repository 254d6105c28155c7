// The way to the host.
#include <fcntl.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>

#include "dial.hpp"

namespace duotty::link {
namespace {

namespace asio = core::asio;
using asio::experimental::awaitable_operators::operator||;
using asio::ip::tcp;
using core::Task;
using Clock = std::chrono::steady_clock;

/// The part of the time that one of several addresses has before the next is tried.
constexpr int kShare = 6;

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
  std::vector<tcp::endpoint> all;
  for (const auto& address : addresses) all.push_back(address.endpoint());
  co_return co_await dial_any(std::move(all), plan, stream);
}

Task<std::optional<Failed>> dial_any(std::vector<tcp::endpoint> addresses, const Connect& plan,
                                     base::UniqueFd& stream) {
  const auto executor = co_await asio::this_coro::executor;
  const std::chrono::milliseconds patience(plan.step_ms);
  asio::steady_timer timer(executor);
  const auto deadline = Clock::now() + patience;
  // One that is silent must not use up the time of the others: each gets a moment, and those that have said nothing
  // the rest.
  boost::system::error_code last = asio::error::host_not_found;
  bool silent = false;
  for (auto moment = addresses.size() > 1 ? patience / kShare : patience; !addresses.empty(); moment = patience) {
    std::vector<tcp::endpoint> again;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      const auto rest = deadline - Clock::now();
      timer.expires_after(std::min<Clock::duration>(moment, rest / static_cast<int>(addresses.size() - i)));
      tcp::socket socket(executor);
      auto tried = co_await (socket.async_connect(addresses[i], core::as_result) || timer.async_wait(core::as_result));
      silent = tried.index() == 1;
      if (silent) {
        again.push_back(addresses[i]);
        continue;
      }
      last = std::get<0>(std::get<0>(tried));
      if (last) continue;
      boost::system::error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      socket.set_option(asio::socket_base::keep_alive(true), ignored);
      stream.reset(socket.release(ignored));
      ::fcntl(stream.get(), F_SETFD, FD_CLOEXEC);
      co_return std::nullopt;
    }
    if (Clock::now() >= deadline) break;
    addresses = std::move(again);
  }
  if (silent) co_return late(Step::connect, plan);
  co_return Failed{Step::connect, Reason::unreachable,
                   plan.host + " port " + std::to_string(plan.port) + " cannot be reached: " + last.message() + "."};
}

}  // namespace duotty::link
