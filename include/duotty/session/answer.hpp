#pragma once
// The place of a `#` answer in a terminal: rows that grow above the prompt while the shell stays at it. The rows are
// part of the display stream and the journal, so every viewer, reattach and replay has them; the program never sees
// them.
#include <duotty/base/error.hpp>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace duotty::session {

class Session;

/// Where a question stands.
enum class AskState { idle, thinking, streaming };

/// One per session. Loop thread only.
class AnswerInsert {
 public:
  explicit AnswerInsert(Session& session);

  /// A question was asked; `on_cancel` is called once if a person stops it. Replaces an earlier waiting prefill.
  void begin(std::function<void()> on_cancel);
  /// Rows that became final, and the unfinished row as it stands now; each is text and SGR only. They are drawn when
  /// the shell is at its prompt, else kept until it is.
  void update(std::vector<std::string> committed, std::string partial);
  /// The answer is complete. `command`: one sanitised line to put on the input line when that is empty, else to offer;
  /// `warning`: a sentence about what the command would do, empty when there is nothing to say.
  void end(std::optional<std::string> command, const std::string& message, std::string warning = {});

  AskState state() const noexcept { return state_; }
  bool active() const noexcept { return state_ != AskState::idle; }
  /// Stops the question, as Ctrl-C does.
  void cancel();
  /// The command that waits for an empty input line.
  const std::optional<std::string>& waiting() const noexcept { return waiting_; }
  /// Puts the waiting command on the input line if that is empty. Errors: not_found when nothing waits, busy while a
  /// command runs or the answer is still being drawn, conflict when something stands on the line, gone.
  base::Result<> place_waiting();
  /// What viewers are told of the question (docs/terminal-websocket.md, "ask"); "done" when it is over.
  nlohmann::json frame() const;
  /// Columns that rows may have.
  int columns() const;

  // --- called by the session ----------------------------------------------------------------------------------------
  /// The prompt stands and reads input: draws what was kept.
  void on_prompt();
  /// The prompt block is gone or moved by others (a command started, the width changed): the drawn partial row is left.
  void on_prompt_lost();
  /// A command started: a suggestion that was offered belonged to the prompt before it and ends.
  void on_command();

 private:
  void draw();
  void announce(const char* state, const std::string& message);

  Session& session_;
  AskState state_ = AskState::idle;
  std::function<void()> on_cancel_;
  std::vector<std::string> kept_;  ///< final rows that are not drawn yet
  std::string partial_;
  int drawn_partial_ = 0;  ///< rows above the prompt that the next draw replaces
  std::optional<std::string> waiting_;
  std::string warning_;  ///< about the last suggestion
  bool place_when_ready_ = false;
};

}  // namespace duotty::session
