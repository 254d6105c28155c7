#include "play_command.hpp"

#include <unistd.h>

#include <boost/asio/this_coro.hpp>
#include <cerrno>
#include <cstring>
#include <duotty/core/event.hpp>
#include <duotty/core/scope.hpp>
#include <filesystem>
#include <fstream>

#include "attach_screen.hpp"
#include "attach_tty.hpp"
#include "cast_player.hpp"
#include "render.hpp"

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;
using Clock = std::chrono::steady_clock;

constexpr std::uintmax_t kLargest = 512 * 1024 * 1024;
constexpr double kFaster = 2;

double seconds_now() {
  return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

base::Result<std::string> read_file(const std::string& path) {
  std::error_code failed;
  if (const auto size = std::filesystem::file_size(path, failed); !failed && size > kLargest) {
    return Error(Errc::too_large, path + " is larger than 512 MiB.");
  }
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open() || file.bad()) {
    return Error(Errc::not_found, "Cannot read " + path + ": " + std::strerror(errno) + ".");
  }
  return text;
}

/// Drives a CastPlayer by the clock and by keys.
class Playing {
 public:
  Playing(core::asio::any_io_executor executor, AttachTty& tty, CastPlayer player)
      : tty_(tty), player_(std::move(player)), changed_(executor), scope_(executor) {}

  /// The signal that ended it, or 0.
  Task<int> run(Interrupts& interrupts) {
    scope_.spawn("keys of the player", read_keys());
    scope_.spawn("signals of the player", watch(interrupts));
    while (!over_ && !player_.over()) {
      const std::string bytes = player_.take(seconds_now());
      if (!bytes.empty()) {
        const bool written = co_await tty_.write(bytes);
        if (!written) break;
      } else if (const auto due = player_.due()) {
        const auto wait = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(*due));
        co_await changed_.wait_until(Clock::now() + wait);
      } else {
        co_await changed_.wait();
      }
    }
    co_await scope_.stop();
    co_return signal_;
  }

 private:
  Task<> read_keys() {
    while (!over_) {
      const std::string keys = co_await tty_.read();
      // The terminal's answers to what is played begin with an escape; they are no keys.
      if (keys.empty()) over_ = true;
      if (keys.starts_with('\x1b')) continue;
      for (const char key : keys) press(key);
      changed_.notify();
    }
  }

  void press(char key) {
    switch (key) {
      case ' ':
        return player_.pause_or_go(seconds_now());
      case '.':
        return player_.step();
      case ']':
        return player_.skip();
      case '+':
        return player_.change_speed(kFaster, seconds_now());
      case '-':
        return player_.change_speed(1 / kFaster, seconds_now());
      case 'q':
      case '\x03':
        over_ = true;
        return;
      default:
        return;
    }
  }

  Task<> watch(Interrupts& interrupts) {
    signal_ = co_await interrupts.next();
    over_ = true;
    changed_.notify();
  }

  AttachTty& tty_;
  CastPlayer player_;
  bool over_ = false;
  int signal_ = 0;
  core::Event changed_;
  core::Scope scope_;
};

}  // namespace

Task<int> play_command(Context& context, PlayOptions options) {
  const auto text = read_file(options.file);
  if (!text) co_return context.fail(text.error());
  auto cast = parse_cast(*text);
  if (!cast) co_return context.fail(cast.error());
  if (!context.environment.in_is_tty || !context.environment.out_is_tty) {
    co_return context.fail({Errc::unsupported, "play needs a terminal: standard input and output must be one."});
  }
  const auto executor = co_await core::asio::this_coro::executor;
  auto tty = AttachTty::take(executor, STDIN_FILENO, STDOUT_FILENO);
  if (!tty) co_return context.fail(tty.error());
  const auto size = (*tty)->size();
  const int cols = cast->cols;
  const int rows = cast->rows;
  (*tty)->make_raw();
  (*tty)->write_last(screen::enter(size.rows));
  CastPlayer player(std::move(*cast), options.speed, options.idle, seconds_now());
  Playing playing(executor, **tty, std::move(player));
  const int signal = co_await playing.run(*context.interrupts);
  (*tty)->write_last(screen::leave(size.rows));
  (*tty)->restore();
  if ((cols > size.cols || rows > size.rows) && !context.globals.quiet) {
    context.console.note("It was recorded in a terminal of " + std::to_string(cols) + " columns and " +
                         std::to_string(rows) + " rows; this one is smaller.");
  }
  co_return signal == 0 ? exit_status::ok : exit_status::signal_base + signal;
}

}  // namespace duotty::cli
