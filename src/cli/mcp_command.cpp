#include "mcp_command.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <duotty/base/text.hpp>
#include <duotty/base/unique_fd.hpp>

#include "client.hpp"

extern char** environ;

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Socket = std::unique_ptr<ws::Socket>;

constexpr const char* kTarget = "/ws/mcp";
constexpr std::size_t kMaxMessage = 64 * 1024 * 1024;
constexpr std::size_t kMaxLine = 8 * 1024 * 1024;
constexpr auto kBetweenTries = 200ms;
constexpr auto kStartTime = 15s;      ///< of a server that was started for this client
constexpr auto kRestartTime = 60s;    ///< how long a server may be away
constexpr auto kAfterInput = 1500ms;  ///< how long answers are waited for when the client has closed its end

/// Starts `duotty serve` apart from this process: it stays when the client leaves.
base::Result<> start_server(const Context& context) {
  std::vector<std::string> words = {"duotty", "serve"};
  if (!context.globals.home.empty()) {
    words.emplace_back("--home");
    words.push_back(context.globals.home);
  }
  std::vector<char*> args;
  args.reserve(words.size() + 1);
  for (auto& word : words) args.push_back(word.data());
  args.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  pid_t child = 0;
  const int failure = ::posix_spawn(&child, "/proc/self/exe", &files, &attributes, args.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (failure != 0) {
    return Error(Errc::spawn_failed, std::string("Cannot start a server: ") + std::strerror(failure) + ".");
  }
  return {};
}

/// Lines of standard input. A pipe or terminal is read as the loop goes; a file at once.
class Input {
 public:
  explicit Input(core::asio::any_io_executor executor) : descriptor_(executor) {}
  ~Input() {
    // The descriptor is shared with whoever gave it to us.
    if (flags_ >= 0) ::fcntl(STDIN_FILENO, F_SETFL, flags_);
  }

  base::Result<> open(const Context& context) {
    flags_ = ::fcntl(STDIN_FILENO, F_GETFL);
    base::UniqueFd copy(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    boost::system::error_code ec;
    descriptor_.assign(copy.get(), ec);
    if (!ec) {
      static_cast<void>(copy.release());
      return {};
    }
    auto all = context.read_input();
    if (!all) return all.error();
    text_ = std::move(*all);
    ended_ = true;
    return {};
  }

  /// The next line that is not empty; nothing at the end.
  Task<std::optional<std::string>> next() {
    while (true) {
      const auto newline = text_.find('\n', looked_);
      if (newline != std::string::npos || (ended_ && !text_.empty())) {
        std::string line = text_.substr(0, newline);
        text_.erase(0, newline == std::string::npos ? newline : newline + 1);
        looked_ = 0;
        if (!base::trim(line).empty()) co_return std::string(base::trim(line));
        continue;
      }
      looked_ = text_.size();
      if (ended_ || text_.size() > kMaxLine) co_return std::nullopt;
      auto [ec, got] = co_await descriptor_.async_read_some(core::asio::buffer(buffer_), core::as_result);
      text_.append(buffer_.data(), got);
      if (ec == core::asio::error::operation_aborted) throw boost::system::system_error(ec);
      if (ec) ended_ = true;
    }
  }

 private:
  core::asio::posix::stream_descriptor descriptor_;
  std::array<char, 64 * 1024> buffer_{};
  std::string text_;
  std::size_t looked_ = 0;
  bool ended_ = false;
  int flags_ = -1;
};

class Bridge {
 public:
  Bridge(Context& context, core::asio::any_io_executor executor, std::string target)
      : context_(context), target_(std::move(target)), changed_(executor) {}

  Task<int> run(Socket socket, Input& input) {
    using namespace core::asio::experimental::awaitable_operators;
    socket_ = std::move(socket);
    auto race = from_client(input) || from_server();
    auto outcome = co_await std::move(race);
    if (outcome.index() == 1) co_return context_.fail(std::get<1>(outcome));
    if (socket_) co_await socket_->close(ws::CloseCode::normal);
    co_return exit_status::ok;
  }

 private:
  Task<> from_client(Input& input) {
    while (auto line = co_await input.next()) {
      memory_.sent(*line);
      if (socket_) {
        auto sent = co_await socket_->send_text(std::move(*line));
        static_cast<void>(sent);  // the other side of the bridge notices
      } else {
        waiting_.push_back(std::move(*line));
      }
    }
    const auto deadline = Clock::now() + kAfterInput;
    while (!memory_.idle()) {
      const bool more = co_await changed_.wait_until(deadline);
      if (!more) break;
    }
  }

  /// Ends with the reason why there is no server any more.
  Task<Error> from_server() {
    while (true) {
      auto message = co_await socket_->receive();
      if (message) {
        if (memory_.received(message->bytes)) context_.console.out_line(message->bytes);
        changed_.notify();
        continue;
      }
      const bool refused = socket_->close_code() == 4401 || socket_->close_code() == 4403;
      if (refused) co_return Error(Errc::unauthenticated, "The server does not know this user or token any more.");
      for (const auto& answer : memory_.lost()) context_.console.out_line(answer);
      auto back = co_await come_back();
      if (!back) co_return back.error();
    }
  }

  Task<base::Result<>> come_back() {
    socket_.reset();
    auto lines = memory_.again();
    const auto deadline = Clock::now() + kRestartTime;
    while (true) {
      auto socket = co_await open_socket(context_.endpoint, target_, kMaxMessage);
      if (socket) {
        socket_ = std::move(*socket);
        break;
      }
      if (Clock::now() >= deadline) co_return socket.error();
      co_await core::sleep_for(kBetweenTries);
    }
    lines.insert(lines.end(), waiting_.begin(), waiting_.end());
    waiting_.clear();
    for (auto& line : lines) {
      auto sent = co_await socket_->send_text(std::move(line));
      if (!sent) break;
    }
    co_return base::Result<>();
  }

  Context& context_;
  std::string target_;
  Socket socket_;
  McpMemory memory_;
  std::deque<std::string> waiting_;
  core::Event changed_;
};

Task<base::Result<Socket>> first_connection(Context& context, bool start, std::string target) {
  auto socket = co_await open_socket(context.endpoint, target, kMaxMessage);
  if (socket || !start || !context.endpoint.local()) co_return std::move(socket);
  auto started = start_server(context);
  if (!started) co_return started.error();
  const auto deadline = Clock::now() + kStartTime;
  while (true) {
    co_await core::sleep_for(kBetweenTries);
    socket = co_await open_socket(context.endpoint, target, kMaxMessage);
    if (socket || Clock::now() >= deadline) break;
  }
  if (!socket) {
    co_return Error(Errc::unreachable, "A server was started but does not answer. To see why: duotty serve");
  }
  co_return std::move(socket);
}

}  // namespace

Task<int> mcp_command(Context& context, McpOptions options) {
  const std::string target = options.tools.empty() ? kTarget : std::string(kTarget) + "?tools=" + options.tools;
  auto socket = co_await first_connection(context, options.start, target);
  if (!socket) co_return context.fail(socket.error());
  const auto executor = co_await core::asio::this_coro::executor;
  Input input(executor);
  auto opened = input.open(context);
  if (!opened) co_return context.fail(opened.error());
  Bridge bridge(context, executor, target);
  co_return co_await bridge.run(std::move(*socket), input);
}

}  // namespace duotty::cli
