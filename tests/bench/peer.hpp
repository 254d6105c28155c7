#pragma once
// The programs that are compared, each started the same way and spoken to in its own protocol.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net.hpp"
#include "process.hpp"

namespace duotty::bench {

/// duotty; the relay of bench_relay.cpp, the limit under all; ttyd, a peer that keeps no screen.
enum class Kind { duotty, relay, ttyd };
const char* name_of(Kind kind);

/// One client that watches and types into one terminal. Reads as fast as it can and acknowledges as it reads.
class Viewer {
 public:
  Viewer(Kind kind, WebSocket socket) : kind_(kind), socket_(std::move(socket)) {}

  void type(std::string_view bytes);
  /// From now on, found() tells whether `marker` has been seen in the output.
  void expect(std::string marker);
  bool found() const { return found_; }
  /// Reads what has come, waiting up to `timeout` for the first byte.
  bool pump(milliseconds timeout);
  /// Pumps until found(); throws std::runtime_error after `limit`.
  void await(milliseconds limit);
  /// Types a line that prints `marker` without containing it, and waits until it is printed.
  void line_and_await(std::string_view command, const std::string& marker, milliseconds limit);

  int fd() const { return socket_.fd(); }
  std::uint64_t bytes() const { return bytes_; }          ///< of output, snapshots not counted
  std::uint64_t frames() const { return frames_; }        ///< with output
  std::uint64_t snapshots() const { return snapshots_; }  ///< after the first, which every attach gets

 private:
  void on_message(bool binary, std::string_view payload);
  void output(std::string_view bytes);
  void acknowledge(std::uint64_t offset);

  Kind kind_;
  WebSocket socket_;
  std::string marker_;
  std::string tail_;
  bool found_ = false;
  bool first_snapshot_ = true;
  std::uint64_t bytes_ = 0;
  std::uint64_t frames_ = 0;
  std::uint64_t snapshots_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint32_t sequence_ = 0;
};

/// A running server of one kind, with a home of its own.
class Server {
 public:
  /// Starts `program` and waits for its first HTTP answer. Throws std::runtime_error with the log's path when none
  /// comes.
  Server(Kind kind, const std::string& program);

  Kind kind() const { return kind_; }
  double start_ms() const { return start_ms_; }
  Weight weight() const { return process_->weight(); }
  /// A new terminal with a viewer at its prompt.
  std::unique_ptr<Viewer> open();
  /// A new terminal without a viewer: its id. duotty only.
  std::string create();
  /// One more viewer of a terminal. duotty only.
  std::unique_ptr<Viewer> watch(const std::string& id);
  /// A keep-alive connection with the token of an agent. duotty only.
  HttpClient api() const { return {port_, token_}; }

 private:
  Kind kind_;
  TempFolder home_;
  std::uint16_t port_;
  std::string token_;
  double start_ms_ = 0;
  std::unique_ptr<Process> process_;
  std::optional<HttpClient> client_;
};

}  // namespace duotty::bench
