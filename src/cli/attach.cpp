#include "attach.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <csignal>
#include <cstring>
#include <duotty/base/random.hpp>
#include <duotty/core/event.hpp>
#include <duotty/core/scope.hpp>
#include <nlohmann/json.hpp>

#include "attach_core.hpp"
#include "attach_screen.hpp"
#include "attach_tty.hpp"
#include "client.hpp"
#include "detach_key.hpp"
#include "exec_command.hpp"
#include "render.hpp"
#include "reply_filter.hpp"
#include "server_commands.hpp"
#include "terminal_commands.hpp"

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;
using namespace std::chrono_literals;
using core::asio::experimental::awaitable_operators::operator||;
using Clock = std::chrono::steady_clock;

/// A first picture with all its scrollback may be long.
constexpr std::size_t kMaxFrame = 256 * 1024 * 1024;
/// A server that restarts is back well within this time.
constexpr auto kGiveUp = 30s;
constexpr auto kShortestPause = 100ms;
constexpr auto kLongestPause = 2s;
/// The server pings every 15 s; a connection that is quiet for longer than this is dead.
constexpr auto kSilence = 45s;

/// Drives one AttachCore: the person's terminal on one side, connections to the server on the other.
class Attachment {
 public:
  /// `pid_file` names the keeper of a local server; empty when it is not local.
  Attachment(core::asio::any_io_executor executor, Endpoint endpoint, std::string pid_file, AttachTty& tty,
             AttachCore core, DetachKey key)
      : endpoint_(std::move(endpoint)),
        pid_file_(std::move(pid_file)),
        tty_(tty),
        core_(std::move(core)),
        key_(std::move(key)),
        signals_(executor, SIGWINCH, SIGCONT),
        typed_(executor),
        changed_(executor),
        scope_(executor) {}

  Task<Ending> run(Interrupts& interrupts) {
    scope_.spawn("attach keys", read_keys());
    scope_.spawn("attach held keys", flush_late());
    scope_.spawn("attach screen", draw());
    scope_.spawn("attach size", watch_size());
    scope_.spawn("attach signals", watch_interrupts(interrupts));
    scope_.spawn("attach connection", stay_connected());
    while (!core_.ending()) co_await changed_.wait();
    // Leaving is polite: what was typed goes out and the closing handshake is made, within a moment.
    if (const auto socket = socket_) {
      auto farewell = say_goodbye(*socket) || core::sleep_for(500ms);
      co_await std::move(farewell);
    }
    co_await scope_.stop();
    co_return *core_.ending();
  }

 private:
  Task<> say_goodbye(ws::Socket& socket) {
    while (core_.connected() && !core_.outgoing().empty()) co_await changed_.wait();
    co_await socket.close(ws::CloseCode::normal);
  }

  void leave(Ending::Why why, std::optional<int> code = std::nullopt, std::string message = {}) {
    Ending ending;
    ending.why = why;
    ending.code = code;
    ending.message = std::move(message);
    core_.leave(std::move(ending));
    changed_.notify();
  }

  void take_pieces(const ReplyFilter::Pieces& pieces) {
    for (const auto& piece : pieces) {
      if (piece.kind == ReplyFilter::Piece::Kind::pasted) {
        core_.type(piece.bytes);
        continue;
      }
      // While the keyboard is captured this key, pressed twice, takes it back.
      if (core_.captured() && key_.name() == "Ctrl+\\") {
        core_.type(piece.bytes);
        continue;
      }
      const auto verdict = key_.feed(piece.bytes);
      core_.type(verdict.forward);
      if (verdict.detach) {
        leave(Ending::Why::detached);
        return;
      }
    }
    changed_.notify();
  }

  Task<> read_keys() {
    while (!core_.ending()) {
      const std::string bytes = co_await tty_.read();
      if (bytes.empty()) {
        leave(Ending::Why::signal, SIGHUP);
        co_return;
      }
      ReplyFilter::Pieces pieces;
      filter_.feed(bytes, pieces);
      last_typed_ = Clock::now();
      typed_.notify();
      take_pieces(pieces);
    }
  }

  /// Lets go of what the filter holds back when nothing follows it in time.
  Task<> flush_late() {
    while (true) {
      while (!filter_.patience()) co_await typed_.wait();
      const auto due = last_typed_ + *filter_.patience();
      const bool more = co_await typed_.wait_until(due);
      if (more || !filter_.patience()) continue;
      ReplyFilter::Pieces pieces;
      filter_.flush(pieces);
      take_pieces(pieces);
    }
  }

