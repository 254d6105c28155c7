#pragma once
// One terminal as the worker sees it: a fold of the keeper's ring, checkpoint and journal into screen, display stream
// and command state; and the one place where input reaches the program. It knows no HTTP, no JSON method and no AI:
// surfaces reach it through the method table, and `#` questions leave it through SessionEvents.
#include <duotty/base/error.hpp>
#include <duotty/core/event.hpp>
#include <duotty/core/offload.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/exec/interrupt_watch.hpp>
#include <duotty/exec/run.hpp>
#include <duotty/exec/typed_line.hpp>
#include <duotty/pty/keeper_client.hpp>
#include <duotty/session/block_list.hpp>
#include <duotty/session/session_events.hpp>
#include <duotty/session/types.hpp>
#include <duotty/term/terminal.hpp>
#include <functional>
#include <list>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::session {

class Viewer;
class AnswerInsert;
class ScreenUi;
class InputLedger;
struct Checkpoint;
struct ExecReport;

/// Shared by surfaces; after close() it stays a valid object whose operations answer Errc::gone. Loop thread only.
class Session {
 public:
  /// `directory` holds checkpoint and journal; without one a killed worker's state is not rebuilt exactly. `display`:
  /// the file of the display stream; empty: in this process only. `keeper`, `events`, `disk`, on which checkpoints are
  /// written, and `folds`, on which long output is made text, outlive the session.
  Session(core::asio::any_io_executor executor, pty::PtyHandle pty, Meta meta, std::string directory,
          pty::KeeperClient& keeper, SessionEvents& events, core::Offload& disk, core::Offload& folds,
          const std::string& display);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  /// Rebuilds the state an earlier worker had: checkpoint + ring + journal. Once, before begin().
  void restore(const std::optional<pty::ExitStatus>& exited);
  void begin();  ///< starts to consume output
  /// Writes a checkpoint, stops its coroutines. The terminal itself goes on.
  core::Task<> stop();
  /// The terminal was closed: viewers are told, everything later answers `gone`. The caller forgets it at the keeper.
  void mark_closed();

  // --- what it is ---------------------------------------------------------------------------------------------------
  const std::string& id() const noexcept { return meta_.id; }
  const Meta& meta() const noexcept { return meta_; }
  /// Changes name, tags, ttl, visibility or size policy; the caller has checked them.
  void update_meta(const std::function<void(Meta&)>& change);
  bool remote() const noexcept { return !meta_.connection_id.empty(); }  ///< its shell runs on another host
  pid_t pid() const noexcept { return pty_.pid; }
  bool alive() const noexcept { return !exited_ && !closed_; }
  bool closed() const noexcept { return closed_; }
  const std::optional<pty::ExitStatus>& exit_status() const noexcept { return exited_; }
  const term::Terminal& terminal() const noexcept { return *terminal_; }
  std::string title() const { return terminal_->title(); }
  /// Working directory of the shell, on its host: from its marks, else from /proc; empty when unknown.
  std::string cwd() const;
  ShellState shell_state() const noexcept;
  bool integrated() const noexcept;
  const std::string& last_command() const noexcept { return last_command_; }
  /// Grows with every change of the screen.
  std::uint64_t generation() const noexcept { return generation_; }
  std::chrono::steady_clock::time_point last_activity() const noexcept { return last_activity_; }
  /// Seconds since 1970 of the last key a person pressed, 0 when none.
  double last_person_input() const noexcept { return last_person_input_wall_; }
  void touch() { last_activity_ = std::chrono::steady_clock::now(); }
  /// Recent commands, oldest first, at most `count`.
  std::vector<CommandRecord> recent_commands(std::size_t count) const;
  /// The commands that ran, and the one that does.
  BlockList& blocks() noexcept;
  const BlockList& blocks() const noexcept;
  /// The program's output from `from` to `to`, as far as it is still in the ring.
  RawOutput raw_output(std::uint64_t from, std::uint64_t to) const;
  /// True while an earlier worker's state is rebuilt: what is told then may have been told before.
  bool replaying() const noexcept { return replaying_; }
  const core::asio::any_io_executor& executor() const noexcept { return executor_; }

