#pragma once
// An SFTP client on a connected local socket, whatever carries the bytes further: an SSH channel, or sftp-server
// itself. Many requests are under way at once. The server is hostile: nothing that it says or leaves unsaid lets a call
// hang, grow without bound, or answer another call.
#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <deque>
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/event.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/core/task.hpp>
#include <duotty/sftp/protocol.hpp>
#include <map>
#include <memory>
#include <string>

namespace duotty::sftp {

using core::Task;

struct ClientOptions {
  std::chrono::milliseconds silence{30'000};   ///< a request fails when the server says nothing at all for so long
  std::chrono::milliseconds longest{300'000};  ///< and when it has no answer after so long, whatever else is said
  std::size_t window = std::size_t{4} << 20;   ///< bytes of one transfer that are under way
  std::size_t requests = 4096;                 ///< unanswered requests, those that nobody waits for included
};

/// A listing, as far as it was read.
struct Listing {
  std::vector<Name> entries;  ///< without "." and ".."
  bool complete = true;       ///< false: there are more entries than were asked for
};

/// A file or folder that is open on the server.
struct Handle {
  std::string id;
  std::string path;  ///< for messages
};

/// One request under way; private to the client and its transfers.
struct Request;
using Ticket = std::shared_ptr<Request>;

/// Loop thread only. Errors of all calls, besides their own: timeout; unreachable when the connection has ended;
/// protocol when the server breaks its own, which ends the connection; limit_reached when too much is unanswered. Those
/// that a status tells: not_found, denied, unsupported, and io with the server's own words. Paths are bytes.
class Client {
 public:
  /// `socket`: a connected Unix stream socket.
  Client(core::asio::any_io_executor executor, base::UniqueFd socket, ClientOptions options = {});
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  /// stop() must have completed if start() was ever called.
  ~Client();

  /// Agrees on the version and learns the server's limits. Once, before any other call.
  Task<Result<>> start();
  /// Ends the connection: every call fails with unreachable.
  Task<> stop();
  /// False once the connection is of no use any more.
  bool alive() const noexcept { return !ended_; }
  const Version& version() const noexcept { return version_; }

  Task<Result<Attributes>> stat(std::string path);
  Task<Result<Attributes>> lstat(std::string path);
  Task<Result<Attributes>> fstat(Handle handle);
  Task<Result<>> set_attributes(std::string path, Attributes attributes);
  Task<Result<>> set_attributes(Handle handle, Attributes attributes);
  /// The absolute path without links and dots; of "." the folder one starts in.
  Task<Result<std::string>> realpath(std::string path);
  Task<Result<std::string>> readlink(std::string path);
  Task<Result<>> mkdir(std::string path, std::uint32_t mode);
  Task<Result<>> rmdir(std::string path);
  Task<Result<>> remove(std::string path);
  /// Replaces what is at `to` when `over` (posix-rename@openssh.com; error unsupported without it).
  Task<Result<>> rename(std::string from, std::string to, bool over);
  /// At most `most` entries. Error protocol also for entries whose names are none.
  Task<Result<Listing>> list(std::string path, std::size_t most);
  /// Error unsupported when the server lacks statvfs@openssh.com.
  Task<Result<Space>> space(std::string path);

  /// `flags` of open_flag; `mode` of a file that is made. Error conflict when `exclusive` meets a file that is there.
  Task<Result<Handle>> open(std::string path, std::uint32_t flags, std::uint32_t mode);
  Task<Result<>> close(Handle handle);
  /// Closes without waiting; for destructors.
  void drop(const Handle& handle);
  /// Brings it to the server's disk; nothing where the server cannot.
  Task<Result<>> sync(Handle handle);

 private:
  friend class Download;
  friend class Upload;

  std::uint32_t next_id() noexcept { return ++last_id_; }
  /// `body`: what ends the packet, sent without a copy.
  Ticket send(std::uint32_t id, std::string packet, std::string body = {});
  /// The answer to a request; errors as above.
  Task<Result<Reply>> answer(Ticket ticket);
  Task<Result<Reply>> ask(std::uint32_t id, Packet packet);
  Task<Result<>> ask_status(std::uint32_t id, Packet packet, std::string path);
  Task<Result<Attributes>> ask_attributes(std::uint32_t id, Packet packet, std::string path);
  Task<Result<std::string>> ask_name(Type type, std::string path);
  Task<Result<Handle>> ask_handle(std::uint32_t id, Packet packet, std::string path);
  Task<Result<>> read_names(Handle handle, std::size_t most, Listing& into);
  Task<Result<>> learn_limits();
  Task<> read_all();
  Task<> write_all();
  Result<> take(std::string_view packet);
  void fail(base::Error why);
  std::chrono::steady_clock::time_point deadline_of(const Request& request) const;

  struct Stream;
  core::asio::any_io_executor executor_;
  std::unique_ptr<Stream> stream_;
  ClientOptions options_;
  Version version_;
  bool greeted_ = false;
  std::size_t read_size_ = 32 * 1024;  ///< what every server takes (draft, section 3)
  std::size_t write_size_ = 32 * 1024;
  std::uint32_t last_id_ = 0;
  std::map<std::uint32_t, Ticket> requests_;
  Splitter splitter_;
  std::deque<std::pair<std::string, std::string>> unsent_;  ///< packets, their ends apart
  core::Event to_send_;
  core::Event greeting_;
  std::chrono::steady_clock::time_point heard_;
  std::optional<base::Error> ended_;
  core::Scope scope_;
};

/// Reads a range of a file in order, asking ahead by ClientOptions::window.
class Download {
 public:
  /// Reads from `offset` up to `end`. The client and the open file outlive it.
  Download(Client& client, Handle handle, std::uint64_t offset, std::uint64_t end);
  /// The next piece; empty at `end` or at the file's end.
  Task<Result<std::string>> next();
  /// Where the next piece begins.
  std::uint64_t position() const noexcept { return position_; }

 private:
  struct Piece {
    Ticket ticket;
    std::uint64_t offset = 0;
    std::size_t size = 0;
  };
  void ask_ahead();
  Ticket ask(std::uint64_t offset, std::size_t size);
  Task<Result<std::string>> rest_of(std::string begin, Piece piece);

  Client& client_;
  Handle handle_;
  std::uint64_t asked_;
  std::uint64_t position_;
  std::uint64_t end_;
  std::size_t ahead_;  ///< bytes; grows from one piece to the window, so that a short read costs little
  std::deque<Piece> pieces_;
};

/// Writes a range of a file in order, up to ClientOptions::window ahead of the server's answers.
class Upload {
 public:
  /// Writes from `offset` on. The client and the open file outlive it.
  Upload(Client& client, Handle handle, std::uint64_t offset);
  /// Returns when there is room for more: a failure may be told by a later call. Nothing can be written after one.
  Task<Result<>> write(std::string bytes);
  /// Sends what is left and waits for every answer.
  Task<Result<>> finish();

 private:
  struct Piece {
    Ticket ticket;
    std::size_t size = 0;
  };
  Task<Result<>> send(std::string piece);
  Task<Result<>> settle_one();

  Client& client_;
  Handle handle_;
  std::uint64_t position_;
  std::string kept_;  ///< less than a whole request, for the next one
  std::size_t under_way_ = 0;
  std::deque<Piece> pieces_;
  std::optional<base::Error> failed_;
};

}  // namespace duotty::sftp
