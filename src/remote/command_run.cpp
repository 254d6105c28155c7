#include "command_run.hpp"

#include <sys/socket.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <duotty/base/text.hpp>

namespace duotty::remote {
namespace {

namespace asio = core::asio;
using namespace asio::experimental::awaitable_operators;
using asio::posix::descriptor_base;
using core::Task;

constexpr std::size_t kMostOutput = std::size_t{8} << 20;  ///< of each
constexpr std::size_t kPiece = 64 * 1024;
constexpr std::chrono::milliseconds kGrace{1000};

}  // namespace

CommandRun::CommandRun(asio::any_io_executor executor, std::unique_ptr<Stream> stream, std::string input,
                       Output on_output)
    : stream_(std::move(stream)),
      input_(std::move(input)),
      on_output_(std::move(on_output)),
      data_(executor, stream_->data.release()),
      errors_(executor),
      out_(kMostOutput),
      err_(kMostOutput) {
  if (stream_->errors) errors_.assign(stream_->errors.release());
}

Task<std::optional<base::Result<Ended>>> CommandRun::run(core::Event::time_point deadline) {
  asio::steady_timer timer(co_await asio::this_coro::executor, deadline);
  auto first = co_await (to_end() || timer.async_wait(core::as_result));
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  stream_->signal("TERM");
  // A program that says something at its end would die of the closed pipe before it has tidied up.
  timer.expires_after(kGrace);
  co_await (to_end() || timer.async_wait(core::as_result));
  co_return std::nullopt;
}

Task<base::Result<Ended>> CommandRun::to_end() {
  if (errors_.is_open()) {
    co_await (feed() && drain(data_, out_, "stdout") && drain(errors_, err_, "stderr"));
  } else {
    co_await (feed() && drain(data_, out_, "stdout"));
  }
  co_return co_await stream_->ended();
}

Task<> CommandRun::feed() {
  while (fed_ < input_.size()) {
    const auto count =
        ::send(data_.native_handle(), input_.data() + fed_, input_.size() - fed_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      fed_ += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      auto [error] = co_await data_.async_wait(descriptor_base::wait_write, core::as_result);
      if (error) co_return;
    } else if (errno != EINTR) {
      co_return;  // it ended without reading all
    }
  }
  ::shutdown(data_.native_handle(), SHUT_WR);
}

Task<> CommandRun::drain(asio::posix::stream_descriptor& from, Capture& to, const char* name) {
  std::string piece(kPiece, '\0');
  std::string pending;
  for (;;) {
    const auto count = ::recv(from.native_handle(), piece.data(), piece.size(), MSG_DONTWAIT);
    if (count > 0) {
      const std::string_view bytes(piece.data(), static_cast<std::size_t>(count));
      to.add(bytes);
      if (on_output_) pending += bytes;
      show(name, pending, false);
    } else if (count < 0 && errno == EAGAIN) {
      auto [error] = co_await from.async_wait(descriptor_base::wait_read, core::as_result);
      if (error) co_return;
    } else if (count == 0 || errno != EINTR) {
      co_return show(name, pending, true);
    }
  }
}

void CommandRun::show(const char* name, std::string& pending, bool last) {
  if (!on_output_) return;
  const std::size_t held = last ? 0 : base::incomplete_utf8_tail(pending);
  std::string text = pending.substr(0, pending.size() - held);
  pending.erase(0, pending.size() - held);
  if (!text.empty()) on_output_(name, std::move(text), out_.total() + err_.total());
}

}  // namespace duotty::remote
