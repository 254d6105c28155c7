#pragma once
// A real server on loopback with its loop on a thread of its own, and clients that send exactly the bytes they are
// told.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdlib>
#include <cstring>
#include <duotty/base/text.hpp>
#include <duotty/http/server.hpp>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "temporary_folder.hpp"

namespace duotty::test {

/// An io_context with one thread. Work is handed over and awaited; nothing else is shared.
class LoopThread {
 public:
  LoopThread() : work_(boost::asio::make_work_guard(loop_)), thread_([this] { loop_.run(); }) {}
  ~LoopThread() {
    work_.reset();
    thread_.join();
  }
  boost::asio::any_io_executor executor() { return loop_.get_executor(); }
  /// Runs a coroutine there and returns its result.
  template <class T>
  T run(core::Task<T> task) {
    return boost::asio::co_spawn(loop_, std::move(task), boost::asio::use_future).get();
  }
  /// Runs a function there and returns its result.
  template <class F>
  auto call(F function) {
    return boost::asio::post(loop_, boost::asio::use_future(std::move(function))).get();
  }

 private:
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

/// A handler made of functions.
class FunctionHandler : public http::Handler {
 public:
  std::function<core::Task<>(http::Request, http::Responder&)> on_request;
  std::function<http::HeadVerdict(http::Request&)> on_head_complete;

  http::HeadVerdict on_head(http::Request& head) override {
    return on_head_complete ? on_head_complete(head) : http::HeadVerdict{};
  }
  core::Task<> handle(http::Request request, http::Responder& responder) override {
    co_await on_request(std::move(request), responder);
  }
};

/// Answers with what it understood: one line each for method, path, query, header count and body size, then the body.
inline core::Task<> echo(http::Request request, http::Responder& responder) {
  std::string text = request.method + " " + request.path + "\n";
  for (const auto& [name, value] : request.query) text += name + "=" + value + "\n";
  text += "body " + std::to_string(request.body.size()) + "\n" + request.body;
  co_await responder.respond(http::text_response(std::move(text), "text/plain"));
}

class LoopbackServer {
 public:
  explicit LoopbackServer(http::ServerOptions options = {}, const std::string& unix_path = {}) {
    handler.on_request = echo;
    const auto start = [&] {
      server = std::make_unique<http::Server>(loop.executor(), handler, std::move(options));
      auto listener = unix_path.empty() ? net::Listener::tcp(loop.executor(), "127.0.0.1", 0)
                                        : net::Listener::unix_path(loop.executor(), unix_path);
      port = listener.value().port();
      server->listen(std::move(listener.value()));
    };
    loop.call(start);
  }
  ~LoopbackServer() { stop(); }
  void stop() {
    if (server) loop.run(server->stop());
    server.reset();
  }
  http::ServerStats stats() {
    return loop.call([this] { return server->stats(); });
  }

  FunctionHandler handler;
  LoopThread loop;
  std::unique_ptr<http::Server> server;
  std::uint16_t port = 0;
};

/// A private folder for Unix sockets, removed at the end. Declare it before the server that listens there.
struct SocketFolder : tests::TemporaryFolder {
  std::string socket() const { return file("api.sock"); }
};

/// One answer as a client sees it.
struct Answer {
  int status = 0;
  http::Headers headers;
  std::string body;
};

/// A blocking socket. Every wait ends after 20 s with an exception, so that a hang is a failure.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int at_once = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    connect(reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  explicit RawClient(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    connect(reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  RawClient(RawClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)), seen_(std::move(other.seen_)) {}
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { close(); }

  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  int fd() const { return fd_; }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0) throw std::runtime_error(std::string("send: ") + std::strerror(errno));
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  /// Reads more into the buffer; false at the end of the stream or a reset.
  bool more() {
    pollfd wait{fd_, POLLIN, 0};
    if (::poll(&wait, 1, 20'000) <= 0) throw std::runtime_error("the server said nothing for 20 s");
    char buffer[65536];
    const ssize_t count = ::recv(fd_, buffer, sizeof buffer, 0);
    if (count <= 0) return false;
    seen_.append(buffer, static_cast<std::size_t>(count));
    return true;
  }

  std::string read_to_end() {
    while (more()) {
    }
    return std::exchange(seen_, {});
  }

  std::string read_through(std::string_view mark) {
    std::size_t at = 0;
    while ((at = seen_.find(mark)) == std::string::npos) {
      if (!more()) throw std::runtime_error("the stream ended before \"" + std::string(mark) + "\": " + seen_);
    }
    std::string text = seen_.substr(0, at + mark.size());
    seen_.erase(0, at + mark.size());
    return text;
  }

  std::string read_bytes(std::size_t count) {
    while (seen_.size() < count) {
      if (!more()) throw std::runtime_error("the stream ended early");
    }
    std::string text = seen_.substr(0, count);
    seen_.erase(0, count);
    return text;
  }

  /// Reads one answer; `body` is decoded when chunked. `head_only` for HEAD.
  Answer read_answer(bool head_only = false) {
    Answer answer;
    const std::string head = read_through("\r\n\r\n");
    const auto lines = base::split(head, '\n');
    if (lines[0].size() < 12) throw std::runtime_error("malformed status line: " + head);
    answer.status = std::stoi(std::string(lines[0].substr(9, 3)));
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const std::size_t colon = lines[i].find(':');
      if (colon == std::string_view::npos) continue;
      answer.headers.add(std::string(lines[i].substr(0, colon)), std::string(base::trim(lines[i].substr(colon + 1))));
    }
    if (head_only || answer.status == 204 || answer.status == 304 || answer.status < 200) return answer;
    if (answer.headers.has_token("Transfer-Encoding", "chunked")) {
      for (;;) {
        const std::size_t size = std::stoul(read_through("\r\n"), nullptr, 16);
        answer.body += read_bytes(size);
        read_bytes(2);
        if (size == 0) return answer;
      }
    }
    answer.body = read_bytes(std::stoul(std::string(answer.headers.get("Content-Length"))));
    return answer;
  }

  Answer ask(std::string_view request) {
    send(request);
    return read_answer();
  }

 private:
  void connect(const sockaddr* address, socklen_t size) {
    if (::connect(fd_, address, size) != 0) throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
  }
  int fd_;
  std::string seen_;
};

}  // namespace duotty::test
