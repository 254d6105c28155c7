#include <algorithm>
#include <duotty/session/answer.hpp>
#include <duotty/session/session.hpp>
#include <duotty/term/insert.hpp>
#include <nlohmann/json.hpp>

#include "shell.hpp"

namespace duotty::session {
namespace {
constexpr std::size_t kKeptRows = 2000;
}

AnswerInsert::AnswerInsert(Session& session) : session_(session) {}

int AnswerInsert::columns() const {
  return session_.terminal().size().cols;
}

void AnswerInsert::begin(std::function<void()> on_cancel) {
  if (active()) cancel();
  on_cancel_ = std::move(on_cancel);
  waiting_.reset();
  warning_.clear();
  kept_.clear();
  partial_.clear();
  drawn_partial_ = 0;
  state_ = AskState::thinking;
  announce("thinking", {});
}

void AnswerInsert::update(std::vector<std::string> committed, std::string partial) {
  if (!active()) return;
  if (state_ == AskState::thinking && !committed.empty()) {
    state_ = AskState::streaming;
    announce("streaming", {});
  }
  kept_.insert(kept_.end(), std::make_move_iterator(committed.begin()), std::make_move_iterator(committed.end()));
  if (kept_.size() > kKeptRows) kept_.erase(kept_.begin(), kept_.end() - static_cast<std::ptrdiff_t>(kKeptRows));
  partial_ = std::move(partial);
  draw();
}

void AnswerInsert::end(std::optional<std::string> command, const std::string& message, std::string warning) {
  if (!active()) return;
  if (!partial_.empty()) kept_.push_back(std::move(partial_));
  partial_.clear();
  draw();
  state_ = AskState::idle;
  on_cancel_ = nullptr;
  waiting_ = std::move(command);
  warning_ = std::move(warning);
  bool placed = false;
  if (waiting_) {
    const auto result = place_waiting();
    placed = result.has_value();
    // What a person is typing is theirs: the command is offered, and not put behind what they run next.
    place_when_ready_ = !placed && result.error().code() == base::Errc::busy;
  }
  if (!placed || !message.empty()) announce(message.empty() ? "done" : "error", message);
}

void AnswerInsert::cancel() {
  if (!active()) return;
  const auto stop = std::move(on_cancel_);
  on_cancel_ = nullptr;
  if (!partial_.empty()) kept_.push_back(std::move(partial_));
  partial_.clear();
  draw();
  state_ = AskState::idle;
  announce("cancelled", {});
  if (stop) stop();
}

base::Result<> AnswerInsert::place_waiting() {
  using base::Errc;
  if (!waiting_) return base::Error(Errc::not_found, "No suggested command waits in this terminal any more.");
  const auto& shell = *session_.shell_;
  const bool at_prompt = shell.tracker.at_prompt() && !session_.terminal().alternate_screen();
  if (session_.alive() && (!at_prompt || !kept_.empty())) {
    return base::Error(Errc::busy, "The shell is not at its prompt. Put the command there when what runs has ended.");
  }
  if (session_.alive() && !session_.at_empty_prompt()) {
    return base::Error(Errc::conflict,
                       "The input line is not empty. Clear it (Ctrl-U at its end), then put the command there.");
  }
  if (auto written = session_.write(*waiting_, InputBy::ai); !written) return written;
  waiting_.reset();
  place_when_ready_ = false;
  announce("done", {});  // nothing waits any more: every viewer's button goes
  return {};
}

void AnswerInsert::on_prompt() {
  draw();
  // An answer that came while a command ran is drawn now; its command still stands on the line only if nobody typed.
  if (!active() && place_when_ready_) {
    place_when_ready_ = false;
    static_cast<void>(place_waiting());  // else it is offered: viewers have heard of it
  }
}

void AnswerInsert::on_prompt_lost() {
  drawn_partial_ = 0;
}

void AnswerInsert::on_command() {
  on_prompt_lost();
  if (place_when_ready_) return;
  waiting_.reset();
  warning_.clear();
}

void AnswerInsert::draw() {
  auto& shell = *session_.shell_;
  if (kept_.empty() && partial_.empty() && drawn_partial_ == 0) return;
  if (!session_.alive() || !shell.tracker.at_prompt() || session_.terminal().alternate_screen()) return;
  const auto prompt = shell.prompt_position();
  if (!prompt) return;
  const auto& terminal = session_.terminal();
  std::vector<std::string> lines = kept_;
  if (!partial_.empty()) lines.push_back(partial_);
  const int limit = terminal.size().rows;
  int replaced = std::min<int>(drawn_partial_, static_cast<int>(prompt->row - terminal.top_row()));
  // In pieces no taller than the screen: what scrolls off goes to the scrollback as if it had been printed.
  for (std::size_t at = 0; at < lines.size() || replaced > 0;) {
    const std::size_t count =
        std::min<std::size_t>(lines.size() - at, static_cast<std::size_t>(std::max(1, limit / 2)));
    const std::vector<std::string> part(lines.begin() + static_cast<std::ptrdiff_t>(at),
                                        lines.begin() + static_cast<std::ptrdiff_t>(at + count));
    const auto here = shell.prompt_position();
    if (!here) return;
    const auto bytes = term::insert_above(terminal, here->row, replaced, part);
    if (!bytes) return;  // a prompt taller than the screen, or a half-received sequence: the next prompt draws it
    session_.insert(*bytes, static_cast<std::int64_t>(part.size()) - replaced);
    replaced = 0;
    at += count;
    const std::size_t final_rows = std::min(kept_.size(), count);
    kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(final_rows));
    drawn_partial_ = kept_.empty() && at >= lines.size() && !partial_.empty() ? 1 : 0;
  }
}

nlohmann::json AnswerInsert::frame() const {
  const char* state = state_ == AskState::thinking ? "thinking" : state_ == AskState::streaming ? "streaming" : "done";
  nlohmann::json frame = {{"type", "ask"}, {"state", state}, {"prefill", nullptr}, {"message", nullptr}};
  if (waiting_) frame["prefill"] = *waiting_;
  if (!warning_.empty()) frame["warning"] = warning_;
  return frame;
}

void AnswerInsert::announce(const char* state, const std::string& message) {
  auto told = frame();
  told["state"] = state;
  if (!message.empty()) told["message"] = message;
  session_.broadcast(told);
}

}  // namespace duotty::session
