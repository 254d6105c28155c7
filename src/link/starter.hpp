#pragma once
// How a program for sh gets to a host unseen by others there: a short command, which everybody may read, switches the
// terminal's echo off, says that it is ready, reads the program from the terminal and runs it. Pure.
#include <optional>
#include <string>
#include <string_view>

namespace duotty::link {

class Starter {
 public:
  /// An empty program: there is nothing to wait for.
  explicit Starter(std::string program);

  /// The command, a line that every shell understands.
  static std::string command();
  /// True until the program runs; before, the host must get nothing else.
  bool waits() const noexcept { return state_ != State::running; }
  /// Nothing is sent any more.
  void give_up() noexcept { state_ = State::running; }
  /// Takes what comes from the host; what of it is to be shown. Holds back what may be the beginning of a word of ours.
  std::string take(std::string_view bytes);
  /// What to send, once, when the command is ready.
  std::optional<std::string> answer();

 private:
  enum class State { calling, ready, sent, running };
  std::string program_;
  std::string held_;
  State state_;
};

}  // namespace duotty::link