  Task<> draw() {
    while (true) {
      while (core_.drawings().empty()) co_await changed_.wait();
      const Drawing drawing = std::move(core_.drawings().front());
      core_.drawings().pop_front();
      filter_.note_output(drawing.bytes);
      const bool written = co_await tty_.write(drawing.bytes);
      if (!written) {
        leave(Ending::Why::signal, SIGHUP);
        co_return;
      }
      core_.on_drawn(drawing.end);
      changed_.notify();
    }
  }

  Task<> watch_size() {
    while (true) {
      auto [failed, signal] = co_await signals_.async_wait(core::as_result);
      if (failed) co_return;
      if (signal == SIGCONT) {
        tty_.make_raw();
        core_.redraw();
        if (socket_) socket_->abort();
      }
      core_.resize(tty_.size());
      changed_.notify();
    }
  }

  Task<> watch_interrupts(Interrupts& interrupts) {
    const int signal = co_await interrupts.next();
    leave(Ending::Why::signal, signal);
  }

  Task<> stay_connected() {
    auto pause = std::chrono::duration_cast<Clock::duration>(kShortestPause);
    auto lost_at = Clock::now();
    while (!core_.ending()) {
      const bool was_connected = co_await connect_once();
      if (core_.ending()) co_return;
      if (was_connected) {
        pause = kShortestPause;
        lost_at = Clock::now();
      }
      // A worker that died comes back; a keeper that ended took every terminal with it.
      const bool stopped = !was_connected && !pid_file_.empty() && running_pid(pid_file_) == 0;
      if (!core_.ever_connected() || stopped || Clock::now() - lost_at > kGiveUp) {
        leave(Ending::Why::lost, std::nullopt, last_error_);
        co_return;
      }
      co_await core::sleep_for(pause);
      pause = std::min<Clock::duration>(pause * 2, kLongestPause);
    }
  }

  /// One connection from its opening to its end; true when the server greeted.
  Task<bool> connect_once() {
    auto opened = co_await open_socket(endpoint_, core_.target(), kMaxFrame);
    if (!opened) {
      last_error_ = opened.error().message();
      if (const Errc code = opened.error().code(); code == Errc::unauthenticated || code == Errc::denied) {
        leave(Ending::Why::refused, base::info(code).exit, last_error_);
      }
      co_return false;
    }
    socket_ = std::move(*opened);
    last_heard_ = Clock::now();
    bool greeted = false;
    auto work = receive(greeted) || send() || watch_silence();
    co_await std::move(work);
    socket_->abort();
    last_error_ = "The server closed the connection.";
    if (!core_.ending()) core_.on_lost(socket_->close_code(), visible_line(socket_->close_reason()));
    socket_.reset();
    changed_.notify();
    co_return greeted;
  }

  Task<> receive(bool& greeted) {
    while (!core_.must_reconnect()) {
      auto message = co_await socket_->receive();
      if (!message) co_return;
      last_heard_ = Clock::now();
      if (message->kind == ws::MessageKind::binary) {
        core_.on_binary(message->bytes);
      } else {
        core_.on_text(message->bytes);
      }
      greeted = greeted || core_.connected();
      changed_.notify();
    }
  }

  Task<> send() {
    while (true) {
      while (core_.outgoing().empty()) co_await changed_.wait();
      const OutFrame frame = std::move(core_.outgoing().front());
      core_.outgoing().pop_front();
      base::Result<> sent;
      if (frame.binary) {
        sent = co_await socket_->send_binary(frame.bytes);
      } else {
        sent = co_await socket_->send_text(frame.bytes);
      }
      if (!sent) co_return;
      if (core_.outgoing().empty()) changed_.notify();
    }
  }

  Task<> watch_silence() {
    while (Clock::now() < last_heard_ + kSilence) co_await core::sleep_until(last_heard_ + kSilence);
  }

  Endpoint endpoint_;
  std::string pid_file_;
  AttachTty& tty_;
  AttachCore core_;
  DetachKey key_;
  ReplyFilter filter_;
  std::shared_ptr<ws::Socket> socket_;  ///< shared with the farewell, which may outlast the connection's loop
  std::string last_error_;
  Clock::time_point last_heard_{};
  core::asio::signal_set signals_;
  Clock::time_point last_typed_{};
  core::Event typed_;
  core::Event changed_;
  core::Scope scope_;
};

