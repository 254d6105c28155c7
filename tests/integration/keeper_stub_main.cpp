// The programs that the keeper's tests start, in one binary, by its first argument:
//   keeper <state> <runtime> <min backoff ms> <give up after> <worker argv...>   the keeper itself
//   relay <control socket> <tag>    a worker that hands its keeper socket to the test and then does as it is told
//   verify <control socket> <terminals> <lines>   a worker that starts writers, checks every byte, reports progress
//   writer <lines>                  writes the pattern at full speed
//   stubborn                        ignores SIGHUP and SIGTERM, as does a child of its own
//   fds                             lists its open descriptors
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <cstring>
#include <duotty/pty/keeper.hpp>
#include <duotty/pty/keeper_client.hpp>
#include <functional>
#include <iostream>

#include "keeper_pattern.hpp"

namespace {

using namespace duotty;
using namespace duotty::pty;

int connect_to(const char* path) {
  const int fd = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::_Exit(99);
  return fd;
}

void tell(int control, const std::string& text) {
  // The test may be gone already.
  if (::send(control, text.data(), text.size(), MSG_NOSIGNAL) < 0) std::_Exit(98);
}

int keeper(int argc, char** argv) {
  if (argc < 5) return 2;
  KeeperOptions options;
  options.state_dir = argv[0];
  options.runtime_dir = argv[1];
  options.pid_file = options.runtime_dir + "/pid";
  options.restart.min_backoff = std::chrono::milliseconds(std::atoi(argv[2]));
  options.restart.max_backoff = options.restart.min_backoff * 2;
  options.restart.give_up_after = std::atoi(argv[3]);
  options.worker_argv.assign(argv + 4, argv + argc);
  return keeper_main(options);
}

int relay(const char* path, const char* tag) {
  const int control = connect_to(path);
  const std::string hello = std::string(tag) + " " + std::to_string(::getpid());
  iovec piece{const_cast<char*>(hello.data()), hello.size()};
  alignas(cmsghdr) char buffer[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = buffer;
  message.msg_controllen = sizeof buffer;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &kKeeperFd, sizeof(int));
  if (::sendmsg(control, &message, MSG_NOSIGNAL) < 0) return 97;
  ::close(kKeeperFd);  // the test is the worker now
  // One byte: the code to exit with. The test's end makes this end too.
  unsigned char code = 0;
  return ::read(control, &code, 1) == 1 ? code : 96;
}

int writer(std::uint64_t lines) {
  std::string block;
  for (std::uint64_t line = 0; line < lines; ++line) {
    const std::string text = test::pattern_line(line);
    block.append(text, 0, text.size() - 2).push_back('\n');  // the terminal adds the CR
    if (block.size() < 16 * 1024 && line + 1 < lines) continue;
    for (std::string_view rest = block; !rest.empty();) {
      const auto count = ::write(1, rest.data(), rest.size());
      if (count <= 0) return 1;
      rest.remove_prefix(static_cast<std::size_t>(count));
    }
    block.clear();
  }
  return 42;
}

int stubborn() {
  ::signal(SIGHUP, SIG_IGN);
  ::signal(SIGTERM, SIG_IGN);
  const bool parent = ::fork() != 0;
  if (!parent) ::setpgid(0, 0);
  std::cout << (parent ? "first-up" : "second-up") << std::endl;
  for (;;) ::pause();
}

int list_descriptors() {
  for (int fd = 0; fd < 1024; ++fd) {
    char target[256];
    const auto length = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target, sizeof target);
    if (length > 0) std::cout << fd << ":" << std::string_view(target, static_cast<std::size_t>(length)) << "\n";
  }
  return 0;
}

/// Consumes every terminal and holds each byte against the pattern.
class Verifier : public KeeperEvents {
 public:
  Verifier(boost::asio::io_context& io, int control)
      : io_(io), control_(control), client_(io.get_executor(), base::UniqueFd(kKeeperFd)) {}

