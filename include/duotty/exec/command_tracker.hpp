#pragma once
// What the shell of one terminal is doing, as a fold of its marks: at its prompt or running a command, since when, in
// which directory, and the finished commands as blocks. Pure: time and offsets come in with the events.
#include <chrono>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/exec/marks.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::exec {

/// Wall-clock time in milliseconds.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// Where the shell is.
enum class ShellPhase : std::uint8_t {
  unknown,  ///< no mark has said yet, or the shell has ended
  prompt,   ///< its prompt is drawn and it reads a line (also while the continuation prompt stands)
  running,  ///< a command runs, or its end is seen and the next prompt is not drawn yet
};

/// How a block ended.
enum class BlockStatus : std::uint8_t {
  running,       ///< not ended: only in CommandTracker::current
  completed,     ///< the shell reported its end
  shell_exited,  ///< the shell ended with the command
  lost,          ///< another command started without an end of this one: a shell was replaced or its hooks removed
};

/// One command with what came of it.
struct Block {
  std::uint64_t seq = 0;           ///< 1, 2, ... in one terminal
  std::string command;             ///< its text; empty when nobody could say
  std::string cwd;                 ///< directory it was started in; empty when unknown
  WallTime started_at{};           ///< when its start mark was handled
  WallTime ended_at{};             ///< when its end was handled; meaningless while running
  std::optional<int> exit_code;    ///< as the shell reported it; never guessed
  std::uint64_t output_begin = 0;  ///< source offset of the first byte of output
  std::uint64_t output_end = 0;    ///< source offset after the last byte of output; meaningless while running
  BlockStatus status = BlockStatus::running;
};

/// Whose words name a block: the mark's command text or the text given to expect_command().
enum class BlockText : std::uint8_t {
  from_shell,     ///< the mark's text if it has one (the command was typed as it is)
  from_expected,  ///< the expected text (what was typed only runs a script with it)
};

/// What one event changed.
struct TrackerUpdate {
  std::optional<Block> ended;  ///< a command ended; its block is final
  bool started = false;        ///< a command started: CommandTracker::current
  bool prompt_drawn = false;   ///< a new prompt stands and reads input
  bool phase_changed = false;
  bool cwd_changed = false;
  bool line_filled = false;  ///< the line that the shell begins to read has text on it
};

/// The fold. A prompt's `D` may come again, when a line editor draws the whole prompt anew; its number tells. Marks
/// must come from one MarkFilter in order. A `D` without a `C` ends no command (an empty line or a comment was entered)
/// but updates the directory and the last exit code. Scripts' `S` and `E` count as start and end where the shell has no
/// integration, and are passed over inside a command that has one.
class CommandTracker {
 public:
  /// `first_seq`: number of the first block.
  explicit CommandTracker(std::uint64_t first_seq = 1) : next_seq_(first_seq) {}

  TrackerUpdate on_mark(const Mark& mark, WallTime now);
  /// The shell process ended at source offset `offset`, with its exit status if that is known.
  TrackerUpdate on_exit(std::uint64_t offset, std::optional<int> code, WallTime now);
  /// Text for the next block that starts. It is dropped at the next prompt.
  void expect_command(std::string text, BlockText use);

  /// Other words for the command that runs, if one does: its own were not told, or must not be kept.
  void name_command(std::string text);

  ShellPhase phase() const noexcept { return phase_; }
  /// True when the prompt is drawn and a whole command may be typed.
  bool at_prompt() const noexcept { return phase_ == ShellPhase::prompt && !continuation_; }
  /// True while the continuation prompt stands.
  bool at_continuation() const noexcept { return continuation_; }
  /// The running command, or nullptr.
  const Block* current() const noexcept { return current_ ? &*current_ : nullptr; }
  std::optional<int> last_exit_code() const noexcept { return last_exit_code_; }
  /// Last directory the shell reported; empty when it never did.
  const std::string& cwd() const noexcept { return cwd_; }
  /// True once the shell said that its hooks are installed.
  bool integrated() const noexcept { return !shell_.empty(); }
  const std::string& shell() const noexcept { return shell_; }
  const std::string& shell_version() const noexcept { return shell_version_; }
  /// True when the integration has said that it is not installed.
  bool declined() const noexcept { return shell_.empty() && !shell_version_.empty(); }
  /// False between a prompt and the word that its line is read, of a shell that says so.
  bool line_begun() const noexcept { return line_begun_; }
  /// True unless the shell said that its line editor may change what is pasted.
  bool pastes() const noexcept { return pastes_; }
  /// The hooks are gone without a word, as the owner has found out: as an `installed` mark with an empty shell.
  TrackerUpdate lose_integration(std::uint64_t offset, WallTime now);
  /// The number that the shell gives to the line it reads now; 0 when it gives none.
  std::uint64_t line() const noexcept { return line_; }
  /// Number the next block will get.
  std::uint64_t next_seq() const noexcept { return next_seq_; }
  /// Counts prompts drawn; a wait for "back at the prompt" compares it.
  std::uint64_t prompts() const noexcept { return prompts_; }
  /// Source offset after the last prompt's end mark: where the input line starts.
  std::uint64_t prompt_end() const noexcept { return prompt_end_; }

  /// The state as printable text of one line.
  std::string save() const;
  /// Fails with invalid_params when `saved` is not what save() wrote.
  static base::Result<CommandTracker> restore(std::string_view saved);

 private:
  void start(const Mark& mark, WallTime now, TrackerUpdate& update);
  void end(BlockStatus status, std::optional<int> code, std::uint64_t offset, WallTime now, TrackerUpdate& update);
  void end_line(const Mark& mark, WallTime now, TrackerUpdate& update);
  void draw_prompt(const Mark& mark, WallTime now, TrackerUpdate& update);
  void set_phase(ShellPhase phase, TrackerUpdate& update);
  void set_cwd(const Mark& mark, TrackerUpdate& update);

  std::optional<Block> current_;
  std::optional<int> last_exit_code_;
  std::string cwd_;
  std::string shell_;
  std::string shell_version_;
  std::string expected_;
  std::string script_id_;  ///< id of the script whose S opened `current_`, or empty
  std::uint64_t next_seq_;
  std::uint64_t prompts_ = 0;
  std::uint64_t prompt_end_ = 0;
  std::uint64_t number_ = 0;      ///< Mark::number of the last `D`
  std::uint64_t line_ = 0;        ///< Mark::number of the last `B`
  std::uint64_t output_end_ = 0;  ///< where the `O` of the running command stood, or 0
  BlockText expected_use_ = BlockText::from_shell;
  ShellPhase phase_ = ShellPhase::unknown;
  bool has_expected_ = false;
  bool continuation_ = false;
  bool pastes_ = true;
  bool tells_line_ = false;
  bool line_begun_ = true;
};

}  // namespace duotty::exec
