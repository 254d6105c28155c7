#pragma once
// What a command gets to work with, and what a parsed command is.
#include <chrono>
#include <deque>
#include <duotty/base/error.hpp>
#include <duotty/core/event.hpp>
#include <duotty/core/task.hpp>
#include <functional>
#include <memory>
#include <string>

#include "endpoint.hpp"
#include "environment.hpp"
#include "remote.hpp"
#include "secret_input.hpp"

namespace duotty::cli {

/// Exit statuses that are no failure of a method (those come from base::info()).
namespace exit_status {
inline constexpr int ok = 0;
inline constexpr int not_running = 3;     ///< `status`: there is no server
inline constexpr int usage = 64;          ///< the arguments make no sense (sysexits.h EX_USAGE)
inline constexpr int refused = 77;        ///< `exec`: the gate does not let it run (EX_NOPERM)
inline constexpr int timed_out = 124;     ///< `exec`, `wait`: it took longer than allowed (as timeout(1))
inline constexpr int unknown_code = 125;  ///< `exec`: the command's exit code is not known
inline constexpr int signal_base = 128;   ///< plus the number of the signal that ended it
}  // namespace exit_status

/// Signals that reached this process, in order, as something to wait for.
class Interrupts {
 public:
  explicit Interrupts(core::asio::any_io_executor executor) : arrived_(std::move(executor)) {}
  void raise(int signal) {
    waiting_.push_back(signal);
    arrived_.notify();
  }
  /// The next one, SIGINT, SIGTERM, SIGHUP, or SIGPIPE when nobody reads standard output any more.
  Task<int> next() {
    while (waiting_.empty()) co_await arrived_.wait();
    const int signal = waiting_.front();
    waiting_.pop_front();
    co_return signal;
  }

 private:
  std::deque<int> waiting_;
  core::Event arrived_;
};

/// Connects to a server.
using Connect = std::function<Task<base::Result<std::unique_ptr<Remote>>>(Endpoint)>;

struct Context {
  const rpc::Table& table;
  const CliHooks& hooks;
  Console& console;
  const Environment& environment;
  Globals globals;
  Paths paths;
  Endpoint endpoint;
  Connect connect;
  Interrupts* interrupts = nullptr;  ///< set while a loop runs
  bool broken_off = false;           ///< a signal ends the command
  std::function<base::Result<std::string>()> read_input = read_standard_input;
  std::function<base::Result<std::string>(const std::string& prompt)> ask_secret = read_secret;
  std::function<base::Result<std::string>(const std::string& prompt)> ask_line = read_answer;
  std::function<bool()> has_person = person_at_terminal;

  /// Says what went wrong (a JSON object with --json) and returns its exit status.
  int fail(const base::Error& error, const Json* details = nullptr);
  /// A result as indented JSON.
  void print_json(const Json& json);
  /// Information for people; nothing with --quiet or --json.
  void say(std::string_view line);
};

/// A parsed command: exactly one of the functions is set.
struct Command {
  enum class OnInterrupt { end, handled };

  std::string name;
  std::function<int(Context&)> local;                  ///< needs no loop
  std::function<Task<int>(Context&)> loop;             ///< connects by itself
  std::function<Task<int>(Context&, Remote&)> remote;  ///< is given a connection
  OnInterrupt on_interrupt = OnInterrupt::end;

  bool empty() const { return !local && !loop && !remote; }
};

/// Runs a command to its exit status, with a loop of its own when it needs one. A signal ends a command that does not
/// handle it, with 128 + its number.
int run_command(const Command& command, Context& context);

}  // namespace duotty::cli
