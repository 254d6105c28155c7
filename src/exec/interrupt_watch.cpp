#include <duotty/exec/interrupt_watch.hpp>

namespace duotty::exec {
namespace {

/// Long enough for a program to end by the signal, which may be all that has happened.
constexpr std::chrono::milliseconds step{50};
constexpr std::chrono::seconds patience{3};

}  // namespace

void InterruptWatch::sent(const Program& foreground, const Program& shell, Time now) {
  next_.reset();
  if (foreground.argv != shell.argv) return;
  struck_ = foreground;
  next_ = now + step;
  until_ = now + patience;
}

bool InterruptWatch::again(const Program& foreground, Time now) {
  if (!next_ || now < *next_) return false;
  if (foreground == struck_) {
    next_ = now + step;
    if (now >= until_) next_.reset();
    return false;
  }
  next_.reset();
  return true;
}

}  // namespace duotty::exec
