#pragma once
// The keeper's one thread: an epoll loop over signals, the worker's socket, every PTY and the report pipes of programs
// that are being started. The members are grouped by the file that implements them.
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <duotty/base/unique_fd.hpp>
#include <duotty/pty/keeper.hpp>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "child_exec.hpp"
#include "keeper_outbox.hpp"
#include "process_table.hpp"
#include "restart_policy.hpp"
#include "ring_file.hpp"

namespace duotty::pty {

/// One line on standard error.
void say(std::initializer_list<std::string_view> words);

class Keeper {
 public:
  Keeper(const KeeperOptions& options, Inherited inherited);
  ~Keeper();
  /// Runs until stopped; the exit code.
  int run();

 private:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;

  enum class Watch { off, level, edge };
  enum class Source : std::uint64_t { signals, worker, pty, report };

  struct Terminal {
    std::uint64_t serial = 0;
    std::string id;
    std::string folder;  // of its files; empty: in memory
    std::string meta;
    pid_t pid = -1;         // also its session and first process group
    SharedFd master;        // empty when the PTY is over
    winsize window{};       // its last size, once it is over
    base::UniqueFd report;  // open until exec has succeeded or failed
    RingFile ring;
    Watch watch = Watch::off;
    bool hung = false;     // the last read said EIO: no process has the terminal open
    bool starved = false;  // the disk is full
    bool resting = false;  // not read until its place in resting_ is due
    bool forgotten = false;
    bool ended = false;  // nothing of its session is left
    // After the first process was reaped:
    bool reaped = false;
    bool exit_known = false;  // and its output is in the ring
    bool remnants = false;    // and others of its session live on
    std::size_t drain_left = 0;
    wire::Exit exit;
    // While it is being ended:
    std::optional<time_point> ending_since;
    bool terminated = false;
  };

  struct Worker {
    pid_t pid = 0;  // 0: none
    base::UniqueFd socket;
    std::uint32_t interest = 0;
    bool ready = false;  // has said hello
    bool asked_to_end = false;
    time_point started_at;
    std::optional<time_point> kill_at;
    std::optional<time_point> start_at;
  };

  // keeper_loop.cpp
  bool prepare();
  void wait_and_dispatch();
  void on_signals();
  void on_child_ended();
  void on_timers();
  int next_timeout() const;
  bool finished() const;
  void watch(Terminal& terminal, Watch how);
  bool add_to_epoll(int fd, Source source, std::uint64_t serial, std::uint32_t events);

  // keeper_worker.cpp
  void start_worker();
  void end_worker(std::chrono::milliseconds patience);
  void on_worker_ended(int status);
  void on_worker_socket(std::uint32_t events);
  void lose_worker(std::string_view why);
  void flush();
  void restart_worker();

  // keeper_requests.cpp
  void read_requests(bool worker_alive);
  bool handle(wire::Message message, std::vector<base::UniqueFd>& fds, bool worker_alive);
  void welcome();
  void on_signal_request(const wire::Signal& request);
  void send(const wire::Message& message, std::vector<SharedFd> fds = {});

  // keeper_spawn.cpp
  void spawn(wire::Spawn request);
  std::optional<StartFailure> try_spawn(const wire::Spawn& request, Terminal& terminal);
  void on_report(Terminal& terminal);

  // keeper_reading.cpp
  Pace pace(const Terminal& terminal) const;
  void read_turn(Terminal& terminal);
  bool read_some(Terminal& terminal, std::size_t& budget);
  bool await_space(Terminal& terminal);
  void on_hang_up(Terminal& terminal);
  void reconsider(Terminal& terminal);
  void reconsider_all();
  void publish_exit(Terminal& terminal);
  void rest(Terminal& terminal);
  void on_rested();

  // keeper_ending.cpp
  void on_reaped(Terminal& terminal, int status, const rusage& usage);
  bool has_remnants(const Terminal& terminal) const;
  void on_orphan_reaped();
  void recount_remnants();
  void begin_stop(int code);
  void begin_end(Terminal& terminal);
  void end_turn();
  void end_step(Terminal& terminal, const ProcessTable& table);
  void forget(Terminal& terminal);
  void drop(Terminal& terminal);
  void close_pty(Terminal& terminal);
  void prune_ended_files();
  void remove_socket_files() const;

  Terminal* find(const std::string& id);

  const KeeperOptions& options_;
  const Inherited inherited_;
  RestartPolicy policy_;
  ChildPlan worker_plan_;
  time_point now_;  // of this turn

  base::UniqueFd epoll_;
  base::UniqueFd signals_;
  base::UniqueFd null_;
  base::UniqueFd rest_timer_;
  Worker worker_;
  Outbox outbox_;
  std::map<std::string, SharedFd> stash_;
  std::map<std::uint64_t, std::unique_ptr<Terminal>> terminals_;  // in the order they were started
  std::unordered_map<std::string, Terminal*> by_id_;              // without the forgotten
  std::unordered_map<pid_t, Terminal*> by_pid_;                   // whose first process is not reaped
  std::deque<std::uint64_t> resting_;                             // serials, in the order they go on
  std::uint64_t next_serial_ = 1;

  std::optional<time_point> ending_turn_at_;
  std::optional<time_point> starved_turn_at_;
  std::optional<time_point> remnants_turn_at_;
  std::optional<time_point> prune_turn_at_;
  std::optional<time_point> stopping_since_;
  int exit_code_ = 0;
};

}  // namespace duotty::pty