  core::Task<> run(std::string self, int terminals, std::string lines) {
    auto connected = co_await client_.connect();
    if (!connected) std::_Exit(90);
    tell(control_, "worker " + std::to_string(::getpid()));
    client_.start(*this);
    for (Adopted& adopted : connected->terminals) {
      const std::string id = adopted.pty.id;
      tell(control_, "adopted " + id + " " + std::to_string(adopted.pty.pid) + " " + adopted.meta);
      const auto exited = adopted.exited;
      terminals_[id] = std::move(adopted.pty);
      consume(id);
      if (exited) on_exited(id, *exited);
    }
    for (int i = 0; i < terminals; ++i) {
      SpawnRequest request;
      request.id = "w" + std::to_string(i);
      if (terminals_.contains(request.id)) continue;
      request.argv = {self, "writer", lines};
      request.cwd = "/";
      request.meta = "meta of " + request.id;
      request.ring_capacity = 1 << 20;
      auto handle = co_await client_.spawn(std::move(request));
      if (!handle) std::_Exit(91);
      const std::string id = handle->id;
      tell(control_, "spawned " + id + " " + std::to_string(handle->pid));
      terminals_[id] = std::move(*handle);
      consume(id);
    }
  }

  void on_output(const std::string& id) override { consume(id); }
  void on_keeper_lost() override { std::_Exit(0); }
  void on_exited(const std::string& id, const ExitStatus& status) override {
    const Ring& ring = terminals_.at(id).ring;
    // Everything that the program wrote is in the ring by now.
    check(id, ring.head());
    tell(control_, "exited " + id + " " + std::to_string(status.code.value_or(-1)) + " " + std::to_string(ring.head()));
  }

 private:
  void check(const std::string& id, Offset to) {
    Ring& ring = terminals_.at(id).ring;
    Offset at = ring.parsed();
    for (const std::string_view piece : ring.bytes(at, to)) {
      const std::size_t wrong = test::first_wrong(at, piece);
      if (wrong != std::string_view::npos) {
        tell(control_, "wrong " + id + " " + std::to_string(at + wrong));
        std::_Exit(92);
      }
      at += piece.size();
    }
    if (at != to) {
      tell(control_, "missing " + id + " " + std::to_string(at));
      std::_Exit(93);
    }
    // Both are always evaluated: each may be what the keeper waits for.
    const bool parsed = ring.set_parsed(to);
    const bool floor = ring.set_floor(to);
    if (parsed || floor) client_.resume(id);
  }

  /// One turn; the next one follows when the others had theirs.
  void consume(const std::string& id) {
    Ring& ring = terminals_.at(id).ring;
    const Offset to = std::min<Offset>(ring.head(), ring.parsed() + 16 * 1024);
    if (to > ring.parsed()) {
      check(id, to);
      consumed_ += 16 * 1024;
      if (consumed_ % (256 * 1024) == 0) tell(control_, "progress");
    }
    if (ring.head() > ring.parsed() || ring.arm_and_recheck()) boost::asio::post(io_, [this, id] { consume(id); });
  }

  boost::asio::io_context& io_;
  int control_;
  std::uint64_t consumed_ = 0;
  KeeperClient client_;
  std::map<std::string, PtyHandle> terminals_;
};

int verify(const char* self, const char* path, int terminals, const char* lines) {
  boost::asio::io_context io(1);
  Verifier verifier(io, connect_to(path));
  boost::asio::co_spawn(io, verifier.run(self, terminals, lines), boost::asio::detached);
  io.run();
  std::_Exit(94);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "keeper") std::_Exit(keeper(argc - 2, argv + 2));
  if (mode == "relay" && argc == 4) std::_Exit(relay(argv[2], argv[3]));
  if (mode == "verify" && argc == 5) return verify(argv[0], argv[2], std::atoi(argv[3]), argv[4]);
  if (mode == "writer" && argc == 3) std::_Exit(writer(std::strtoull(argv[2], nullptr, 10)));
  if (mode == "stubborn") return stubborn();
  if (mode == "fds") return list_descriptors();
  std::cerr << "keeper_stub: see the comment at the top of its source\n";
  return 2;
}
