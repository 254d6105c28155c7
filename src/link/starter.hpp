#pragma once
// How a program for sh gets to a host unseen by others there: a short command, which everybody may read, switches the
// terminal's echo off, says that it is ready and reads the program from the terminal. Pure.
#include <optional>
#include <string>
#include <string_view>

namespace duotty::link {

class Starter {
 public:
  /// An empty program: there is nothing to wait for.
  explicit Starter(std::string program) : program_(std::move(program)), waiting_(!program_.empty()) {}

  /// The command, a line that every shell understands.
  static std::string command();
  /// True until the command has said that it is ready.
  bool waits() const noexcept { return waiting_; }
  void give_up() noexcept { waiting_ = false; }
  /// Takes what comes from the host; what of it is to be shown. Holds back what may be the beginning of the word.
  std::string take(std::string_view bytes);
  /// What to send, once, when the command is ready.
  std::optional<std::string> answer();

 private:
  std::string program_;
  std::string held_;
  bool waiting_;
  bool ready_ = false;
};

}  // namespace duotty::link
