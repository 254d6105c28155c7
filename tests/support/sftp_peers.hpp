#pragma once
// What is at the other end of a client: OpenSSH's own sftp-server, or a script that says whatever a test wants.
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <duotty/sftp/client.hpp>
#include <functional>
#include <stdexcept>
#include <string>

namespace duotty::sftp {

using Socket = core::asio::local::stream_protocol::socket;

inline const char* sftp_server() {
  for (const char* path :
       {"/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/lib/ssh/sftp-server"}) {
    if (::access(path, X_OK) == 0) return path;
  }
  throw std::runtime_error("There is no sftp-server here. Install openssh-sftp-server.");
}

/// Two ends of one connection: a client's, and one for a script.
inline std::pair<base::UniqueFd, Socket> make_pair(const core::asio::any_io_executor& executor) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) throw std::runtime_error("socketpair");
  return {base::UniqueFd(ends[0]), Socket(executor, core::asio::local::stream_protocol(), ends[1])};
}

/// OpenSSH's server with our end of its standard input and output.
class RealServer {
 public:
  RealServer() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) throw std::runtime_error("socketpair");
    const char* path = sftp_server();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], 0);
      ::dup2(ends[1], 1);
      ::execl(path, path, nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    socket_.reset(ends[0]);
  }
  RealServer(const RealServer&) = delete;
  RealServer& operator=(const RealServer&) = delete;
  /// The client has closed its end by now, which ends the server.
  ~RealServer() {
    socket_.reset();
    ::waitpid(pid_, nullptr, 0);
  }
  base::UniqueFd take() { return std::move(socket_); }
  pid_t pid() const { return pid_; }

 private:
  base::UniqueFd socket_;
  pid_t pid_ = -1;
};

/// One packet of a server.
inline std::string packet_of(Type type, const std::string& body) {
  std::string out;
  const auto size = static_cast<std::uint32_t>(body.size() + 1);
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(size >> shift & 0xff);
  out += static_cast<char>(type);
  return out + body;
}
inline std::string u32(std::uint32_t value) {
  std::string out;
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(value >> shift & 0xff);
  return out;
}
inline std::string text(const std::string& bytes) {
  return u32(static_cast<std::uint32_t>(bytes.size())) + bytes;
}
inline std::string status(std::uint32_t id, StatusCode code, const std::string& words = "") {
  return packet_of(Type::status, u32(id) + u32(static_cast<std::uint32_t>(code)) + text(words) + text("en"));
}

/// What a script gets: one packet of the client.
struct Asked {
  Type type;
  std::uint32_t id;
  std::string body;  ///< behind the id
};
/// What a script answers; empty: nothing.
using Script = std::function<std::string(const Asked&)>;

/// Says `script` to every packet but the first, which it answers with version 3. Ends with the connection.
inline core::Task<> speak(Socket socket, Script script) {
  std::string buffer(65536, '\0');
  Splitter splitter;
  for (;;) {
    auto [failed, count] = co_await socket.async_read_some(core::asio::buffer(buffer), core::as_result);
    if (failed) co_return;
    splitter.feed(std::string_view(buffer).substr(0, count));
    for (;;) {
      auto packet = splitter.next();
      if (!packet || !*packet) break;
      const std::string_view bytes = **packet;
      std::uint32_t id = 0;
      for (const char c : bytes.substr(1, 4)) id = id << 8 | static_cast<unsigned char>(c);
      const Asked asked{static_cast<Type>(bytes[0]), id, std::string(bytes.substr(5))};
      const std::string answer = asked.type == Type::init ? packet_of(Type::version, u32(3)) : script(asked);
      if (answer.empty()) continue;
      auto [cut, sent] = co_await core::asio::async_write(socket, core::asio::buffer(answer), core::as_result);
      static_cast<void>(sent);
      if (cut) co_return;
    }
  }
}

}  // namespace duotty::sftp
