// What the terminal answers to a question of the command that runs.
#include <duotty/pty/tty.hpp>

#include "shell.hpp"

namespace duotty::session {
namespace {

constexpr std::size_t kHeldLimit = 16 * 1024;
constexpr auto kFirstLook = std::chrono::milliseconds(1);
constexpr auto kLastLook = std::chrono::milliseconds(50);
/// A program that asks reads at once. A file with a question in it, shown on the screen, has nobody who does.
constexpr auto kPatience = std::chrono::seconds(3);

/// Who wants an answer has turned off the kernel's line editing, or at least its echo.
bool may_have_asked(int master) {
  return !pty::canonical(master) || !pty::echo_on(master);
}

}  // namespace

void Session::Shell::hold(std::string_view reply) {
  if (held.size() + reply.size() <= kHeldLimit) held += reply;
}

/// The line editor of the shell turns them off too, and some do before the shell has told that the command has ended: a
/// command of the shell's own that asks waits for the answer, or something in its group does, and what the shell tells
/// is in the terminal before it waits for the next line.
bool Session::Shell::has_reader() const {
  const int master = session.pty_.master.get();
  if (!may_have_asked(master)) return false;
  if (!session.shell_is_foreground()) return true;
  const bool waits = session.remote() || pty::waits_for_input(master) || pty::leader_has_company(master);
  return waits && !is_behind();
}

/// A program that ends without reading it leaves it to the shell's line.
void Session::Shell::release() {
  line_touched = true;
  session.reply(std::exchange(held, {}));
}

void Session::Shell::answer_before_input() {
  if (!held.empty() && may_have_asked(session.pty_.master.get())) release();
}

void Session::Shell::look_for_reader() {
  if (held.empty() || watched || !session.alive() || !session.pty_.master) return;
  if (has_reader()) return release();
  watched = true;
  session.scope_.spawn("replies of " + session.id(), watch_reader());
}

core::Task<> Session::Shell::watch_reader() {
  struct Done {
    bool& watched;
    ~Done() { watched = false; }
  };
  const Done done{watched};
  const auto end = std::chrono::steady_clock::now() + kPatience;
  auto pause = kFirstLook;
  while (std::chrono::steady_clock::now() < end) {
    co_await core::sleep_for(pause);
    pause = std::min(2 * pause, kLastLook);
    if (held.empty() || !session.alive() || !session.pty_.master) co_return;
    if (has_reader()) co_return release();
  }
  held.clear();
}

}  // namespace duotty::session
