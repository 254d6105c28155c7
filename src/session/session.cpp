#include <boost/asio/post.hpp>
#include <chrono>
#include <duotty/base/text.hpp>
#include <duotty/core/log.hpp>
#include <duotty/core/meters.hpp>
#include <duotty/digest/plain.hpp>
#include <duotty/pty/tty.hpp>
#include <duotty/session/answer.hpp>
#include <duotty/session/screen_ui.hpp>
#include <duotty/session/session.hpp>
#include <duotty/session/viewer.hpp>
#include <duotty/term/snapshot.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "effects.hpp"
#include "input_ledger.hpp"
#include "shell.hpp"

namespace duotty::session {
namespace {

/// Bytes taken from one terminal before others get their turn.
constexpr std::uint64_t kQuantum = 64 * 1024;
/// A checkpoint is written when this much output came since the last one; half the ring keeps the keeper reading.
// Somebody types into one terminal while another one floods: the flood is slowed down for as long as that goes on.
constexpr std::uint64_t kFlood = 4000;
constexpr auto kTyping = std::chrono::milliseconds(250);
constexpr auto kCalm = std::chrono::milliseconds(100);
constexpr std::uint64_t kCheckpointEvery = 8 * 1024 * 1024;
constexpr std::uint64_t kCheckpointRetry = 1024 * 1024;

/// A password is asked for: the kernel edits the line and does not show it.
bool reads_unseen(int master) {
  return !pty::echo_on(master) && pty::canonical(master);
}

}  // namespace

void Session::Effects::reply(std::string_view bytes) {
  if (session_.replaying_) return;
  if (session_.shell_->tracker.current()) return session_.shell_->hold(bytes);
  // A line editor that did not ask takes it for keys: what comes before a prompt's end was asked by the prompt, what
  // comes behind it by the editor itself (busybox).
  if (!session_.shell_->tracker.at_prompt()) session_.shell_->line_touched = true;
  session_.reply(bytes);
}

void Session::Effects::title(std::string_view) {
  session_.retitled_ = !session_.replaying_;
}

void Session::Effects::bell() {
  session_.rang_ = !session_.replaying_;
}

Session::Session(core::asio::any_io_executor executor, pty::PtyHandle pty, Meta meta, std::string directory,
                 pty::KeeperClient& keeper, SessionEvents& events, core::Offload& disk, core::Offload& folds,
                 const std::string& display_path)
    : executor_(std::move(executor)),
      pty_(std::move(pty)),
      meta_(std::move(meta)),
      directory_(std::move(directory)),
      keeper_(keeper),
      events_(events),
      disk_(disk),
      folds_(folds),
      effects_(std::make_unique<Effects>(*this)),
      terminal_(std::make_unique<term::Terminal>(term::Size{meta_.cols, meta_.rows}, *effects_)),
      shell_(std::make_unique<Shell>(*this, meta_.nonce, directory_)),
      answer_(std::make_unique<AnswerInsert>(*this)),
      ui_(std::make_unique<ScreenUi>(*this, directory_.empty() ? std::string() : directory_ + "/ui")),
      started_(std::chrono::steady_clock::now()),
      last_activity_(started_),
      last_output_(started_),
      ledger_(std::make_unique<InputLedger>(pty_.ring.worker_bytes())),
      changed_(executor_),
      life_(std::make_shared<int>(0)),
      scope_(executor_) {
  auto display = DisplayStream::open(display_path);
  if (!display) {
    core::log_warning("{} History will not survive a restart.", display.error().message());
    display = DisplayStream::open({});
  }
  display_ = std::move(display.value());
}

Session::~Session() = default;

void Session::restore(const std::optional<pty::ExitStatus>& exited) {
  replaying_ = true;
  auto& ring = pty_.ring;
  std::uint64_t generation = 0;
  if (auto saved = directory_.empty() ? base::Error() : read_checkpoint(directory_); saved) {
    auto filter = exec::MarkFilter::restore(meta_.nonce, saved->marks);
    auto tracker = exec::CommandTracker::restore(saved->tracker);
    if (filter && tracker && term::restore(*terminal_, saved->terminal)) {
      shell_->filter = std::move(*filter);
      shell_->tracker = std::move(*tracker);
      shell_->restore_prompt(saved->prompt);
      source_ = saved->source;
      checkpointed_ = saved->source;
      generation = saved->generation;
      display_.rewind(saved->display);
      resized_at_ = saved->display;
    }
  }
  if (source_ < ring.oldest()) {
    source_ = ring.oldest();
    shell_->position = source_;
    shell_->filter = exec::MarkFilter(meta_.nonce, source_);
  }
  for (const auto& record : shell_->journal.open(generation)) {
    // What is in the journal has happened, also when the worker ended before it could say that it had read so far.
    feed_source(std::min<std::uint64_t>(record.offset, ring.head()));
    if (record.kind == JournalRecord::Kind::resize) {
      terminal_->resize({record.cols, record.rows});
      resized_at_ = display_.head();
    } else if (record.kind == JournalRecord::Kind::enter) {
      shell_->line.on_typed(static_cast<std::size_t>(std::max(record.moved_rows, 0)));
    } else {
      apply_insert(record.bytes, record.moved_rows);
    }
  }
  feed_source(ring.parsed());
  if (exited) {
    feed_source(ring.head());
    end_program(*exited);
  }
  replaying_ = false;
  ++inputs_;  // whatever was sent before
  generation_ += 1;
  ui_->restore();
  // A worker may end between writing a new size down and setting it.
  if (alive() && pty_.master) set_window(terminal_->size());
}

void Session::begin() {
  begun_ = true;
  // What an earlier worker's panels take is known only now.
  if (auto sized = resize(ui_->window()); !sized) core::log_debug("{}", sized.error().message());
  if (pty_.ring.parsed() < source_ && pty_.ring.set_parsed(source_)) keeper_.resume(meta_.id);
  if (!input_.empty() && pty_.master && !write_some()) pump();
  ui_->wake();
  shell_->look_for_program();
  schedule();
}

core::Task<> Session::stop() {
  begun_ = false;
  life_.reset();
  co_await scope_.stop();
  if (closed_ || directory_.empty()) co_return;
  ui_->save_now();
  const Checkpoint last = take_checkpoint();
  on_saved(last.generation, last.source, write_checkpoint(directory_, last));
}

void Session::mark_closed() {
  if (closed_) return;
  closed_ = true;
  answer_->cancel();
  ui_->end();
  broadcast({{"type", "closed"}});
  for (Viewer* viewer : viewers_) viewer->finish();
  notify_changed();
}

// --- the fold -------------------------------------------------------------------------------------------------------

void Session::schedule() {
  if (turn_posted_ || !begun_ || closed_) return;
  turn_posted_ = true;
  core::asio::post(executor_, [this, life = std::weak_ptr<int>(life_)] {
    if (life.expired()) return;
    turn_posted_ = false;
    consume();
  });
}

void Session::feed_source(std::uint64_t to) {
  while (source_ < to) {
    const std::uint64_t next = std::min(to, source_ + kQuantum);
    const auto pieces = pty_.ring.bytes(source_, next);
    for (const auto piece : pieces) shell_->filter.feed(piece, *shell_);
    if (pieces[0].empty()) core::log_error("{}: output [{}, {}) is no longer in the ring", meta_.id, source_, next);
    source_ = next;
  }
}

void Session::consume() {
  if (!begun_ || closed_) return;
  auto& ring = pty_.ring;
  const std::uint64_t head = ring.head();
  const std::uint64_t to = std::min(head, source_ + kQuantum);
  if (to > source_) {
    const bool flood = to - source_ >= kFlood;
    core::meters().output_bytes += to - source_;
    feed_source(to);
    if (const auto* block = shell_->blocks.running(); block && pty_.master && reads_unseen(pty_.master.get())) {
      events_.on_block(*this, *block);
    }
    last_output_ = last_activity_ = std::chrono::steady_clock::now();
    if (flood && last_output_ - events_.typed_elsewhere(*this) < kTyping) ring.calm_for(kCalm);
    echo_pending_ = false;
    bool resume = ring.set_parsed(source_);
    if (source_ - checkpointed_ >= kCheckpointEvery && !directory_.empty()) {
      save();
    } else if (directory_.empty()) {
      resume |= ring.set_floor(source_);
    }
    if (resume) keeper_.resume(meta_.id);
    shell_->look_for_reader();
    notify_changed();
  }
  if (source_ < head || ring.arm_and_recheck()) schedule();
}

Checkpoint Session::take_checkpoint() {
  display_.keep();
  // The floor moves below: last call for the beginning of a long output.
  if (const auto* block = shell_->blocks.running()) events_.on_block(*this, *block);
  Checkpoint checkpoint{.generation = shell_->journal.generation() + 1,
                        .source = source_,
                        .display = display_.head(),
                        .terminal = term::checkpoint(*terminal_),
                        .marks = shell_->filter.save(),
                        .tracker = shell_->tracker.save(),
                        .prompt = shell_->save_prompt()};
  shell_->journal.begin(checkpoint.generation);
  checkpointed_ = source_;
  return checkpoint;
}

void Session::save() {
  if (saving_) return;
  saving_ = true;
  scope_.spawn("checkpoint of " + meta_.id, save_on_disk(take_checkpoint()));
}

core::Task<> Session::save_on_disk(Checkpoint checkpoint) {
  const auto generation = checkpoint.generation;
  const auto source = checkpoint.source;
  auto write = [directory = directory_, checkpoint = std::move(checkpoint)] {
    return write_checkpoint(directory, checkpoint);
  };
  const auto written = co_await disk_.run(std::move(write));
  saving_ = false;
  if (!closed_) on_saved(generation, source, written);
}

void Session::on_saved(std::uint64_t generation, std::uint64_t source, const base::Result<>& written) {
  auto& ring = pty_.ring;
  if (written) {
    shell_->journal.forget_before(generation);
  } else {
    core::log_error("{}", written.error().message());
    checkpointed_ = source_ - std::min(source_, kCheckpointEvery - kCheckpointRetry);
    // A terminal that cannot be saved goes on: its ring must not fill up.
    if (source_ - ring.floor() < ring.capacity() / 4 * 3) return;
    source = source_ - ring.capacity() / 2;
  }
  if (ring.set_floor(source)) keeper_.resume(meta_.id);
}

void Session::insert(const std::string& bytes, std::int64_t moved_rows) {
  shell_->journal.append({.kind = JournalRecord::Kind::insert,
                          .offset = source_,
                          .moved_rows = static_cast<std::int32_t>(moved_rows),
                          .bytes = bytes});
  apply_insert(bytes, moved_rows);
  notify_changed();
}

void Session::apply_insert(const std::string& bytes, std::int64_t moved_rows) {
  const auto prompt = shell_->prompt_position();
  if (prompt && moved_rows > 0) terminal_->shift_anchors(prompt->row, moved_rows);
  terminal_->feed(bytes);
  if (prompt && moved_rows < 0) terminal_->shift_anchors(prompt->row, moved_rows);
  display_.append(bytes);
}

void Session::notify_changed() {
  ++generation_;
  cached_chunk_.reset();
  if (rang_ || retitled_) tell_changes();
  changed_.notify();
  for (Viewer* viewer : viewers_) viewer->wake();
}

/// Once for many: a flood of bells is thousands in one turn.
void Session::tell_changes() {
  if (std::exchange(rang_, false)) broadcast({{"type", "bell"}});
  if (!std::exchange(retitled_, false)) return;
  broadcast({{"type", "title"}, {"title", terminal_->title()}});
  events_.on_updated(*this);
}

void Session::on_exited(const pty::ExitStatus& status) {
  while (source_ < pty_.ring.head() && !closed_) consume();
  end_program(status);
  if (shell_->run) shell_->run->on_exit(source_, status.code, std::chrono::steady_clock::now());
  answer_->cancel();
  ui_->end();
  broadcast(exit_frame());
  notify_changed();
  events_.on_program_exited(*this);
}

void Session::end_program(const pty::ExitStatus& status) {
  shell_->start_line(LineWatch::Sign::prompt);
  exited_ = status;
  const auto update = shell_->tracker.on_exit(source_, status.code, wall_now());
  if (update.ended) shell_->on_ended(*update.ended);
}

// --- what it is -----------------------------------------------------------------------------------------------------

void Session::update_meta(const std::function<void(Meta&)>& change) {
  const SizePolicy policy = meta_.size_policy;
  change(meta_);
  if (meta_.size_policy != policy) broadcast({{"type", "size_policy"}, {"policy", name(meta_.size_policy)}});
  events_.on_meta_changed(*this);
  events_.on_updated(*this);
  if (meta_.size_policy != SizePolicy::fixed) apply_size_policy();
}

std::string Session::cwd() const {
  if (!shell_->tracker.cwd().empty()) return shell_->tracker.cwd();
  if (!alive() || remote()) return {};
  const auto process = pty::process_info(pty_.pid);
  return process ? process->cwd : std::string{};
}

ShellState Session::shell_state() const noexcept {
  if (exited_) return ShellState::exited;
  switch (shell_->tracker.phase()) {
    case exec::ShellPhase::prompt:
      return line_entered_ && shell_->starts_unmarked() ? ShellState::running : ShellState::prompt;
    case exec::ShellPhase::running:
      return ShellState::running;
    case exec::ShellPhase::unknown:
      break;
  }
  return ShellState::unknown;
}

bool Session::integrated() const noexcept {
  return shell_->tracker.integrated();
}

std::vector<CommandRecord> Session::recent_commands(std::size_t count) const {
  std::vector<CommandRecord> out;
  const auto& blocks = shell_->blocks.ended();
  for (std::size_t i = blocks.size() > count ? blocks.size() - count : 0; i < blocks.size(); ++i) {
    const auto& block = blocks[i];
    CommandRecord record{.command = block.command,
                         .cwd = block.cwd,
                         .exit_code = block.exit_code,
                         .duration = block.ended_at - block.started_at,
                         .output = {}};
    constexpr std::uint64_t kHalf = 8 * 1024;
    const auto read = [&](std::uint64_t from, std::uint64_t to) {
      return digest::command_output(pty_.ring.copy(from, to), terminal_->size().cols, terminal_->size().rows);
    };
    if (block.output_end - block.output_begin <= 2 * kHalf) {
      record.output = read(block.output_begin, block.output_end);
    } else {
      record.output = read(block.output_begin, block.output_begin + kHalf) + "\n[...]\n" +
                      read(block.output_end - kHalf, block.output_end);
    }
    out.push_back(std::move(record));
  }
  return out;
}

BlockList& Session::blocks() noexcept {
  return shell_->blocks;
}

const BlockList& Session::blocks() const noexcept {
  return shell_->blocks;
}

RawOutput Session::raw_output(std::uint64_t from, std::uint64_t to) const {
  const auto& ring = pty_.ring;
  const std::uint64_t end = std::min<std::uint64_t>(to, ring.head());
  const std::uint64_t begin = std::max<std::uint64_t>(from, ring.oldest());
  if (begin >= end) return {end, {}};
  return {begin, ring.copy(begin, end)};
}

OutputRange Session::output(std::optional<DisplayOffset> since) const {
  const DisplayOffset from = std::max(since.value_or(0), display_.oldest());
  OutputRange range;
  range.end = display_.head();
  range.begin = std::min(from, range.end);
  range.truncated = since.has_value() && *since < display_.oldest();
  range.bytes = display_.read(range.begin, kDisplayCapacity);
  return range;
}

std::shared_ptr<const std::string> Session::chunk(DisplayOffset offset, std::size_t max) {
  if (!cached_chunk_ || cached_offset_ != offset) {
    cached_chunk_ = std::make_shared<const std::string>(display_.read(offset, max));
    cached_offset_ = offset;
  }
  return cached_chunk_;
}

bool Session::at_empty_prompt() const {
  if (!alive() || !shell_->tracker.at_prompt() || terminal_->alternate_screen()) return false;
  if (!input_.empty() || echo_pending_ || line_entered_) return false;
  // While it is drawn anew, a line is empty for a moment.
  if (shell_->line_touched && (!pty::waits_for_input(pty_.master.get()) || shell_->is_behind())) return false;
  const auto begin = shell_->input_position();
  if (!begin || terminal_->cursor() != *begin) return false;
  return terminal_->blank_after(*begin) || only_right_prompt(*begin);
}

/// True when all that stands behind an empty input line is the prompt at the right margin of its row.
bool Session::only_right_prompt(term::Position input) const {
  const auto kind = shell_->profile.kind;
  if (kind != exec::ShellKind::zsh && kind != exec::ShellKind::fish) return false;
  const int cols = terminal_->size().cols;
  if (input.col + 4 > cols || terminal_->line_end(input.row) != input.row + 1) return false;
  // It ends at the margin or one column before it, and never touches the input line.
  const auto blank = [&](int from, int to) { return base::trim(terminal_->row_text(input.row, from, to)).empty(); };
  return blank(input.col, input.col + 2) && !blank(cols - 2, cols);
}

bool Session::shell_is_foreground() const {
  const auto group = pty::foreground_group(pty_.master.get());
  return group && *group == pty_.pid;
}

}  // namespace duotty::session
