// Terminals as things: create, list, get, update, resize, signal.
#include <duotty/api/settings.hpp>
#include <duotty/base/text.hpp>
#include <duotty/session/registry.hpp>

#include "gate.hpp"
#include "methods.hpp"
#include "signals.hpp"

namespace duotty::api {
Result<> may_use_host(const Services& s, const Call& call, const std::string& connection) {
  if (connection.empty())
    return Error(Errc::invalid_params, "A terminal of type ssh needs the \"connection_id\" of a stored connection.",
                 "connection_id");
  if (!s.reach) return Error(Errc::ssh_unavailable, "This server has no SSH connections.", "connection_id");
  if (!call.caller.has(Scope::ssh))
    return Error(Errc::denied, "A terminal on a host needs a token with the scope \"ssh\" as well.", "connection_id");
  return {};
}

namespace {

Task<Result<TerminalInfo>> create(Services& s, Call& call, TerminalCreate p) {
  const bool on_host = p.type == "ssh" || !p.connection_id.value_or("").empty();
  if (auto may = may_use_host(s, call, p.connection_id.value_or("")); on_host && !may) co_return may.error();
  const bool needs_cwd = !on_host && !call.caller.is_person() && s.settings->flag("require_cwd", false);
  if (needs_cwd && p.cwd.value_or("").empty()) {
    co_return Error(Errc::invalid_params, "Send \"cwd\": on this server programs say where a terminal starts.", "cwd");
  }
  if (!p.command.empty()) {
    auto context = gate_context(p.cwd.value_or(""));
    context.variables = p.env;
    const Attempt attempt{
        .method = "terminal.create", .terminal_id = {}, .text = base::join(p.command, " "), .force = p.force};
    const auto admission = admit(s, call, attempt, gate::judge_program(p.command, context));
    if (!admission.allowed) co_return refusal(admission, "command");
  }
  session::CreateRequest request;
  request.name = p.name;
  request.created_by = p.created_by.empty() ? made_by(call) : p.created_by;
  request.owner = call.caller.owner;
  request.size = {p.cols, p.rows};
  request.ttl_seconds = p.ttl_seconds;
  request.user_visible = p.user_visible && !p.transient;
  request.transient = p.transient;
  request.cwd = p.cwd.value_or("");
  request.shell = p.shell.value_or("");
  request.command = p.command;
  request.env.assign(p.env.begin(), p.env.end());
  request.tags = p.tags;
  request.integration = p.integration;
  if (on_host) {
    // Before the way is gone: a name that is taken is said at once.
    if (auto named = s.registry->check_name(p.name, request.owner, nullptr); !named) co_return named.error();
    auto host = co_await s.reach(call, *p.connection_id);
    if (!host) co_return host.error();
    request.remote = std::move(*host);
  }
  auto session = co_await s.registry->create(std::move(request));
  if (!session) co_return session.error();
  auto info = terminal_info(s, **session);
  log_event(s, call, "terminal_create",
            {{"terminal_id", info.id},
             {"terminal_type", info.type},
             {"name", p.name},
             {"title", info.title},
             {"connection_id", info.connection_id ? Json(*info.connection_id) : Json()},
             {"created_by", info.created_by}});
  co_return info;
}

Task<Result<TerminalList>> list(Services& s, Call& call, record::Empty) {
  TerminalList out;
  for (const auto& session : s.registry->list(call.caller.owner)) out.terminals.push_back(terminal_info(s, *session));
  co_return out;
}

Task<Result<TerminalInfo>> get(Services& s, Call& call, TerminalId p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  co_return terminal_info(s, **session);
}

Task<Result<TerminalInfo>> update(Services& s, Call& call, TerminalUpdate p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  if (p.size_policy && !session::size_policy(*p.size_policy)) {
    co_return Error(Errc::invalid_params, "\"size_policy\" must be one of: active, smallest, largest, fixed.",
                    "size_policy");
  }
  if (p.name) {
    auto named = s.registry->check_name(*p.name, (*session)->meta().owner, session->get());
    if (!named) co_return named.error();
  }
  if (p.tags && p.tags->size() > 32) co_return Error(Errc::invalid_params, "A terminal has at most 32 tags.", "tags");
  (*session)->update_meta([&](session::Meta& meta) {
    if (p.name) meta.name = *p.name;
    if (p.tags) meta.tags = *p.tags;
    if (p.ttl_seconds) meta.ttl_seconds = std::max(0.0, *p.ttl_seconds);
    if (p.user_visible) meta.user_visible = *p.user_visible;
    if (p.size_policy) meta.size_policy = *session::size_policy(*p.size_policy);
  });
  co_return terminal_info(s, **session);
}

Task<Result<TerminalInfo>> resize(Services& s, Call& call, TerminalResize p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  auto done = (*session)->resize({p.cols, p.rows});
  if (!done) co_return done.error();
  co_return terminal_info(s, **session);
}

Task<Result<Success>> send_signal(Services& s, Call& call, TerminalSignal p) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) co_return session.error();
  auto number = signal_number(p.signal);
  if (!number) co_return number.error();
  const auto target = p.to == "tree"    ? pty::SignalTarget::tree
                      : p.to == "group" ? pty::SignalTarget::group
                                        : pty::SignalTarget::foreground;
  auto sent = (*session)->signal(*number, target);
  if (!sent) co_return sent.error();
  log_event(s, call, "terminal_signal", {{"terminal_id", (*session)->id()}, {"signal", p.signal}, {"to", p.to}});
  co_return Success{};
}

}  // namespace

void add_terminal_methods(Registrar& table) {
  using rpc::Extra;
  table.call(
      "terminal.create", create,
      {.http = {"POST", "/api/agent/terminals"},
       .scope = Scope::exec,
       .extra = Extra::ignore,
       .about =
           "Starts a shell (or `command`) in a new terminal, with `connection_id` on that host. People see it as a tab "
           "unless `user_visible` is false.",
       .example = R"({"name": "build", "cols": 120, "rows": 40, "cwd": "/tmp"})",
       .mutates = true});
  table.call("terminal.list", list,
             {.http = {"GET", "/api/agent/terminals"},
              .scope = Scope::read,
              .extra = Extra::ignore,
              .about = "All terminals the caller may see, oldest first."});
  table.call("terminal.get", get,
             {.http = {"GET", "/api/agent/terminals/{terminal_id}"},
              .scope = Scope::read,
              .extra = Extra::ignore,
              .about = "One terminal."});
  table.call("terminal.update", update,
             {.http = {"PATCH", "/api/agent/terminals/{terminal_id}"},
              .scope = Scope::exec,
              .about = "Changes name, tags, idle limit, visibility or size policy.",
              .example = R"({"terminal_id": "k3x9w2m8q1zz", "name": "logs"})",
              .mutates = true});
  table.call(
      "terminal.resize", resize,
      {.http = {"POST", "/api/agent/terminals/{terminal_id}/resize"},
       .scope = Scope::type,
       .about =
           "Sets the size that the program sees. With size policy `active` the next person who types sets it again.",
       .example = R"({"terminal_id": "k3x9w2m8q1zz", "cols": 100, "rows": 30})",
       .mutates = true});
  table.call("terminal.signal", send_signal,
             {.http = {"POST", "/api/agent/terminals/{terminal_id}/signal"},
              .scope = Scope::exec,
              .about = "Sends a signal to the foreground job, to the shell's own group, or to the whole session.",
              .example = R"({"terminal_id": "k3x9w2m8q1zz", "signal": "INT", "to": "foreground"})",
              .mutates = true});
}

}  // namespace duotty::api