  // --- output -------------------------------------------------------------------------------------------------------
  DisplayOffset size() const noexcept { return display_.head(); }
  /// Offset in the program's raw output up to which the state has seen it.
  std::uint64_t consumed() const noexcept { return source_; }
  /// The kept output from `since` (default: all of it).
  OutputRange output(std::optional<DisplayOffset> since) const;
  /// Notified whenever output, size, exit or state change.
  core::Event& changed() noexcept { return changed_; }
  /// Up to `max` bytes at `offset`, shared by viewers that stand at the same place.
  std::shared_ptr<const std::string> chunk(DisplayOffset offset, std::size_t max);
  DisplayOffset oldest() const noexcept { return display_.oldest(); }  ///< of the bytes that are kept
  /// The output before it may have been meant for another size.
  DisplayOffset resized_at() const noexcept { return resized_at_; }

  // --- input --------------------------------------------------------------------------------------------------------
  /// Queues bytes for the program. `who` ("agent:ci") is told of commands entered by it. Errors: `gone`, `busy` when
  /// the program has not read 256 KiB of earlier input.
  base::Result<> write(std::string_view bytes, InputBy by, std::string_view who = {});
  /// Who would read a line that was entered now, and what stands on it.
  LineReader line_reader() const;
  /// The lines that `bytes` would enter behind what programs have typed since the last Enter; empty without an Enter.
  std::string submitted(std::string_view bytes) const { return typed_.submitted(bytes); }
  /// Suspends while a person is typing (within the last second) or holds control; `busy_user` when `deadline` passes.
  core::Task<base::Result<>> wait_for_person(std::chrono::steady_clock::time_point deadline);
  /// What wait_for_person() waits for: `busy_user` while a person is typing or holds control.
  base::Result<> free_for_agents() const;
  /// A viewer's keys: also ends or steers a `#` answer. `sequence` of `token` is remembered, duplicates are dropped.
  base::Result<> type(std::string_view bytes, Viewer& viewer, const std::string& token, std::uint32_t sequence);
  base::Result<> resize(WindowSize window);  ///< of program and panels together
  base::Result<> signal(int number, pty::SignalTarget to);

  // --- commands and waits -------------------------------------------------------------------------------------------
  /// Runs one command in the shell and waits for its end. `progress` gets clean output while it runs.
  core::Task<base::Result<ExecOutcome>> exec(ExecCommand command, ExecProgress progress);
  /// How an exec stands now that was given `live` and has not ended: what it has printed, what it waits for.
  core::Task<ExecOutcome> exec_state(const ExecLive& live) const;
  /// Suspends until one of the conditions holds; never answers from what happened before the call.
  core::Task<base::Result<Waited>> wait(WaitFor what);

  // --- viewers ------------------------------------------------------------------------------------------------------
  void add_viewer(Viewer& viewer);
  void remove_viewer(Viewer& viewer);
  /// Applies the size policy after a viewer's window, visibility or activity changed.
  void apply_size_policy();
  void viewer_changed();
  /// JSON text frames that tell a viewer who joins what differs from the default: control, command, question, exit.
  std::vector<std::shared_ptr<const std::string>> standing_frames() const;
  /// Takes (or releases) control: agents wait while it is held.
  void set_control(Viewer* holder);
  const Viewer* control() const noexcept { return control_; }
  const std::vector<Viewer*>& viewers() const noexcept { return viewers_; }
  /// The viewer who typed last, or null.
  const Viewer* active_viewer() const noexcept { return active_viewer_; }
  bool kick(std::string_view viewer_id);  ///< sends a viewer away; false when there is none of that id

  // --- the AI's place -----------------------------------------------------------------------------------------------
  /// The running `#` answer; always there, idle when nothing was asked.
  AnswerInsert& answer() noexcept { return *answer_; }
  /// What programs draw over and around it, and captured input.
  ScreenUi& ui() noexcept { return *ui_; }
  /// True when the shell waits at an empty input line of ours.
  bool at_empty_prompt() const;

