// Connecting, and answering what is asked on the way.
#include <duotty/store/connection_store.hpp>

#include "methods.hpp"

namespace duotty::remote {
namespace {

constexpr std::size_t kMostAnswer = 4096;

core::Event::time_point after(int milliseconds) {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
}

const char* word(Progress progress) {
  if (progress == Progress::connected) return "connected";
  return progress == Progress::connecting ? "connecting" : "awaiting_auth";
}

Result<SshConnected> answer_of(Call& call, const std::string& id, const Result<Progress>& progress,
                               const Attempt& attempt) {
  if (!progress) {
    call.details = details_of(attempt);
    return progress.error();
  }
  SshConnected out;
  out.state = word(*progress);
  out.connection_id = attempt.questions ? attempt.questions->connection_id : id;
  if (attempt.questions) out.questions = info_of(*attempt.questions);
  out.steps = steps_of(attempt);
  if (attempt.host_key) out.host_key = info_of(*attempt.host_key);
  out.method = if_any(attempt.method);
  out.banner = if_any(attempt.banner);
  out.server = if_any(attempt.server);
  out.reused = attempt.reused;
  return out;
}

Task<Result<SshConnected>> connect(Services& s, Call& call, SshConnect p) {
  auto row = co_await s.connections->find(std::move(p.conn_id));
  if (!row) co_return row.error();
  Attempt attempt;
  const auto progress = co_await s.links->connect(row->id, after(p.wait_ms), attempt);
  log_event(s, call, "ssh_connect", {{"connection_id", row->id}, {"ok", progress.has_value()}});
  co_return answer_of(call, row->id, progress, attempt);
}

Task<Result<SshConnected>> answer(Services& s, Call& call, SshAnswer p) {
  std::vector<base::Secret> answers;
  for (std::string& one : p.answers) {
    answers.emplace_back(one);
    std::fill(one.begin(), one.end(), '\0');
    if (answers.back().reveal().size() > kMostAnswer) {
      co_return Error(Errc::invalid_params, "An answer has at most 4096 bytes.", "answers");
    }
  }
  auto row = co_await s.connections->find(std::move(p.conn_id));
  if (!row) co_return row.error();
  Attempt attempt;
  const auto progress = co_await s.links->answer(row->id, p.round, std::move(answers), after(p.wait_ms), attempt);
  log_event(s, call, "ssh_answer", {{"connection_id", row->id}, {"ok", progress.has_value()}});
  co_return answer_of(call, row->id, progress, attempt);
}

}  // namespace

void add_connect_methods(Registrar& table) {
  table.call("ssh.connect", connect,
             {.http = {"POST", "/api/agent/ssh/{conn_id}/connect"},
              .scope = Scope::ssh,
              .about = "Connects, or says that the connection is there. When the host asks something (a code, a "
                       "password that is not stored, a key's passphrase) the state is awaiting_auth and `questions` "
                       "has it; ssh.answer goes on. Other methods that meet questions fail with the code "
                       "awaiting_auth and the same details.",
              .example = R"({"conn_id": "web"})",
              .mutates = true});
  table.call("ssh.answer", answer,
             {.http = {"POST", "/api/agent/ssh/{conn_id}/answer"},
              .scope = Scope::ssh,
              .about = "Answers what a host asks while signing in, and says how it went on. Answers are noted nowhere.",
              .example = R"({"conn_id": "web", "round": 1, "answers": ["123456"]})",
              .mutates = true});
}

}  // namespace duotty::remote
