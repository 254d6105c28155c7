// Trying a connection, taking a host's key, hanging up.
#include <duotty/remote/forward_book.hpp>
#include <duotty/store/connection_store.hpp>

#include "methods.hpp"

namespace duotty::remote {
namespace {

Task<Result<SshTested>> test(Services& s, Call& call, SshName p) {
  auto row = co_await s.connections->find(std::move(p.conn_id));
  if (!row) co_return row.error();
  Attempt attempt;
  auto probed = co_await s.links->probe(row->id, attempt, false);
  SshTested out;
  out.ok = probed.has_value();
  out.connection_id = row->id;
  out.steps = steps_of(attempt);
  if (attempt.host_key) out.host_key = info_of(*attempt.host_key);
  out.method = if_any(attempt.method);
  out.banner = if_any(attempt.banner);
  out.server = if_any(attempt.server);
  out.reason = if_any(attempt.reason);
  if (!probed) out.message = probed.error().message();
  log_event(s, call, "ssh_connection_test",
            {{"connection_id", row->id}, {"title", row->title}, {"ok", out.ok}, {"reason", attempt.reason}});
  co_return out;
}

Task<Result<HostKeyInfo>> show_key(Services& s, Call& call, SshName p) {
  Attempt attempt;
  auto probed = co_await s.links->probe(std::move(p.conn_id), attempt, true);
  if (!probed) {
    call.details = details_of(attempt);
    co_return probed.error();
  }
  co_return info_of(*attempt.host_key);
}

Task<Result<HostKeyInfo>> accept_key(Services& s, Call& call, HostKeyAccept p) {
  auto row = co_await s.connections->find(std::move(p.conn_id));
  if (!row) co_return row.error();
  Attempt attempt;
  auto probed = co_await s.links->probe(row->id, attempt, true);
  if (!probed) co_return probed.error();
  HostKeyFacts facts = *attempt.host_key;
  if (facts.fingerprint != p.fingerprint) {
    co_return Error(
        Errc::conflict,
        facts.host + " shows another key: " + facts.key.type + " " + facts.fingerprint + ". Nothing was accepted.",
        "fingerprint");
  }
  if (facts.state == ssh::HostKeyState::revoked) {
    co_return Error(Errc::denied, "This key is revoked in known_hosts. It is not accepted here.", "fingerprint");
  }
  if (facts.state != ssh::HostKeyState::known) {
    auto written = co_await s.links->accept(facts);
    if (!written) co_return written.error();
    log_event(s, call, "ssh_host_key_accept",
              {{"connection_id", row->id}, {"title", row->title}, {"fingerprint", facts.fingerprint}});
    facts.state = ssh::HostKeyState::known;
  }
  co_return info_of(facts);
}

Task<Result<HungUp>> hang_up(Services& s, Call& call, SshName p) {
  auto row = co_await s.connections->find(std::move(p.conn_id));
  if (!row) co_return row.error();
  HungUp out;
  s.forwards->hung_up(row->id);
  out.was_connected = co_await s.links->hang_up(row->id);
  if (out.was_connected) log_event(s, call, "ssh_hang_up", {{"connection_id", row->id}, {"title", row->title}});
  co_return out;
}

}  // namespace

void add_link_methods(Registrar& table) {
  constexpr Scope ssh = Scope::ssh;
  table.call("ssh.connections.test", test,
             {.http = {"POST", "/api/agent/ssh/connections/{conn_id}/test"},
              .scope = ssh,
              .about = "Goes the way to a connection of its own and hangs up: each step, the host's key, how it signed "
                       "in, or where and why it failed.",
              .example = R"({"conn_id": "web"})",
              .mutates = true});
  table.call("ssh.host_keys.show", show_key,
             {.http = {"GET", "/api/agent/ssh/connections/{conn_id}/host_key"},
              .scope = ssh,
              .about = "Asks the host for its key and says what it is to us. No secret goes out.",
              .example = R"({"conn_id": "web"})"});
  table.call("ssh.host_keys.accept", accept_key,
             {.http = {"POST", "/api/agent/ssh/connections/{conn_id}/host_key"},
              .scope = Scope::admin,
              .about = "Writes down that the key which the host shows now is its own, if it has the given fingerprint. "
                       "Compare that with what the host's console says first.",
              .example = R"({"conn_id": "web", "fingerprint": "SHA256:K2M..."})",
              .mutates = true});
  table.call(
      "ssh.hang_up", hang_up,
      {.http = {"POST", "/api/agent/ssh/connections/{conn_id}/hang_up"},
       .scope = ssh,
       .about = "Ends the connection and everything that runs on it. The next use connects again, and kept forwards "
                "come back with it.",
       .example = R"({"conn_id": "web"})",
       .mutates = true});
}

}  // namespace duotty::remote
