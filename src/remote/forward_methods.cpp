// Forwards: who listens where, and what may be asked for.
#include <duotty/remote/forward_book.hpp>
#include <duotty/store/connection_store.hpp>

#include "forward_rules.hpp"
#include "forward_types.hpp"
#include "methods.hpp"

namespace duotty::remote {
namespace {

SshForward told(const ForwardNote& note) {
  const link::Forward& forward = note.now.forward;
  SshForward out;
  out.id = forward.id;
  out.connection_id = note.connection_id;
  out.kind = link::name(forward.kind);
  out.bind = forward.bind;
  out.port = forward.port;
  out.target_host = forward.host;
  out.target_port = forward.target;
  out.keep = note.keep;
  out.state = name(note.state);
  out.error = if_any(note.error);
  out.trouble = if_any(note.now.trouble);
  out.connections = note.now.open;
  out.connections_total = static_cast<std::int64_t>(note.now.total);
  out.bytes_to_host = static_cast<std::int64_t>(note.now.to_host);
  out.bytes_from_host = static_cast<std::int64_t>(note.now.from_host);
  return out;
}

Task<Result<SshForward>> open(Services& s, Call& call, ForwardOpen p) {
  auto forward = forward_of(p);
  if (!forward) co_return forward.error();
  if (needs_admin(p.kind, forward->bind) && !call.caller.has(Scope::admin)) {
    co_return Error(
        Errc::denied,
        p.kind == "remote"
            ? "A remote forward lets the host reach into the server's network. It needs the scope admin."
            : "Listening beyond loopback needs the scope admin. Leave bind empty, or ask somebody who has it.",
        p.kind == "remote" ? "kind" : "bind");
  }
  auto row = co_await s.connections->find(std::move(p.connection_id));
  if (!row) co_return row.error();
  Attempt attempt;
  auto note = co_await s.forwards->open(row->id, std::move(*forward), p.keep, attempt);
  log_event(s, call, "ssh_forward_open",
            {{"connection_id", row->id},
             {"title", row->title},
             {"kind", p.kind},
             {"bind", p.bind},
             {"port", note ? int{note->now.forward.port} : p.port},
             {"target_host", p.target_host},
             {"target_port", p.target_port},
             {"keep", p.keep},
             {"ok", note.has_value()}});
  if (!note) {
    call.details = details_of(attempt);
    co_return note.error();
  }
  co_return told(*note);
}

Task<Result<SshForwards>> list(Services& s, Call&, ForwardList p) {
  std::string id;
  if (!p.connection_id.empty()) {
    auto row = co_await s.connections->find(std::move(p.connection_id));
    if (!row) co_return row.error();
    id = row->id;
  }
  const auto notes = co_await s.forwards->list(std::move(id));
  SshForwards out;
  for (const ForwardNote& note : notes) out.forwards.push_back(told(note));
  co_return out;
}

Task<Result<Success>> close(Services& s, Call& call, ForwardClose p) {
  auto note = co_await s.forwards->close(std::move(p.id));
  if (!note) co_return note.error();
  log_event(s, call, "ssh_forward_close",
            {{"connection_id", note->connection_id},
             {"kind", link::name(note->now.forward.kind)},
             {"port", note->now.forward.port}});
  co_return Success{};
}

}  // namespace

void add_forward_methods(Registrar& table) {
  constexpr Scope ssh = Scope::ssh;
  table.call(
      "ssh.forwards.open", open,
      {.http = {"POST", "/api/agent/ssh/forwards"},
       .scope = ssh,
       .about = "Listens on the server's machine or on the host, and carries each connection to the other side. It "
                "goes on without its caller and through restarts of the worker. Listening beyond loopback and "
                "remote forwards need the scope admin.",
       .example =
           R"({"connection_id": "web", "kind": "local", "port": 15432, "target_host": "localhost", "target_port": 5432})",
       .mutates = true});
  table.call("ssh.forwards.list", list,
             {.http = {"GET", "/api/agent/ssh/forwards"},
              .scope = ssh,
              .about = "The forwards, how each stands, and what has passed through it.",
              .example = R"({"connection_id": "web"})"});
  table.call("ssh.forwards.close", close,
             {.http = {"DELETE", "/api/agent/ssh/forwards/{id}"},
              .scope = ssh,
              .about = "Ends a forward and the connections through it; one that was kept is forgotten.",
              .example = R"({"id": "k3v9x2"})",
              .mutates = true});
}

}  // namespace duotty::remote
