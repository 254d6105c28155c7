#pragma once
// Carries a `#` question from the terminal to the AI desk and the answer back above the prompt. It knows both sides and
// decides nothing of either.
#include <duotty/agent/ask.hpp>
#include <duotty/core/scope.hpp>
#include <duotty/session/session.hpp>
#include <functional>
#include <memory>
#include <string>

namespace duotty::session {
class EventLog;
}

namespace duotty::api {

/// Loop thread only. `desk` and `events` outlive it.
class AskService {
 public:
  AskService(core::asio::any_io_executor executor, agent::AskDesk& desk, session::EventLog& events);

  /// Told of every command that the AI puts on an input line; may be empty.
  std::function<void(const session::Session&, const std::string&)> on_proposal;

  /// A person asked at the prompt of `session`. An answer under way in that terminal is stopped first.
  void ask(const std::shared_ptr<session::Session>& session, const std::string& line);
  /// The terminal is closed: its conversation is forgotten.
  void forget(const std::string& terminal_id);
  /// Stops every answer and waits for their end.
  core::Task<> stop();

 private:
  class Turn;
  core::Task<> run(std::shared_ptr<Turn> turn, std::string question);

  core::asio::any_io_executor executor_;
  agent::AskDesk& desk_;
  session::EventLog& events_;
  core::Scope scope_;
};

}  // namespace duotty::api