/// The terminal that is meant: by name, the only one, or a new one of that name.
Task<base::Result<Json>> find_terminal(Context& context, Remote& remote, const AttachOptions& options) {
  const bool fresh = !options.connection.empty();
  if (options.terminal.empty() && !options.create && !fresh) {
    Json none = Json::object();
    auto listed = co_await remote.call("terminal.list", std::move(none), {});
    if (!listed) co_return listed.error();
    const Json terminals = listed->value("terminals", Json::array());
    if (terminals.size() == 1) co_return terminals.front();
    co_return Error(Errc::invalid_params, terminals.empty()
                                              ? "There are no terminals. Make one with: duotty attach --create NAME"
                                              : "There are several terminals: say which. List them with: duotty ls");
  }
  Json params = {{"terminal_id", options.terminal}};
  if (!options.terminal.empty() && !fresh) {
    auto found = co_await remote.call("terminal.get", std::move(params), {});
    if (found || !options.create || found.error().code() != Errc::terminal_not_found) co_return found;
  }
  NewOptions make;
  make.name = options.terminal;
  make.connection = options.connection;
  auto wanted = create_params(make, context);
  if (!wanted) co_return wanted.error();
  auto made = co_await remote.call("terminal.create", std::move(*wanted), {});
  co_return made;
}

Task<base::Result<Json>> look_up(Context& context, const AttachOptions& options) {
  auto remote = co_await context.connect(context.endpoint);
  if (!remote) co_return remote.error();
  auto found = co_await find_terminal(context, **remote, options);
  co_await (*remote)->close();
  co_return found;
}

/// Says how it ended; the exit status.
int report(Context& context, const Ending& ending, const std::string& shown) {
  const auto say = [&](const std::string& text) {
    if (!context.globals.quiet) context.console.err("[duotty: " + visible_line(text) + "]\n");
  };
  switch (ending.why) {
    case Ending::Why::detached:
      say("left " + shown + "; it goes on. Come back with: duotty attach " + shown);
      return exit_status::ok;
    case Ending::Why::closed:
      say(shown + " was closed");
      return exit_status::ok;
    case Ending::Why::signal:
      return exit_status::signal_base + ending.code.value_or(SIGTERM);
    case Ending::Why::refused:
      say(ending.message);
      return ending.code.value_or(base::info(Errc::denied).exit);
    case Ending::Why::lost:
      say("lost the server: " + ending.message);
      return base::info(Errc::unreachable).exit;
    case Ending::Why::exited:
      break;
  }
  if (!ending.signal.empty()) {
    say("the program was ended by " + ending.signal);
    const auto number = signal_number(ending.signal);
    return exit_status::signal_base + number.value_or(SIGTERM);
  }
  say("the program ended" + (ending.code ? " with exit code " + std::to_string(*ending.code) : std::string()));
  return ending.code.value_or(0) & 0xff;
}

}  // namespace

Task<int> attach_command(Context& context, AttachOptions options) {
  auto key = DetachKey::parse(options.detach_key);
  if (!key) co_return context.fail(key.error());
  const auto executor = co_await core::asio::this_coro::executor;
  auto tty = AttachTty::take(executor, STDIN_FILENO, STDOUT_FILENO);
  if (!tty) co_return context.fail(tty.error());
  auto work = look_up(context, options) || context.interrupts->next();
  auto outcome = co_await std::move(work);
  if (outcome.index() == 1) co_return exit_status::signal_base + std::get<1>(outcome);
  const auto& found = std::get<0>(outcome);
  if (!found) co_return context.fail(found.error());
  const std::string id = text_of(*found, "id");
  if (context.endpoint.local() && context.environment.get("DUOTTY_TERMINAL") == id) {
    co_return context.fail(
        {Errc::conflict, "This is the terminal you are in: attaching to it would show it inside itself without end."});
  }
  const std::string name = text_of(*found, "name");
  const std::string shown = visible_line(name.empty() ? id : name);

  const WindowSize window = (*tty)->size();
  AttachCore core(id, base::make_token(12), options.read_only ? Role::viewer : Role::typist, window);
  (*tty)->make_raw();
  Ending ending;
  {
    const std::string pid_file = context.endpoint.local() ? context.paths.pid_file : std::string();
    Attachment attachment(executor, context.endpoint, pid_file, **tty, std::move(core), *key);
    ending = co_await attachment.run(*context.interrupts);
  }
  (*tty)->write_last(screen::leave((*tty)->size().rows));
  (*tty)->restore();
  co_return report(context, ending, shown);
}

}  // namespace duotty::cli
