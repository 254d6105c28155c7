#pragma once
// The worker's line to the keeper: start and adopt terminals, learn of output and exits, leave things for the next
// worker. It holds no terminal itself: descriptors and rings go to the caller.
//
// Life: construct -> connect() -> rebuild the adopted terminals -> start() -> use -> stop(). Loop thread only.
#include <sys/types.h>

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/task.hpp>
#include <duotty/pty/ring.hpp>
#include <duotty/pty/tty.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::pty {

/// How a terminal's first process ended.
struct ExitStatus {
  std::optional<int> code;    ///< 0 to 255; nullopt when a signal ended it
  std::optional<int> signal;  ///< signal number
  std::chrono::microseconds user_time{0};
  std::chrono::microseconds system_time{0};
  std::uint64_t max_rss_kib = 0;
};

/// A running or ended terminal, as the keeper hands it over.
struct PtyHandle {
  std::string id;
  pid_t pid = -1;  ///< first process, leader of its session; do not signal it yourself once it has exited
  /// Master side for writing, size, termios, foreground group. Never read from it; it is non-blocking and must stay so
  /// (the keeper shares the open file). Empty when the program has ended and nobody holds the terminal any more.
  base::UniqueFd master;
  Ring ring;
};

/// A terminal that outlived an earlier worker.
struct Adopted {
  PtyHandle pty;
  Size size;
  std::string meta;                  ///< as last given to spawn() or set_meta()
  std::optional<ExitStatus> exited;  ///< set: the first process has ended; its output is complete in the ring
};

/// What the keeper had for us.
struct Connected {
  std::vector<Adopted> terminals;                 ///< in the order they were started
  std::map<std::string, base::UniqueFd> stashed;  ///< copies; they stay stashed until unstash()
  pid_t keeper_pid = -1;
};

/// Where a terminal's ring lives.
enum class History {
  file,    ///< in the state directory: survives the end of the keeper until the next one starts
  memory,  ///< never touches a disk
};

struct SpawnRequest {
  std::string id;  ///< [A-Za-z0-9_-]{1,64}, unique among the keeper's terminals (base::make_id)
  std::vector<std::string> argv;
  std::vector<std::string> env;  ///< exactly what the program gets
  std::string cwd;               ///< absolute
  Size size;
  std::string meta;  ///< opaque, at most kMaxMeta bytes
  History history = History::file;
  std::size_t ring_capacity = kRingCapacity;  ///< power of two, 4 KiB to 1 GiB
};

/// Most bytes of a terminal's meta.
inline constexpr std::size_t kMaxMeta = 32 * 1024;

/// What the keeper reports. Called from the loop, never from inside a call of KeeperClient.
class KeeperEvents {
 public:
  virtual ~KeeperEvents() = default;
  /// New output after Ring::arm_and_recheck() said false. May also come without need.
  virtual void on_output(const std::string& id) = 0;
  /// The first process has ended, and everything it wrote is in the ring. Background jobs may still write after this.
  virtual void on_exited(const std::string& id, const ExitStatus& status) = 0;
  /// The keeper is gone: every terminal is lost, the worker should end.
  virtual void on_keeper_lost() = 0;
};

class KeeperClient {
 public:
  /// `fd`: the socket that the keeper left at descriptor 3.
  KeeperClient(boost::asio::any_io_executor executor, base::UniqueFd fd);
  KeeperClient(const KeeperClient&) = delete;
  KeeperClient& operator=(const KeeperClient&) = delete;
  ~KeeperClient();

  /// Says hello and receives everything that is alive. Once, first. Errors: `protocol` (other version), `closed`.
  core::Task<base::Result<Connected>> connect();
  /// Begins to deliver events; `events` must outlive stop(). Reports wait in order until then. After connect().
  void start(KeeperEvents& events);
  /// Ends delivery, fails pending spawn()s with `closed`, waits for the client's own coroutines. Terminals go on living
  /// in the keeper. The coroutines inside spawn() must have ended before the client is destroyed.
  core::Task<> stop();

  /// Starts a program on a new PTY. Needs start(). Events of the new terminal are held back until the caller has had
  /// its turn after co_await, so put it in the registry before suspending again. When cancelled, the terminal is
  /// forgotten as soon as it exists. Errors: `too_large`, `closed`; `invalid_params` when the program or the
  /// directory cannot be used, `spawn_failed` when the system lacks something, each with a sentence that names the step
  /// and the system's reason (field `cwd` or `argv` where it is one of them).
  core::Task<base::Result<PtyHandle>> spawn(SpawnRequest request);

  /// Replaces the terminal's meta for the next worker. Errors: `too_large`.
  base::Result<> set_meta(const std::string& id, std::string_view bytes);
  /// Sends signal number `sig`. Nothing happens when the terminal or its processes are gone.
  void signal(const std::string& id, int sig, SignalTarget to);
  /// Ends what still runs (SIGHUP, then SIGTERM, then SIGKILL), drops ring and files. No event follows.
  void forget(const std::string& id);
  /// The ring has space again; when Ring::set_parsed() or set_floor() says so.
  void resume(const std::string& id);
  /// Keeps a copy of `fd` under `name` (at most 64 bytes, 64 names) for the next workers, e.g. a listening socket.
  base::Result<> stash(const std::string& name, int fd);
  void unstash(const std::string& name);
  /// Asks for SIGTERM and a new worker from the binary now on disk.
  void request_restart();
  /// Asks the keeper to end everything, this worker included.
  void request_stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace duotty::pty
