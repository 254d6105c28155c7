// The programs that the tests of killed workers start, in one binary, by its first argument:
//   worker <state> <runtime> <control socket>   real terminals under a real keeper; does what the test says
//   player <file> <pipe>   writes the file again and again, as far as the numbers say that come out of the pipe
//
// Requests to the worker and their answers, a packet each:
//   new <name> <file> <pipe> <cols> <rows>   starts a player in a terminal          ok <nonce> | <error>
//   at                                       <name> <offset the state has seen> ... for all terminals
//   resize <name> <cols> <rows>              ok
//   ask <name> <rows>                        an answer of so many rows, drawn at the next prompt   ok
//   state <folder>                           everything known of each terminal into <folder>/<name>   ok
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/pty/keeper.hpp>
#include <duotty/pty/tty.hpp>
#include <duotty/session/answer.hpp>
#include <duotty/session/registry.hpp>
#include <duotty/term/snapshot.hpp>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

namespace {

using namespace duotty;

// --- player ---------------------------------------------------------------------------------------------------------

/// What stands for the terminal's nonce in a file.
constexpr std::string_view kNonceMark = "NONCE-OF-THIS-TERMINAL--";

bool read_all(int fd, void* into, std::size_t size) {
  auto* at = static_cast<char*>(into);
  while (size > 0) {
    const auto got = ::read(fd, at, size);
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

int player(const char* file, const char* pipe) {
  termios raw{};
  if (::tcgetattr(0, &raw) != 0) return 1;
  ::cfmakeraw(&raw);
  ::tcsetattr(0, TCSANOW, &raw);
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  const int limits = ::open(pipe, O_RDONLY);
  std::string nonce(kNonceMark.size(), '\0');
  if (text.empty() || limits < 0 || !read_all(limits, nonce.data(), nonce.size())) return 2;
  for (auto at = text.find(kNonceMark); at != std::string::npos; at = text.find(kNonceMark, at)) {
    text.replace(at, nonce.size(), nonce);
  }
  std::uint64_t done = 0;
  for (std::uint64_t limit = 0; read_all(limits, &limit, sizeof limit);) {
    ::tcflush(0, TCIFLUSH);  // what the terminal answered
    while (done < limit) {
      const std::string_view rest = std::string_view(text).substr(done % text.size());
      const auto put = ::write(1, rest.data(), std::min<std::uint64_t>(rest.size(), limit - done));
      if (put < 0) return 3;
      done += static_cast<std::uint64_t>(put);
    }
  }
  return 0;
}

// --- worker ---------------------------------------------------------------------------------------------------------

/// Sections, each with its length before it.
void put_section(std::ofstream& out, std::string_view bytes) {
  const auto size = static_cast<std::uint64_t>(bytes.size());
  out.write(reinterpret_cast<const char*>(&size), sizeof size);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

class Worker {
 public:
  Worker(core::asio::io_context& loop, const std::string& state, const std::string& runtime, int control)
      : keeper_(loop.get_executor(), base::UniqueFd(pty::kKeeperFd)),
        events_(loop.get_executor(), 0),
        registry_(loop.get_executor(), keeper_, events_, options(state, runtime)),
        control_(loop, control),
        ends_(loop, SIGTERM) {}

  core::Task<> run(core::Scope& scope) {
    registry_.on_lost = [] { std::_Exit(0); };
    auto connected = co_await keeper_.connect();
    if (!connected) std::_Exit(90);
    tell("worker " + std::to_string(::getpid()));
    registry_.adopt(std::move(connected->terminals));
    registry_.start([](const std::shared_ptr<session::Session>&, const std::string&) {});
    keeper_.start(registry_);
    scope.spawn("requests", serve());
    co_await ends_.async_wait(core::as_result);
    control_.close();
    co_await registry_.stop();
    co_await keeper_.stop();
    std::_Exit(0);
  }

 private:
  static session::RegistryOptions options(const std::string& state, const std::string& runtime) {
    session::RegistryOptions out;
    out.state_dir = state;
    out.runtime_dir = runtime;
    out.default_cwd = "/";
    return out;
  }

  void tell(const std::string& text) {
    // A test that is gone needs no worker.
    if (::send(control_.native_handle(), text.data(), text.size(), MSG_NOSIGNAL) < 0) std::_Exit(98);
  }

  core::Task<> serve() {
    std::string packet(4096, '\0');
    while (true) {
      auto [ec] = co_await control_.async_wait(core::asio::posix::stream_descriptor::wait_read, core::as_result);
      if (ec) co_return;
      const auto got = ::recv(control_.native_handle(), packet.data(), packet.size(), MSG_DONTWAIT);
      if (got <= 0) co_return;
      std::istringstream words(packet.substr(0, static_cast<std::size_t>(got)));
      std::string what;
      words >> what;
      if (what == "new") {
        std::string answer = co_await make(std::move(words));
        tell(answer);
      } else {
        tell(answer_to(what, words));
      }
    }
  }

  core::Task<std::string> make(std::istringstream words) {
    session::CreateRequest request;
    std::string file;
    std::string pipe;
    words >> request.name >> file >> pipe >> request.size.cols >> request.size.rows;
    request.command = {"/proc/self/exe", "player", file, pipe};
    char self[4096] = {};
    if (::readlink("/proc/self/exe", self, sizeof self - 1) > 0) request.command[0] = self;
    auto made = co_await registry_.create(std::move(request));
    co_return made ? "ok " + (*made)->meta().nonce : made.error().message();
  }

  std::string answer_to(const std::string& what, std::istringstream& words) {
    std::string name;
    words >> name;
    if (what == "at") return positions();
    if (what == "state") {
      for (const auto& session : registry_.list()) write_state(*session, name + "/" + session->meta().name);
      return "ok";
    }
    const auto session = registry_.find(name);
    if (!session) return session.error().message();
    if (what == "resize") {
      session::WindowSize size;
      words >> size.cols >> size.rows;
      const auto done = (*session)->resize(size);
      return done ? "ok" : done.error().message();
    }
    int rows = 0;
    words >> rows;
    session::AnswerInsert& answer = (*session)->answer();
    answer.begin([] {});
    std::vector<std::string> text;
    for (int i = 0; i < rows; ++i) text.push_back("\x1b[36mrow " + std::to_string(i) + " of an answer\x1b[m");
    answer.update(std::move(text), "");
    answer.end(std::nullopt, "");
    return "ok";
  }

  std::string positions() const {
    std::string out;
    for (const auto& session : registry_.list()) {
      out += session->meta().name + " " + std::to_string(session->consumed()) + " ";
    }
    return out;
  }

  /// All that must survive; times are left out.
  static void write_state(const session::Session& session, const std::string& path) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    put_section(out, term::checkpoint(session.terminal()));
    const auto display = session.output(session.oldest());
    put_section(out, std::to_string(display.begin) + "-" + std::to_string(display.end));
    put_section(out, display.bytes);
    const base::UniqueFd tty(::open(("/proc/" + std::to_string(session.pid()) + "/fd/0").c_str(), O_RDWR | O_NOCTTY));
    const auto size = pty::get_size(tty.get());
    const pty::Size window = size ? *size : pty::Size{};
    std::string facts = std::string(session::name(session.shell_state())) + "\ncwd " + session.cwd() + "\nlast " +
                        session.last_command() + "\nwindow " + std::to_string(window.cols) + "x" +
                        std::to_string(window.rows) + (session.integrated() ? "\nintegrated" : "") + "\n";
    for (const auto& command : session.recent_commands(20)) {
      facts += "command " + command.command + " in " + command.cwd + " = " +
               std::to_string(command.exit_code.value_or(-1)) + ": " + command.output + "\n";
    }
    put_section(out, facts);
  }

  pty::KeeperClient keeper_;
  session::EventLog events_;
  session::Registry registry_;
  core::asio::posix::stream_descriptor control_;
  core::asio::signal_set ends_;
};

int worker(const char* state, const char* runtime, const char* path) {
  ::signal(SIGPIPE, SIG_IGN);
  const int control = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  if (::connect(control, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 99;
  core::asio::io_context loop(1);
  Worker one(loop, state, runtime, control);
  core::Scope scope(loop.get_executor());
  scope.spawn("worker", one.run(scope));
  loop.run();
  std::_Exit(94);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "worker" && argc == 5) return worker(argv[2], argv[3], argv[4]);
  if (mode == "player" && argc == 4) return player(argv[2], argv[3]);
  std::cerr << "session_stub: see the comment at the top of its source\n";
  return 2;
}
