#pragma once
// What the fold of a session needs besides the terminal: marks, command state, journal, and where the prompt stands.
#include <duotty/exec/command_tracker.hpp>
#include <duotty/exec/marks.hpp>
#include <duotty/exec/run.hpp>
#include <duotty/exec/shell_profile.hpp>
#include <duotty/session/block_list.hpp>
#include <duotty/session/session.hpp>
#include <optional>
#include <string>

#include "journal.hpp"
#include "line_watch.hpp"

namespace duotty::session {

/// The session's sink for text and marks, in stream order.
struct Session::Shell final : exec::MarkSink {
  Shell(Session& owner, std::string nonce, std::string directory);

  void text(std::string_view bytes) override;
  void mark(const exec::Mark& mark) override;

  /// The line the person has just entered at the prompt, when the previous prompt's end is still in the grid.
  std::optional<std::string> accepted_line() const;
  /// Where the input line begins, or nothing.
  std::optional<term::Position> input_position() const;
  std::optional<term::Position> prompt_position() const;
  void place(term::AnchorId& anchor);
  /// What viewers are told of the shell; `duration_ms` is the last command's while the shell is at its prompt.
  nlohmann::json command_frame() const;
  /// True when nothing tells that a command starts: the shell has marks in its prompts only.
  bool starts_unmarked() const noexcept;
  /// Enter was sent so many times, or none but Ctrl-C. The journal tells it again when the fold is run again.
  void on_typed(std::size_t enters);
  /// True while such a shell reads a line that nobody but a person or a program at the keyboard types.
  bool watches_line() const noexcept;
  /// The line that was entered at a prompt of such a shell is a command that starts, as far as `sign` tells.
  void start_line(LineWatch::Sign sign);
  /// Looks whether the line that was entered last has started a program that shows nothing.
  void look_for_program();
  /// True when such a shell reads a line at a prompt that has no marks any more.
  bool prompt_is_bare() const;
  /// True when there is output that was not looked at yet, here or on its way: there may be marks in it.
  bool is_behind() const;
  /// Keeps what the terminal answers to a question in the output of the command that runs, until it is known whether
  /// anybody reads it: what nobody has read when a command ends would stand on the next input line.
  void hold(std::string_view reply);
  /// Sends what is held if somebody reads it, and looks again later if not.
  void look_for_reader();
  /// Keys are about to be sent: a reader that is not waiting yet gets the answer before them.
  void answer_before_input();
  /// A command has ended, however that was found out.
  void on_ended(const exec::Block& block);
  /// The integration is gone: from now on as without.
  void lose_integration();
  /// What of this a checkpoint keeps, besides filter and tracker; and back.
  std::string save_prompt() const;
  void restore_prompt(std::string_view saved);

  Session& session;
  exec::MarkFilter filter;
  exec::CommandTracker tracker;
  exec::ShellProfile profile;
  Journal journal;
  term::AnchorId prompt_anchor = term::AnchorId::none;
  term::AnchorId input_anchor = term::AnchorId::none;
  BlockList blocks;
  exec::ExecRun* run = nullptr;  ///< the exec that is under way
  std::uint64_t run_seq = 0;     ///< number of the command that it started; 0 before
  bool command_ran = true;       ///< a command started since the last prompt
  bool continued = false;        ///< a continuation prompt stood since the last prompt
  bool line_touched = true;      ///< something was typed since the last Enter: text may stand on the input line
  bool escaped = false;          ///< since the last Enter, a key like Escape was typed: the next may be no letter
  std::chrono::steady_clock::time_point last_input{};
  bool prompt_begun = false;      ///< the prompt's start mark has come, its end mark not yet
  std::uint64_t prompt_rows = 0;  ///< rows of the prompt above the one in which the input line begins
  std::uint64_t position = 0;     ///< source offset behind what was shown last, once a mark has told
  LineWatch line;                 ///< what is entered at a prompt of a shell that starts unmarked
  bool by_line = false;           ///< that has started the command that runs
  term::AnchorId more_anchor = term::AnchorId::none;  ///< where the line of a continuation prompt begins
  std::string left;                                   ///< the last two bytes of the line that is being shown
  std::optional<std::string> entered;                 ///< what the shell says was entered without starting a command
  bool commented = false;                             ///< that is known by the start of a comment, not by its end
  std::string held;      ///< what the terminal has answered and the program has not got yet
  bool watched = false;  ///< a reader of it is looked for

 private:
  void show(std::string_view bytes);
  void show_line(std::string_view bytes);
  void show_piece(std::string_view bytes);
  bool wraps_only(std::string_view bytes) const;
  std::optional<std::string> shown_line() const;
  core::Task<> watch_program(std::uint64_t prompts);
  core::Task<> watch_reader();
  bool has_reader() const;
  void release();
  void handle(const exec::Mark& mark);
  /// Which shell it is on another host, once it has said so.
  void name_shell();
  void on_prompt_start();
  void on_prompt_end();
  void on_started(bool told);
  void tell(const CommandBlock& block);
};

/// Wall clock for blocks.
exec::WallTime wall_now();

}  // namespace duotty::session