 private:
  bool only_right_prompt(term::Position input) const;
  friend class AnswerInsert;
  friend class ScreenUi;
  friend class Registry;
  struct Shell;
  class Effects;
  class ExecTurn;
  using time_point = std::chrono::steady_clock::time_point;
  void schedule();
  void consume();
  void feed_source(std::uint64_t to);
  void insert(const std::string& bytes, std::int64_t moved_rows);
  void apply_insert(const std::string& bytes, std::int64_t moved_rows);
  Checkpoint take_checkpoint();
  void save();
  core::Task<> save_on_disk(Checkpoint checkpoint);
  void on_saved(std::uint64_t generation, std::uint64_t source, const base::Result<>& written);
  std::string entered_by(const std::string& command) const;
  void notify_changed();
  void tell_changes();
  void on_exited(const pty::ExitStatus& status);
  void end_program(const pty::ExitStatus& status);
  void set_window(term::Size size);
  void broadcast(const nlohmann::json& frame);
  nlohmann::json control_frame() const;
  nlohmann::json exit_frame() const;
  void reply(std::string_view bytes);
  bool write_some();
  void pump();
  core::Task<> pump_input();
  bool shell_is_foreground() const;
  core::Task<base::Result<>> until_ready(const ExecTurn& turn, time_point deadline);
  base::Result<exec::Composed> prepare(const ExecCommand& command, ExecTurn& turn);
  core::Task<> follow(exec::ExecRun& run, const ExecTurn& turn, const ExecProgress& progress);
  void watch_interrupt();
  ExecReport report_of(const exec::ExecResult& result, DisplayOffset typed_size) const;
  ExecOutcome not_run(const char* status, const char* reason) const;
  core::Task<ExecOutcome> folded(ExecReport report) const;
  void describe_foreground(ExecOutcome& outcome) const;
  base::Error busy_error() const;
  bool has_settled();

  core::asio::any_io_executor executor_;
  pty::PtyHandle pty_;
  Meta meta_;
  std::string directory_;
  pty::KeeperClient& keeper_;
  SessionEvents& events_;
  core::Offload& disk_;
  core::Offload& folds_;
  std::unique_ptr<Effects> effects_;
  std::unique_ptr<term::Terminal> terminal_;
  std::unique_ptr<Shell> shell_;  ///< marks, tracker, journal: what the fold needs besides the terminal
  DisplayStream display_;
  std::unique_ptr<AnswerInsert> answer_;
  std::unique_ptr<ScreenUi> ui_;
  std::optional<pty::ExitStatus> exited_;
  bool closed_ = false;
  bool begun_ = false;
  bool replaying_ = false;
  bool turn_posted_ = false;
  std::string last_command_;
  std::uint64_t generation_ = 0;
  std::uint64_t source_ = 0;  ///< ring offset that the state has seen
  std::uint64_t checkpointed_ = 0;
  bool saving_ = false;  ///< a checkpoint is on its way to the disk
  time_point started_;
  time_point last_activity_;
  time_point last_output_;
  time_point last_person_input_{};
  double last_person_input_wall_ = 0;
  std::string input_;     ///< bytes the program has not taken yet
  bool pumping_ = false;  ///< waits for the program to take more
  std::unique_ptr<InputLedger> ledger_;
  exec::TypedLine typed_;           ///< by agents and the AI, not yet entered
  bool echo_pending_ = false;       ///< keys were sent and nothing has come back yet
  bool line_entered_ = false;       ///< Enter was sent since the last prompt
  std::uint64_t inputs_ = 0;        ///< counts what was sent to the program
  std::uint64_t inputs_taken_ = 0;  ///< the part of them that the shell is known to have dealt with
  int settled_looks_ = 0;           ///< how often in a row it seemed to have dealt with all of it
  std::string line_by_ = "human";   ///< who sent it last
  std::string prefilled_;           ///< what the AI put on the input line last
  std::list<int> exec_queue_;       ///< execs in order of arrival, 1 for those in the background; the first one runs
  exec::InterruptWatch interrupts_;
  std::vector<Viewer*> viewers_;
  Viewer* control_ = nullptr;
  Viewer* active_viewer_ = nullptr;
  std::shared_ptr<const std::string> cached_chunk_;
  DisplayOffset cached_offset_ = 0;
  DisplayOffset resized_at_ = 0;
  bool rang_ = false;      ///< a bell, not told yet
  bool retitled_ = false;  ///< another title, not told yet
  core::Event changed_;
  std::shared_ptr<int> life_;  ///< posted turns hold it weakly and do nothing once it is gone
  core::Scope scope_;
};

}  // namespace duotty::session
