#include "methods.hpp"

#include <duotty/store/connection_store.hpp>

#include "plan.hpp"

namespace duotty::remote {
namespace {

const char* word(ssh::HostKeyState state) {
  switch (state) {
    case ssh::HostKeyState::known:
      return "known";
    case ssh::HostKeyState::unknown:
      return "unknown";
    case ssh::HostKeyState::changed:
      return "changed";
    case ssh::HostKeyState::revoked:
      return "revoked";
  }
  return "unknown";
}

}  // namespace

void add_methods(rpc::Table& table, Services* services) {
  Registrar rows(table, services);
  add_connection_methods(rows);
  add_link_methods(rows);
  add_connect_methods(rows);
  add_run_methods(rows);
  add_forward_methods(rows);
}

void log_event(Services& services, const Call& call, const char* action, Json fields) {
  fields["by"] = call.caller.name;
  services.tell(action, std::move(fields));
}

HostKeyInfo info_of(const HostKeyFacts& facts) {
  return {facts.host, facts.port, facts.key.type, facts.fingerprint, word(facts.state), facts.stored};
}

std::vector<SshStep> steps_of(const Attempt& attempt) {
  std::vector<SshStep> out;
  for (const StepNote& one : attempt.steps) out.push_back({one.step, one.ok, one.detail, one.duration.count()});
  return out;
}

SshQuestions info_of(const Questions& questions) {
  SshQuestions out{questions.round, questions.name, questions.instruction, {}};
  for (const auto& one : questions.prompts) out.prompts.push_back({one.text, one.hidden});
  return out;
}

std::shared_ptr<const Json> details_of(const Attempt& attempt) {
  if (attempt.reason.empty()) return nullptr;
  Json details = {{"step", attempt.step}, {"reason", attempt.reason}, {"steps", Json::array()}};
  for (const SshStep& one : steps_of(attempt)) details["steps"].push_back(record::encode(one));
  if (attempt.host_key) details["host_key"] = record::encode(info_of(*attempt.host_key));
  if (attempt.questions) {
    details["connection_id"] = attempt.questions->connection_id;
    details["questions"] = record::encode(info_of(*attempt.questions));
  }
  return std::make_shared<const Json>(std::move(details));
}

Task<Result<std::shared_ptr<Link>>> connect_for(Services& services, Call& call, std::string name) {
  Attempt attempt;
  auto link = co_await services.links->acquire(std::move(name), attempt);
  if (!link) call.details = details_of(attempt);
  co_return link;
}

Task<Result<Reached>> reach(Services& services, Call& call, std::string name) {
  auto row = co_await services.connections->find(std::move(name));
  if (!row) co_return row.error();
  auto link = co_await connect_for(services, call, row->id);
  if (!link) co_return link.error();
  const SshProfile profile = profile_of(*row);
  Reached out;
  out.connection_id = row->id;
  out.host = row->host;
  out.port = row->port;
  out.username = row->username;
  out.socket = services.links->socket_of(row->id);
  out.directory = profile.start_directory;
  out.env.assign(profile.env.begin(), profile.env.end());
  co_return out;
}

}  // namespace duotty::remote
