#pragma once
// Where a command starts in a shell that only marks its prompts: when the line is over that was entered at one. A fold
// of what was typed and shown; its text is what stood on the screen, or nothing where that may be something else.
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::session {

/// A command that has started.
struct EnteredLine {
  std::string text;          ///< empty when the screen does not tell it
  std::uint64_t offset = 0;  ///< source offset behind its last line: its output begins there
};

class LineWatch {
 public:
  /// What tells that the entered line is not a part of a longer command.
  enum class Sign {
    output,   ///< something else than a prompt is shown
    program,  ///< a program has the terminal
    prompt,   ///< the next prompt comes: the line may have been empty, or a comment
  };

  /// A prompt for a new command stands.
  void on_prompt();
  /// A prompt for more of the command stands.
  void on_continuation();
  /// The line editor has drawn the prompt and the line anew.
  void on_redrawn();
  /// Enter was sent so many times, or none but Ctrl-C.
  void on_typed(std::size_t enters);
  /// Something stands on the line that is not what it looks like: a tab, a control character.
  void blur() { blurred_ = true; }
  /// The cursor leaves the line, on which `text` stands; nothing when that cannot be told. `offset`: behind the
  /// newline.
  void on_newline(std::optional<std::string> text, std::uint64_t offset);

  /// Enter was sent since the prompt.
  bool entered() const noexcept { return enters_ > 0; }
  /// A continuation prompt has stood since the prompt.
  bool continues() const noexcept { return continues_; }
  /// A line was entered, and nothing has told yet what comes of it.
  bool ended() const noexcept { return ended_; }
  /// The command that starts, if that is one; nothing is known of the line afterwards.
  std::optional<EnteredLine> take(Sign sign);

  /// For the checkpoint, and back.
  nlohmann::json save() const;
  void restore(const nlohmann::json& saved);

 private:
  std::string lines_;  ///< of the command up to now
  std::uint64_t offset_ = 0;
  std::size_t enters_ = 0;  ///< sent since the prompt
  bool continues_ = false;
  bool ended_ = false;
  bool exact_ = true;       ///< `lines_` is all of it
  bool disturbed_ = false;  ///< something else was shown at the prompt: nobody can say what was entered
  bool blurred_ = false;
  bool interrupted_ = false;  ///< what was entered may have been given up before it was whole
};

/// True when the bytes show something or move to another row; controls of the line editor that is left do not.
bool shows_something(std::string_view bytes);
/// True when a line as shown cannot be what was typed: a control character stands on it as two others.
bool shows_controls(std::string_view line);

}  // namespace duotty::session
