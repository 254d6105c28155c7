#include "shells.hpp"

#include <sys/socket.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <duotty/base/embedded.hpp>
#include <duotty/base/plain_text.hpp>
#include <duotty/base/random.hpp>
#include <duotty/base/text.hpp>
#include <duotty/base/utc_time.hpp>
#include <duotty/files/paths.hpp>
#include <span>

extern "C" {
extern const duotty::base::EmbeddedFile duotty_host_scripts_table[];
extern const unsigned long duotty_host_scripts_count;
}

namespace duotty::files {
namespace {

namespace asio = core::asio;
using asio::experimental::awaitable_operators::operator||;
using asio::posix::descriptor_base;
using base::Errc;
using base::Error;
using Clock = std::chrono::steady_clock;

/// Every shell has it, and exec lets go of the account's own.
constexpr const char* kCommand = "exec /bin/sh";
/// Shells that answer requests at the same time. A host has places for ten sessions if nothing is said.
constexpr std::size_t kMostShells = 3;
constexpr std::chrono::seconds kGreeting{20};
/// Without a byte of a file that is read or written.
constexpr std::chrono::minutes kSilence{5};
/// Listings are the longest.
constexpr std::size_t kMostAnswer = std::size_t{64} << 20;
/// What start-up files may say before a shell is there.
constexpr std::size_t kMostNoise = std::size_t{1} << 20;
constexpr std::size_t kAtOnce = std::size_t{128} << 10;
/// Of what something that is no shell has said.
constexpr std::size_t kMostShown = 200;
/// "\n", the nonce, "-000\n"
constexpr std::size_t kNonce = 32;
constexpr std::size_t kEnd = kNonce + 6;

Error gone() {
  return {Errc::unreachable, "The connection to the host has ended. Connect again."};
}
/// Something else than a shell: what it said, if it did.
Error no_shell(const Error& why, std::string_view said) {
  const std::string line = base::clean_line(base::trim(said), kMostShown);
  if (why.code() != Errc::unreachable || line.empty()) return why;
  return {Errc::unreachable, "It runs none, and said: " + line};
}
Error silent() {
  return {Errc::timeout, "The host did not answer in time. Try again, or check the connection."};
}

/// host/files.sh without its comments.
std::string script() {
  std::string out;
  for (const auto& file : std::span(duotty_host_scripts_table, duotty_host_scripts_count)) {
    if (std::string_view(file.path) != "files.sh") continue;
    for (const std::string_view line : base::split(file.bytes(), '\n')) {
      if (line.empty() || base::trim(line).starts_with('#')) continue;
      out.append(line) += '\n';
    }
  }
  return out;
}

std::string framed(const std::string& request) {
  return "b\n" + request + " </dev/null\ne $?\n";
}

}  // namespace

std::int64_t now_s() {
  return static_cast<std::int64_t>(base::wall_seconds());
}

Shell::Shell(const asio::any_io_executor& executor, ShellChannel channel, std::string nonce)
    : socket_(executor, channel.data.release()), hold_(std::move(channel.hold)), nonce_(std::move(nonce)) {}

Task<Result<>> Shell::ready(descriptor_base::wait_type what, time_point deadline) {
  if (Clock::now() >= deadline) co_return silent();
  asio::steady_timer timer(socket_.get_executor(), deadline);
  auto first = co_await (socket_.async_wait(what, core::as_result) || timer.async_wait(core::as_result));
  if (first.index() == 1) co_return silent();
  co_return Result<>();
}

Task<Result<>> Shell::send(std::string bytes) {
  const auto deadline = [] { return Clock::now() + kSilence; };
  auto until = deadline();
  for (std::string_view rest = bytes; !rest.empty();) {
    const auto count = ::send(socket_.native_handle(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      rest.remove_prefix(static_cast<std::size_t>(count));
      until = deadline();
    } else if (errno == EAGAIN) {
      auto waited = co_await ready(descriptor_base::wait_write, until);
      if (!waited) co_return waited;
    } else if (errno != EINTR) {
      co_return gone();
    }
  }
  co_return Result<>();
}

void Shell::end_input() {
  ::shutdown(socket_.native_handle(), SHUT_WR);
}

/// Takes what has come, or waits for it; false at the end.
Task<Result<bool>> Shell::more(time_point deadline) {
  while (!ended_) {
    const std::size_t had = arrived_.size();
    arrived_.resize(had + kAtOnce);
    const auto count = ::recv(socket_.native_handle(), arrived_.data() + had, kAtOnce, MSG_DONTWAIT);
    const int failed = errno;
    arrived_.resize(had + (count > 0 ? static_cast<std::size_t>(count) : 0));
    if (count > 0) co_return true;
    if (count < 0 && failed == EINTR) continue;
    if (count == 0 || failed != EAGAIN) {
      ended_ = true;
      break;
    }
    auto waited = co_await ready(descriptor_base::wait_read, deadline);
    if (!waited) co_return waited.error();
  }
  co_return false;
}

Task<Result<>> Shell::skip_to_begin(time_point deadline) {
  const std::string mark = nonce_ + '+';
  for (std::size_t looked = 0;;) {
    const auto at = arrived_.find(mark, looked);
    if (at != std::string::npos) {
      arrived_.erase(0, at + mark.size());
      co_return Result<>();
    }
    looked = arrived_.size() - std::min(arrived_.size(), mark.size());
    if (arrived_.size() > kMostNoise) co_return gone();
    auto got = co_await more(deadline);
    if (!got) co_return got.error();
    if (!*got) co_return gone();
  }
}

/// The status in the end of an answer that stands at `at`.
std::optional<int> Shell::end_at(std::size_t at) const {
  const std::string_view end = std::string_view(arrived_).substr(at, kEnd);
  if (end.size() < kEnd || end.substr(1, kNonce) != nonce_ || end[kNonce + 1] != '-') return std::nullopt;
  const auto number = base::parse_u64(end.substr(kNonce + 2, 3));
  return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

Task<Result<ShellAnswer>> Shell::answer(std::chrono::seconds patience) {
  const auto deadline = Clock::now() + patience;
  auto begun = co_await skip_to_begin(deadline);
  if (!begun) co_return begun.error();
  const std::string mark = '\n' + nonce_ + '-';
  for (std::size_t looked = 0;;) {
    const auto at = arrived_.find(mark, looked);
    if (at != std::string::npos && arrived_.size() - at >= kEnd) {
      const auto status = end_at(at);
      if (!status) co_return gone();
      ShellAnswer out{*status, arrived_.substr(0, at)};
      arrived_.erase(0, at + kEnd);
      co_return out;
    }
    looked = at != std::string::npos ? at : arrived_.size() - std::min(arrived_.size(), mark.size());
    if (arrived_.size() > kMostAnswer) co_return Error(Errc::too_large, "The host's answer is longer than 64 MiB.");
    auto got = co_await more(deadline);
    if (!got) co_return got.error();
    if (!*got) co_return gone();
  }
}

Task<Result<std::string>> Shell::begin() {
  const auto deadline = Clock::now() + kSoon;
  auto begun = co_await skip_to_begin(deadline);
  if (!begun) co_return begun.error();
  for (;;) {
    const auto end = arrived_.find('\n');
    if (end != std::string::npos) {
      std::string line = arrived_.substr(0, end);
      arrived_.erase(0, end + 1);
      co_return line;
    }
    if (arrived_.size() > kMostNoise) co_return gone();
    auto got = co_await more(deadline);
    if (!got) co_return got.error();
    if (!*got) co_return gone();
  }
}

Task<Result<std::string>> Shell::data(std::size_t most, int& status) {
  // The last bytes may be the end of the answer: they wait until more have come.
  while (arrived_.size() <= kEnd) {
    auto got = co_await more(Clock::now() + kSilence);
    if (!got) co_return got.error();
    if (!*got) break;
  }
  std::size_t count = arrived_.size() - std::min(arrived_.size(), kEnd);
  if (ended_) {
    const auto end = arrived_.size() < kEnd ? std::nullopt : end_at(count);
    if (!end) co_return gone();
    status = *end;
  }
  count = std::min(count, most);
  std::string out = arrived_.substr(0, count);
  arrived_.erase(0, count);
  co_return out;
}

bool Shell::idle() {
  char byte = 0;
  return !ended_ && ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

/// A place among those that answer, and the shell that has it.
class Shells::Lease {
 public:
  explicit Lease(Shells& shells) : shells_(shells) { ++shells_.busy_; }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    --shells_.busy_;
    shells_.news_.notify();
  }

 private:
  Shells& shells_;
};

Shells::Shells(asio::any_io_executor executor, OpenShell open)
    : executor_(executor), open_(std::move(open)), news_(executor) {}

/// One that waits for a request, or a new one.
Task<Result<std::unique_ptr<Shell>>> Shells::take() {
  while (!idle_.empty()) {
    std::unique_ptr<Shell> shell = std::move(idle_.back());
    idle_.pop_back();
    if (shell->idle()) co_return shell;
  }
  auto channel = co_await open_(kCommand);
  if (!channel) co_return channel.error();
  std::string nonce = base::hex_encode(base::random_bytes(kNonce / 2));
  // In two parts, so that a shell that only repeats what it reads is none.
  std::string begin =
      "N=" + nonce.substr(0, kNonce / 2) + "\nN=${N}" + nonce.substr(kNonce / 2) + "; D=" + ways_ + "\n";
  begin += script() + framed("f_hello");
  auto shell = std::make_unique<Shell>(executor_, std::move(*channel), std::move(nonce));
  auto sent = co_await shell->send(std::move(begin));
  if (!sent) co_return sent.error();
  auto hello = co_await shell->answer(kGreeting);
  if (!hello) co_return no_shell(hello.error(), shell->unread());
  const auto end = std::min(hello->body.find('\n'), hello->body.size());
  const std::string ways = hello->body.substr(0, end);
  if (ways != "find" && ways != "stat" && ways != "ls") co_return gone();
  ways_ = ways;
  std::string start = hello->body.substr(std::min(end + 1, hello->body.size()));
  if (start.ends_with('\n')) start.pop_back();
  const auto home = absolute_path(start, "/");
  home_ = home ? *home : "/";
  co_return shell;
}

Task<Result<>> Shells::start() {
  auto shell = co_await take();
  if (!shell) co_return shell.error();
  idle_.push_back(std::move(*shell));
  co_return Result<>();
}

Task<Result<ShellAnswer>> Shells::ask(std::string request, std::chrono::seconds patience) {
  while (busy_ >= kMostShells) co_await news_.wait();
  const Lease lease(*this);
  auto shell = co_await take();
  if (!shell) co_return shell.error();
  auto sent = co_await (*shell)->send(framed(request));
  if (!sent) co_return sent.error();
  auto answer = co_await (*shell)->answer(patience);
  if (answer) idle_.push_back(std::move(*shell));
  co_return answer;
}

Task<Result<std::string>> Shells::done(std::string request, std::string path, std::chrono::seconds patience) {
  auto answer = co_await ask(std::move(request), patience);
  if (!answer) co_return answer.error();
  if (!answer->is(Verdict::done)) co_return error_of(*answer, path);
  co_return std::move(answer->body);
}

Task<Result<std::unique_ptr<Shell>>> Shells::stream(std::string request, std::string& first) {
  auto shell = co_await take();
  if (!shell) co_return shell.error();
  auto sent = co_await (*shell)->send(std::move(request) + "\n");
  if (!sent) co_return sent.error();
  auto line = co_await (*shell)->begin();
  if (!line) co_return line.error();
  first = std::move(*line);
  co_return std::move(*shell);
}

}  // namespace duotty::files
