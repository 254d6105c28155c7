#pragma once
// Is the line the person just entered at a shell prompt a question to the AI? Decided on the accepted line alone: what
// stands in the grid between the prompt's end mark and the next prompt. The shell sees a comment and nothing else.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::exec {

/// The facts that must hold for a line to count: nothing a program prints or reads can be a question.
struct AskContext {
  bool enabled = true;               ///< the feature is on for this terminal
  bool marks_trusted = false;        ///< the prompt marks carried our nonce
  bool alternate_screen = false;     ///< a full-screen program has the screen
  bool echo_on = false;              ///< the terminal's ECHO or the shell's own line editing shows what is typed
  bool shell_is_foreground = false;  ///< the shell is the foreground process group
};

/// What the person wants.
enum class AskKind : std::uint8_t {
  question,  ///< `# text`
  reset,     ///< `# /reset`: forget the thread
  model,     ///< `# /model NAME`: use this model; text is NAME, empty to ask which is in use
  help,      ///< `# /help`
};

struct AskLine {
  AskKind kind = AskKind::question;
  std::string text;  ///< trimmed; the question or the model's name
};

/// A question iff every fact holds and the line, after leading blanks, begins with exactly one `#` and has text after
/// it.
/// `##...` and `#!...` are ordinary comments. `# /word` with an unknown word is a question.
std::optional<AskLine> ask_line(std::string_view accepted_line, const AskContext& context);

}  // namespace duotty::exec
