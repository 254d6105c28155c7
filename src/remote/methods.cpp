#include "methods.hpp"

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
  add_run_methods(rows);
}

void log_event(Services& services, const Call& call, const char* action, Json fields) {
  fields["by"] = call.caller.name;
  services.tell(action, std::move(fields));
}

HostKeyInfo info_of(const HostKeyFacts& facts) {
  return {facts.host, facts.port, facts.key.type, facts.fingerprint, word(facts.state), facts.stored};
}

Json details_of(const Attempt& attempt) {
  Json details = {{"step", attempt.step}, {"reason", attempt.reason}};
  if (attempt.host_key) details["host_key"] = record::encode(info_of(*attempt.host_key));
  return details;
}

Task<Result<std::shared_ptr<Link>>> connect_for(Services& services, Call& call, std::string name) {
  Attempt attempt;
  auto link = co_await services.links->acquire(std::move(name), attempt);
  if (!link && !attempt.reason.empty()) call.details = std::make_shared<const Json>(details_of(attempt));
  co_return link;
}

}  // namespace duotty::remote
