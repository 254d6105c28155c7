#pragma once
// The worker's hold on a link: one SSH connection in a process of its own, from which channels come as local streams.
#include <boost/asio/any_io_executor.hpp>
#include <duotty/base/error.hpp>
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/event.hpp>
#include <duotty/core/task.hpp>
#include <duotty/link/protocol.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace duotty::remote {

/// How a program at the other end ended; neither when the host did not say.
struct Ended {
  std::optional<int> code;
  std::string signal;  ///< without SIG; empty: none
};

class Link;

/// A channel in use. Letting it go ends the channel.
class Stream {
 public:
  Stream(std::shared_ptr<Link> link, std::uint32_t id, base::UniqueFd data, base::UniqueFd errors);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  /// Both directions: a connected local stream socket. Shutting down its writing side is the end of what the other side
  /// reads; its end is the end of what it writes.
  base::UniqueFd data;
  /// What comes from standard error; only of exec() without a terminal.
  base::UniqueFd errors;

  /// Suspends until the program has ended, or the channel; what it wrote may still wait in the streams. Errors:
  /// unreachable when the connection was lost.
  core::Task<base::Result<Ended>> ended();
  /// A signal by its name without SIG; hosts may ignore it.
  void signal(const std::string& name);
  void resize(std::uint16_t cols, std::uint16_t rows);
  /// Gives the channel away: it goes on as long as whoever has its data now. Only of Link::direct().
  void leave();

 private:
  std::shared_ptr<Link> link_;
  std::uint32_t id_;
};

/// Loop thread only. Held by shared pointers; stop() before the last one goes.
class Link : public std::enable_shared_from_this<Link> {
 public:
  /// `socket`: connected to the link.
  Link(boost::asio::any_io_executor executor, base::UniqueFd socket);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link();

  using Answer = base::Result<std::unique_ptr<Stream>>;
  /// Runs a command as the host's sshd does: by the user's shell. Errors, here and below: upstream when the host
  /// refuses, unreachable when the connection is gone.
  /// When the host has no place for it on this connection, it waits in line for at most `patience`.
  core::Task<Answer> exec(std::string command, std::chrono::milliseconds patience);
  /// The same on a terminal of kind `term`, which joins both outputs.
  core::Task<Answer> exec(std::string command, std::string term, std::uint16_t cols, std::uint16_t rows,
                          std::chrono::milliseconds patience);
  /// A subsystem: subsystem("sftp").
  core::Task<Answer> subsystem(std::string name);
  /// A connection from the host to somewhere else.
  core::Task<Answer> direct(std::string host, std::uint16_t port);

  /// Has the link listen; it goes on without us. Errors: upstream when that is not possible, unreachable when the
  /// connection is gone.
  core::Task<base::Result<link::Forwarding>> forward(link::Forward wanted);
  /// Ends a forward and its connections; all with an empty id.
  void unforward(const std::string& id);
  /// The forwards of the link as they are, whoever made them. Errors: unreachable.
  core::Task<base::Result<std::vector<link::Forwarding>>> forwards();
  /// How many it has, as far as we know.
  std::size_t forwarding() const noexcept;

  /// The connection can be used.
  bool alive() const noexcept;
  /// Channels that are open or being opened.
  std::size_t channels() const noexcept;
  /// When the last channel ended.
  core::Event::time_point last_use() const noexcept;
  /// Hangs up: everything on this connection ends.
  void end();
  /// Ends the forwards, and hangs up unless others use the connection.
  void leave();

  /// For LinkPool: says `message` with a descriptor beside it.
  void say(const link::Message& message, int fd = -1);
  /// For LinkPool: the next message that is about no channel; nothing at the deadline or when the link has gone.
  core::Task<std::optional<link::Message>> next(core::Event::time_point deadline);
  /// Lets go of the link, which lives on for a while, and waits for the own coroutines.
  core::Task<> stop();

 private:
  friend class Stream;
  struct Impl;
  core::Task<Answer> open(link::Open wanted);
  std::unique_ptr<Impl> impl_;
};

}  // namespace duotty::remote
