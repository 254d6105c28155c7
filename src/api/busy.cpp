// The facts behind the error `busy` of an exec.
#include <duotty/api/block_service.hpp>
#include <duotty/session/session.hpp>

#include "jobs.hpp"

namespace duotty::api {
namespace {

/// One way to go on: a call that can be made as it stands. `about` says what it does.
struct NextStep {
  std::string method;
  Json params;
  std::string about;
};

Json encode(const std::vector<NextStep>& steps) {
  Json out = Json::array();
  for (const auto& step : steps)
    out.push_back({{"method", step.method}, {"params", step.params}, {"about", step.about}});
  return out;
}

Json describe(const session::CommandBlock& block, const std::string& terminal) {
  const auto began = block.started_at.time_since_epoch().count();
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  return {{"seq", block.seq},
          {"command", block.command},
          {"by", block.by},
          {"started_at", iso_time(static_cast<double>(began) / 1000)},
          {"started", static_cast<double>(began) / 1000},
          {"running_ms", std::max<std::int64_t>(0, now - began)},
          {"output_ref", output_ref({terminal, block.seq})}};
}

std::vector<NextStep> next_steps(const std::string& terminal, const ExecResult& now) {
  const Json named = {{"terminal_id", terminal}};
  const auto with = [&named](const char* key, Json value) {
    Json params = named;
    params[key] = std::move(value);
    return params;
  };
  const bool nested = now.process && now.process->nested;
  std::vector<NextStep> steps;
  if (nested) steps.push_back({"terminal.input", with("wait", true), "Types into it and answers with what it prints."});
  steps.push_back(
      {"terminal.exec", with("queue", true), "The same call with it runs the command when its turn comes."});
  steps.push_back({"terminal.exec", with("isolated", true), "The same call with it runs it now, in a fresh terminal."});
  steps.push_back({"terminal.wait", with("prompt", true), "Waits until the shell is free."});
  if (now.awaiting && !nested) steps.push_back({"terminal.input", named, "Answers what the program asks."});
  return steps;
}

}  // namespace

Task<std::shared_ptr<const Json>> busy_details(std::shared_ptr<session::Session> session) {
  const session::ExecLive nothing;
  auto outcome = co_await session->exec_state(nothing);
  const ExecResult now = exec_result(std::move(outcome), session->id());
  Json details = {{"terminal_id", session->id()},
                  {"state", session::name(session->shell_state())},
                  {"next", encode(next_steps(session->id(), now))}};
  if (now.process) details["process"] = record::encode(*now.process);
  if (now.process && now.process->nested) details["reason"] = "nested";
  if (now.awaiting) details["awaiting"] = record::encode(*now.awaiting);
  if (const auto* running = session->blocks().running()) details["command"] = describe(*running, session->id());
  if (session->shell_state() == session::ShellState::prompt) details["input_line"] = session->line_reader().shown;
  co_return std::make_shared<const Json>(std::move(details));
}

}  // namespace duotty::api
