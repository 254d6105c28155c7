#pragma once
// Secrets from people and scripts: never from arguments, which every user of the machine can read.
#include <duotty/base/error.hpp>
#include <string>

namespace duotty::cli {

/// Asks at the terminal that standard input is, without showing what is typed; else takes a line of standard input.
/// Errors: cancelled (Ctrl+C), io, too_large (beyond 4 KiB).
base::Result<std::string> read_secret(const std::string& prompt);

/// The same, showing what is typed.
base::Result<std::string> read_answer(const std::string& prompt);
/// True when a person can be asked: standard input and standard error are terminals.
bool person_at_terminal();

/// What typed bytes make of a line: backspace, Ctrl+U and the rest as a terminal would do it.
class SecretLine {
 public:
  enum class Step { more, done, cancelled };
  Step take(char c);
  const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

}  // namespace duotty::cli
