#include <pwd.h>
#include <unistd.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <duotty/agent/wrap.hpp>
#include <duotty/api/ask_service.hpp>
#include <duotty/base/text.hpp>
#include <duotty/exec/input_guard.hpp>
#include <duotty/session/answer.hpp>
#include <duotty/session/event_log.hpp>
#include <duotty/term/width.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "gate.hpp"

namespace duotty::api {
namespace {

constexpr std::size_t kContextCommands = 5;
constexpr const char* kThinking = "\x1b[2m\xE2\x9C\xA6 \xE2\x80\xA6\x1b[0m";

std::string os_name() {
  std::ifstream file("/etc/os-release");
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, 12, "PRETTY_NAME=") != 0) continue;
    std::string value = line.substr(12);
    if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
    return value;
  }
  return "Linux";
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

std::string user_name() {
  const passwd* entry = ::getpwuid(::getuid());
  return entry ? entry->pw_name : "";
}

agent::AskContext context_of(const session::Session& session) {
  agent::AskContext context;
  const std::string& shell = session.meta().shell;
  context.shell = shell.substr(shell.rfind('/') == std::string::npos ? 0 : shell.rfind('/') + 1);
  context.os = os_name();
  context.user = user_name();
  context.host = host_name();
  if (session.remote()) {
    context.os.clear();
    context.user = session.meta().username;
    context.host = session.meta().host;
  }
  context.cwd = session.cwd();
  for (auto& command : session.recent_commands(kContextCommands)) {
    context.recent.push_back({.command = std::move(command.command),
                              .cwd = std::move(command.cwd),
                              .output = std::move(command.output),
                              .exit_code = command.exit_code,
                              .duration = command.duration});
  }
  const auto& terminal = session.terminal();
  context.screen = terminal.text({terminal.top_row(), 0}, {terminal.end_row() - 1, terminal.size().cols});
  return context;
}

}  // namespace

/// One question: the sink of its text, and the way to stop it.
class AskService::Turn final : public agent::AskSink {
 public:
  explicit Turn(std::shared_ptr<session::Session> session)
      : session_(std::move(session)),
        writer_(session_->answer().columns(), [](char32_t scalar) { return term::width(scalar); }),
        stop_(session_->executor()) {}

  void on_text(std::string_view text) override {
    if (stopped_) return;
    writer_.resize(session_->answer().columns());
    auto rows = writer_.feed(text);
    has_text_ = has_text_ || !rows.committed.empty() || !rows.partial.empty();
    if (!has_text_) return;
    session_->answer().update(std::move(rows.committed), std::move(rows.partial));
  }
  void on_wait(std::string_view sentence) override {
    if (!stopped_ && !has_text_) show_waiting(sentence);
  }
  void show_waiting(std::string_view sentence) {
    const int columns = session_->answer().columns();
    std::string row = kThinking;
    if (!sentence.empty()) {
      std::string shown =
          base::shorten(base::to_valid_utf8(sentence), static_cast<std::size_t>(std::max(8, columns - 6)));
      row = "\x1b[2m\xE2\x9C\xA6 " + shown + "\x1b[0m";
    }
    session_->answer().update({}, columns >= 4 ? row : std::string{});
  }
  /// Draws what is left and closes the answer; `warning` stands in it before the command does on the line.
  void finish(std::optional<std::string> command, const std::string& failure, std::string warning = {}) {
    if (stopped_) return;
    stopped_ = true;
    if (!warning.empty()) {
      auto rows = writer_.feed((has_text_ ? "\n\n**Careful:** " : "**Careful:** ") + warning + "\n");
      session_->answer().update(std::move(rows.committed), std::move(rows.partial));
    }
    if (!failure.empty()) {
      auto rows = writer_.feed((has_text_ ? "\n" : "") + failure);
      session_->answer().update(std::move(rows.committed), std::move(rows.partial));
    }
    auto rows = writer_.finish();
    session_->answer().update(std::move(rows.committed), {});
    session_->answer().end(std::move(command), failure, std::move(warning));
  }
  void cancel() {
    stopped_ = true;
    stop_.notify();
  }
  bool stopped() const { return stopped_; }
  core::Task<> until_stopped() {
    while (!stopped_) co_await stop_.wait();
  }
  session::Session& session() { return *session_; }

 private:
  std::shared_ptr<session::Session> session_;
  agent::AnswerWriter writer_;
  core::Event stop_;
  bool stopped_ = false;
  bool has_text_ = false;
};

AskService::AskService(core::asio::any_io_executor executor, agent::AskDesk& desk, session::EventLog& events)
    : executor_(executor), desk_(desk), events_(events), scope_(std::move(executor)) {}

void AskService::ask(const std::shared_ptr<session::Session>& session, const std::string& line) {
  if (scope_.stopping()) return;
  auto turn = std::make_shared<Turn>(session);
  session->answer().begin([turn] { turn->cancel(); });
  turn->show_waiting({});
  events_.emit("ai_asked", {{"terminal_id", session->id()}, {"by", "person"}});
  scope_.spawn("answer in " + session->id(), run(std::move(turn), line));
}

core::Task<> AskService::run(std::shared_ptr<Turn> turn, std::string question) {
  using namespace core::asio::experimental::awaitable_operators;
  agent::AskRequest request{
      .thread_id = turn->session().id(), .question = std::move(question), .context = context_of(turn->session())};
  auto finished = co_await (desk_.ask(std::move(request), *turn) || turn->until_stopped());
  if (turn->session().closed()) desk_.forget(turn->session().id());  // the answer came together with the end
  if (finished.index() == 1 || turn->stopped()) co_return;
  auto& result = std::get<0>(finished);
  if (!result) {
    turn->finish(std::nullopt, result.error().message());
    co_return;
  }
  std::optional<std::string> command;
  if (result->command) {
    if (auto clean = exec::prefill_line(*result->command); clean) command = std::move(*clean);
  }
  // The person presses Enter, or not: a suggestion is never held back, but what it would do is said.
  std::string warning;
  if (command) {
    const auto found = gate::judge(*command, gate_context(turn->session().cwd()));
    if (found) {
      warning = found->message();
      events_.emit("command_warned", {{"terminal_id", turn->session().id()},
                                      {"by", "ai"},
                                      {"command", short_text(*command)},
                                      {"rule", found->rule->id},
                                      {"word", found->word}});
    }
  }
  if (command && on_proposal) on_proposal(turn->session(), *command);
  turn->finish(std::move(command), {}, std::move(warning));
}

void AskService::forget(const std::string& terminal_id) {
  desk_.forget(terminal_id);
}

core::Task<> AskService::stop() {
  co_await scope_.stop();
}

}  // namespace duotty::api
