// Input: the queue to the program, typing viewers, sizes and signals.
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <csignal>
#include <duotty/base/utc_time.hpp>
#include <duotty/core/log.hpp>
#include <duotty/pty/tty.hpp>
#include <duotty/session/answer.hpp>
#include <duotty/session/screen_ui.hpp>
#include <duotty/session/session.hpp>
#include <duotty/session/viewer.hpp>
#include <nlohmann/json.hpp>

#include "input_ledger.hpp"
#include "shell.hpp"

namespace duotty::session {
namespace {

constexpr std::size_t kInputLimit = 256 * 1024;
constexpr std::size_t kRepliesLimit = kInputLimit + 16 * 1024;
constexpr auto kPersonPause = std::chrono::seconds(1);

base::Error gone(const std::string& id) {
  return {base::Errc::gone,
          "The program in terminal \"" + id + "\" has ended. Create another with POST /api/agent/terminals."};
}

std::shared_ptr<const std::string> text_of(const nlohmann::json& frame) {
  return std::make_shared<const std::string>(frame.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

/// A password is asked for: the kernel edits the line and does not show it.
bool reads_unseen(int master) {
  return !pty::echo_on(master) && pty::canonical(master);
}

/// Whether text may stand on the input line after `bytes`. A Ctrl-C that the shell does not read leaves what was there.
bool touches_line(std::string_view bytes, bool before) {
  const auto enter = bytes.find_last_of("\r\n");
  if (enter != std::string_view::npos) {
    bytes.remove_prefix(enter + 1);
    before = false;
  }
  return before || bytes.find_first_not_of('\x03') != std::string_view::npos;
}

bool is_enter(char byte) {
  return byte == '\r' || byte == '\n';
}

/// Whether a key was typed since the last Enter that gives the next one another meaning: Escape, Ctrl-V, Ctrl-Q, Ctrl-X.
bool escapes(std::string_view bytes, bool before) {
  const auto last = bytes.find_last_of("\r\n\x1b\x16\x11\x18");
  return last == std::string_view::npos ? before : !is_enter(bytes[last]);
}

}  // namespace

base::Result<> Session::write(std::string_view bytes, InputBy by, std::string_view who) {
  if (!alive() || !pty_.master) return gone(meta_.id);
  if (input_.size() + bytes.size() > kInputLimit && !input_.empty()) {
    return base::Error(base::Errc::busy, "The program in terminal \"" + meta_.id + "\" does not read its input: " +
                                             std::to_string(input_.size()) + " bytes wait. Try again later.");
  }
  if (bytes.empty()) return {};
  touch();
  if (const auto* block = shell_->blocks.running(); block && reads_unseen(pty_.master.get())) {
    events_.on_block(*this, *block);
  }
  echo_pending_ = true;
  shell_->last_input = last_activity_;
  ++inputs_;
  settled_looks_ = 0;
  shell_->answer_before_input();
  shell_->line_touched = touches_line(bytes, shell_->line_touched);
  shell_->escaped = escapes(bytes, shell_->escaped);
  if (shell_->watches_line() && bytes.find_first_of("\r\n\x03") != std::string_view::npos) {
    shell_->on_typed(static_cast<std::size_t>(std::count_if(bytes.begin(), bytes.end(), is_enter)));
  }
  if (bytes.find_first_of("\r\n") != std::string_view::npos) {
    const auto before = shell_state();
    line_entered_ = true;
    line_by_ = !who.empty() ? std::string(who) : by == InputBy::agent ? "agent" : "human";
    if (shell_state() != before) {
      broadcast(shell_->command_frame());
      events_.on_updated(*this);
    }
  }
  if (by == InputBy::agent || by == InputBy::ai) typed_.type(bytes);
  if (by == InputBy::ai) prefilled_ = bytes;
  if (by == InputBy::person) {
    if (bytes.find_first_of("\r\n\x03\x15") != std::string_view::npos) typed_.clear();
    last_person_input_ = last_activity_;
    last_person_input_wall_ = base::wall_seconds();
  }
  input_.append(bytes);
  if (!write_some()) pump();
  return {};
}

LineReader Session::line_reader() const {
  LineReader reader;
  if (!alive() || !pty_.master) return reader;
  const bool by_lines = pty::canonical(pty_.master.get());
  if (by_lines && !pty::echo_on(pty_.master.get())) reader.kind = LineReader::Kind::password;
  if (!shell_is_foreground()) {
    const auto process = pty::foreground_process(pty_.master.get());
    if (reader.kind == LineReader::Kind::shell) reader.kind = LineReader::Kind::program;
    reader.program = process ? process->comm : std::string();
    reader.by_lines = by_lines;
    return reader;
  }
  const auto begin = shell_->input_position();
  if (!begin || !shell_->tracker.at_prompt() || line_entered_ || terminal_->alternate_screen()) return reader;
  // zsh and fish draw more behind the cursor than what was typed: a right prompt, a suggestion.
  const bool exact = shell_->profile.kind == exec::ShellKind::bash || shell_->profile.kind == exec::ShellKind::posix;
  if (*begin <= terminal_->cursor()) reader.shown = terminal_->text(*begin, terminal_->cursor());
  if (!exact) return reader;
  // What stands behind the cursor belongs to the line; blanks before it do as well, and a row's text lacks them.
  const auto whole = shell_->accepted_line();
  if (whole && whole->size() > reader.shown.size()) reader.shown = *whole;
  return reader;
}

void Session::reply(std::string_view bytes) {
  if (!alive() || !pty_.master || input_.size() + bytes.size() > kRepliesLimit) return;
  input_.append(bytes);
  if (!write_some()) pump();
}

bool Session::write_some() {
  while (!input_.empty()) {
    const auto n = ::write(pty_.master.get(), input_.data(), input_.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return false;
      input_.clear();  // nobody holds the other side any more
      return true;
    }
    input_.erase(0, static_cast<std::size_t>(n));
  }
  return true;
}

void Session::pump() {
  if (pumping_ || !begun_) return;
  pumping_ = true;
  scope_.spawn("input of " + meta_.id, pump_input());
}

core::Task<> Session::pump_input() {
  struct Done {
    bool& pumping;
    ~Done() { pumping = false; }
  };
  const Done done{pumping_};
  const int copy = ::fcntl(pty_.master.get(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) {
    core::log_error("{}: {}", meta_.id, std::strerror(errno));
    co_return;
  }
  core::asio::posix::stream_descriptor ready(executor_, copy);
  do {
    auto [ec] = co_await ready.async_wait(core::asio::posix::stream_descriptor::wait_write, core::as_result);
    if (ec) co_return;
    changed_.notify();
  } while (!write_some());
}

base::Result<> Session::free_for_agents() const {
  if (control_) {
    return base::Error(base::Errc::busy_user,
                       "A person has taken control of this terminal. Wait until it is released.");
  }
  if (last_person_input_ + kPersonPause > std::chrono::steady_clock::now()) {
    return base::Error(base::Errc::busy_user, "A person is typing in this terminal. Try again in a moment.");
  }
  return {};
}

core::Task<base::Result<>> Session::wait_for_person(time_point deadline) {
  while (alive()) {
    auto free = free_for_agents();
    if (free || std::chrono::steady_clock::now() >= deadline) co_return free;
    const auto quiet = last_person_input_ + kPersonPause;
    co_await changed_.wait_until(control_ ? deadline : std::min(quiet, deadline));
  }
  co_return gone(meta_.id);
}

base::Result<> Session::type(std::string_view bytes, Viewer& viewer, const std::string& token, std::uint32_t sequence) {
  if (!alive()) return gone(meta_.id);
  const bool numbered = !token.empty() && sequence != 0;
  if (numbered && ledger_->seen(token, sequence)) return {};  // sent again after a lost connection, but it had arrived
  const bool agent = viewer.waits_for_people();
  if (agent) {
    if (auto free = free_for_agents(); !free) return free;
  }
  if (auto admitted = viewer.admit(bytes); !admitted) return admitted;
  if (active_viewer_ != &viewer) {
    active_viewer_ = &viewer;
    apply_size_policy();
    viewer_changed();
  }
  if (!agent && ui_->take(bytes, viewer)) {
    if (numbered) ledger_->take(token, sequence);
    return {};
  }
  const bool stops = bytes == "\x03" || bytes == "\x1b";
  if (answer_->active() && stops && (bytes == "\x1b" ? shell_->tracker.at_prompt() : at_empty_prompt())) {
    answer_->cancel();
    if (numbered) ledger_->take(token, sequence);
    return {};
  }
  auto written = write(bytes, agent ? InputBy::agent : InputBy::person);
  if (written && viewer.is_judged() && !agent) typed_.type(bytes);
  if (written && numbered) ledger_->take(token, sequence);
  if (written) events_.on_typed(*this);
  return written;
}

base::Result<> Session::resize(WindowSize window) {
  if (!alive()) return gone(meta_.id);
  if (window.cols < 1 || window.cols > term::max_cols || window.rows < 1 || window.rows > term::max_rows) {
    return base::Error(base::Errc::invalid_params, "A terminal has 1 to 1000 columns and rows.", "cols");
  }
  const WindowSize size = ui_->fit(window);
  if (terminal_->size() == term::Size{size.cols, size.rows}) return {};
  answer_->on_prompt_lost();
  shell_->journal.append({.kind = JournalRecord::Kind::resize,
                          .offset = source_,
                          .cols = size.cols,
                          .rows = size.rows,
                          .moved_rows = 0,
                          .bytes = {}});
  terminal_->resize({size.cols, size.rows});
  if (pty_.master) set_window(terminal_->size());
  resized_at_ = display_.head();
  const auto by = active_viewer_ ? nlohmann::json(active_viewer_->id()) : nlohmann::json(nullptr);
  const auto frame = text_of({{"type", "size"}, {"cols", size.cols}, {"rows", size.rows}, {"by", by}});
  for (Viewer* viewer : viewers_) viewer->resized(frame);
  notify_changed();
  events_.on_updated(*this);
  return {};
}

void Session::set_window(term::Size size) {
  const auto set =
      pty::set_size(pty_.master.get(), {static_cast<std::uint16_t>(size.cols), static_cast<std::uint16_t>(size.rows)});
  if (!set) core::log_warning("{}: {}", meta_.id, set.error().message());
}

base::Result<> Session::signal(int number, pty::SignalTarget to) {
  if (!alive()) return gone(meta_.id);
  touch();
  if (number == SIGINT || number == SIGQUIT) typed_.clear();  // the terminal's line goes with it
  if (number == SIGINT && to == pty::SignalTarget::foreground && !exec_queue_.empty()) watch_interrupt();
  ++inputs_;
  settled_looks_ = 0;
  keeper_.signal(meta_.id, number, to);
  return {};
}

// --- viewers --------------------------------------------------------------------------------------------------------

void Session::broadcast(const nlohmann::json& frame) {
  if (viewers_.empty()) return;
  const auto text = text_of(frame);
  auto tells = frame.at("type").get<std::string>();
  if (tells == "block") tells.clear();  // each is of another command: none replaces another
  for (Viewer* viewer : viewers_) viewer->post(text, tells);
}

nlohmann::json Session::control_frame() const {
  return {{"type", "control"}, {"held_by", control_ ? nlohmann::json(control_->id()) : nlohmann::json(nullptr)}};
}

nlohmann::json Session::exit_frame() const {
  nlohmann::json frame = {{"type", "exit"}, {"code", nullptr}, {"signal", nullptr}};
  if (!exited_) return frame;
  if (exited_->code) frame["code"] = *exited_->code;
  if (exited_->signal) {
    const char* abbreviation = ::sigabbrev_np(*exited_->signal);
    frame["signal"] = "SIG" + std::string(abbreviation ? abbreviation : "?");
  }
  return frame;
}

std::vector<std::shared_ptr<const std::string>> Session::standing_frames() const {
  std::vector<std::shared_ptr<const std::string>> frames;
  if (control_) frames.push_back(text_of(control_frame()));
  if (const auto ui = ui_->frame()) frames.push_back(text_of(*ui));
  if (alive() && shell_state() != ShellState::unknown) frames.push_back(text_of(shell_->command_frame()));
  // After the command: a viewer drops a suggestion when it hears that a command runs.
  if (answer_->active() || answer_->waiting()) frames.push_back(text_of(answer_->frame()));
  if (exited_) frames.push_back(text_of(exit_frame()));
  return frames;
}

std::string Session::entered_by(const std::string& command) const {
  return !command.empty() && command == prefilled_ && line_by_ == "human" ? "ai" : line_by_;
}

void Session::add_viewer(Viewer& viewer) {
  viewers_.push_back(&viewer);
  touch();
  apply_size_policy();
  viewer_changed();
}

void Session::remove_viewer(Viewer& viewer) {
  std::erase(viewers_, &viewer);
  if (control_ == &viewer) set_control(nullptr);
  if (active_viewer_ == &viewer) {
    // The size goes back to whoever typed before.
    const auto recent = std::max_element(viewers_.begin(), viewers_.end(), [](const Viewer* a, const Viewer* b) {
      return a->last_activity() < b->last_activity();
    });
    active_viewer_ = recent == viewers_.end() ? nullptr : *recent;
  }
  touch();
  apply_size_policy();
  viewer_changed();
}

void Session::apply_size_policy() {
  if (!alive()) return;
  std::vector<SizeVote> votes;
  for (const Viewer* viewer : viewers_) {
    votes.push_back(
        {viewer->window(), viewer->may_type() && viewer->visible() && viewer->has_window(), viewer == active_viewer_});
  }
  const auto size = decide(meta_.size_policy, votes);
  if (!size) return;
  if (auto done = resize(*size); !done) core::log_debug("{}", done.error().message());
}

void Session::viewer_changed() {
  nlohmann::json list = nlohmann::json::array();
  for (const Viewer* viewer : viewers_) {
    list.push_back({{"id", viewer->id()},
                    {"name", viewer->name()},
                    {"kind", viewer->kind()},
                    {"role", name(viewer->role())},
                    {"cols", viewer->window().cols},
                    {"rows", viewer->window().rows},
                    {"active", viewer == active_viewer_},
                    {"last_activity", viewer->last_activity()}});
  }
  broadcast({{"type", "presence"}, {"viewers", std::move(list)}});
  events_.on_updated(*this);
}

bool Session::kick(std::string_view viewer_id) {
  const auto found =
      std::find_if(viewers_.begin(), viewers_.end(), [&](const Viewer* viewer) { return viewer->id() == viewer_id; });
  if (found == viewers_.end()) return false;
  (*found)->kick();
  if (control_ == *found) set_control(nullptr);
  return true;
}

void Session::set_control(Viewer* holder) {
  if (control_ == holder) return;
  control_ = holder;
  if (holder != nullptr) ui_->release_all("person");
  broadcast(control_frame());
  changed_.notify();
  events_.on_updated(*this);
}

}  // namespace duotty::session
