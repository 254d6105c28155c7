// A viewer's connection: docs/terminal-websocket.md.
#include <algorithm>
#include <duotty/session/session.hpp>
#include <duotty/session/viewer.hpp>

#include "gate.hpp"
#include "methods.hpp"

namespace duotty::api {
namespace {

struct TerminalAttach {
  std::string terminal_id;
  std::string role = "owner";
  std::string epoch;
  std::optional<std::int64_t> offset;
  std::optional<int> cols;
  std::optional<int> rows;
  std::string input_token;
  std::string name;
  std::string kind = "browser";
  bool force = false;
  static constexpr auto fields() {
    using T = TerminalAttach;
    return std::tuple{
        field("terminal_id", &T::terminal_id, "Id or name of the terminal.").required().range(1, 64),
        field("role", &T::role, "The most that this viewer wants to do; the caller's scopes may allow less.")
            .one_of("viewer", "typist", "agent", "owner"),
        field("epoch", &T::epoch, "Epoch of an earlier connection.").range(0, 64),
        field("offset", &T::offset, "Offset where that connection stopped.").range(0, 9e15),
        field("cols", &T::cols, "Columns of the window.").range(1, 1000),
        field("rows", &T::rows, "Rows of the window.").range(1, 1000),
        field("input_token", &T::input_token,
              "Random word of this client: input frames are numbered within it, so that "
              "resent ones are recognised.")
            .range(0, 64),
        field("name", &T::name, "What to call this viewer.").range(0, 64),
        field("kind", &T::kind, "browser or cli.").range(0, 16),
        field("force", &T::force, "Type also what the gate refuses; needs the scope `force`.")};
  }
};

/// What the caller's scopes allow.
session::Role most_of(const rpc::Caller& caller) {
  if (caller.is_person() || caller.has(Scope::admin)) return session::Role::owner;
  if (caller.has(Scope::exec)) return session::Role::agent;
  return caller.has(Scope::type) ? session::Role::typist : session::Role::viewer;
}

/// What the gate says about a viewer's keys.
Result<> admit_keys(Services& s, const Call& call, const session::Session& session, std::string_view keys, bool force) {
  const auto found = judge_typing(session, keys);
  if (!found) return {};
  const auto admission =
      admit(s, call,
            {.method = "terminal.attach", .terminal_id = session.id(), .text = session.submitted(keys), .force = force},
            found);
  return admission.allowed ? Result<>() : refusal(admission, "keys");
}

Task<Result<>> refused(base::Error error) {
  co_return error;
}

Task<Result<>> serve(std::unique_ptr<session::Viewer> viewer) {
  co_await viewer->serve();
  co_return Result<>();
}

/// No coroutine: of what it needs for the beginning nothing stays for as long as the viewer does.
Task<Result<>> attach(Services& s, Call& call, TerminalAttach p, core::Channel& channel) {
  auto session = find_terminal(s, call, p.terminal_id);
  if (!session) return refused(session.error());
  session::ViewerOptions options;
  options.name = p.name.empty() ? call.client : p.name;
  options.kind = p.kind;
  const session::Role most = most_of(call.caller);
  options.role = std::min(session::role(p.role).value_or(session::Role::viewer), most);
  // An agent that asks for less does not become a person by it.
  options.waits_for_people = most == session::Role::agent || options.role == session::Role::agent;
  if (p.cols && p.rows) {
    options.window = {*p.cols, *p.rows};
    options.has_window = true;
  }
  options.input_token = p.input_token;
  options.epoch = p.epoch;
  if (p.offset) options.offset = static_cast<session::DisplayOffset>(*p.offset);
  options.hello = record::encode(terminal_info(s, **session)).dump(-1, ' ', false, Json::error_handler_t::replace);
  // A program does not become a person by asking for a person's role, but a person's program may say what it is.
  if (most != session::Role::owner || options.role == session::Role::agent) {
    options.admit = [&s, &call, &session = **session, force = p.force](std::string_view keys) {
      return admit_keys(s, call, session, keys, force);
    };
  }
  return serve(std::make_unique<session::Viewer>(*session, channel, std::move(options)));
}

}  // namespace

void add_attach_method(Registrar& table) {
  table.duplex(
      "terminal.attach", attach,
      {.http = {"WS", "/ws/terminal/{terminal_id}"},
       .scope = Scope::read,
       .extra = rpc::Extra::ignore,
       .about = "A live view of one terminal: a snapshot, then bytes with offsets; keys, sizes and presence in the "
                "other direction. See docs/terminal-websocket.md.",
       .mutates = true});
}

}  // namespace duotty::api
