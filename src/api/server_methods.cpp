// The server itself: facts, health, handshake, OpenAPI, restart and stop.
#include <duotty/base/utc_time.hpp>
#include <duotty/rpc/openapi.hpp>
#include <duotty/session/registry.hpp>

#include "methods.hpp"

namespace duotty::api {
namespace {

struct ServerInfo {
  std::string name;
  std::string version;
  std::vector<std::string> urls;
  int keeper_pid = 0;
  int worker_pid = 0;
  std::string started_at;
  double uptime_seconds = 0;
  int terminals = 0;
  int protocol = 1;
  bool require_key = false;
  static constexpr auto fields() {
    using T = ServerInfo;
    return std::tuple{field("name", &T::name, "Name of this server."),
                      field("version", &T::version, "Version of duotty."),
                      field("urls", &T::urls, "Where it listens."),
                      field("keeper_pid", &T::keeper_pid, "Process that owns the terminals."),
                      field("worker_pid", &T::worker_pid, "Process that serves requests; changes with every restart."),
                      field("started_at", &T::started_at, "When the worker started."),
                      field("uptime_seconds", &T::uptime_seconds, "Seconds since then."),
                      field("terminals", &T::terminals, "Terminals now."),
                      field("protocol", &T::protocol, "Version of the WebSocket protocols."),
                      field("require_key", &T::require_key, "Whether even the same user must sign in.")};
  }
};

struct Health {
  std::string status = "ok";
  std::string version;
  static constexpr auto fields() {
    return std::tuple{field("status", &Health::status, "\"ok\"."),
                      field("version", &Health::version, "Version of duotty.")};
  }
};

struct Handshake {
  std::string token;
  std::string base_url;
  static constexpr auto fields() {
    return std::tuple{field("token", &Handshake::token, "Bearer token for agents.").secret(),
                      field("base_url", &Handshake::base_url, "URL to use it with.")};
  }
};

Task<Result<ServerInfo>> info(Services& s, Call&, record::Empty) {
  const double now = base::wall_seconds();
  ServerInfo out;
  out.name = s.facts.name;
  out.version = s.facts.version;
  out.urls = s.facts.urls;
  out.keeper_pid = s.facts.keeper_pid;
  out.worker_pid = s.facts.worker_pid;
  out.started_at = iso_time(s.facts.started_at);
  out.uptime_seconds = now - s.facts.started_at;
  out.terminals = static_cast<int>(s.registry->size());
  out.require_key = s.facts.require_key;
  co_return out;
}

Task<Result<Health>> health(Services& s, Call&, record::Empty) {
  if (s.registry->keeper_lost()) co_return Error(Errc::gone, "The keeper of the terminals is gone.");
  Health out;
  out.version = s.facts.version;
  co_return out;
}

Task<Result<Handshake>> handshake(Services& s, Call& call, record::Empty) {
  if (!call.caller.is_person()) {
    co_return Error(Errc::denied,
                    "The handshake answers only the user who runs the server, on the same machine, or someone signed "
                    "in. Ask the person for a token: Settings -> Tokens.");
  }
  co_return Handshake{s.tokens->agent_token(), address_for(s, call)};
}

Task<Result<Json>> openapi_document(Services& s, Call&, record::Empty) {
  co_return rpc::openapi(*s.table, s.facts.version);
}

Task<Result<Success>> restart(Services& s, Call& call, record::Empty) {
  log_event(s, call, "server_restart", Json::object());
  s.restart();
  co_return Success{};
}

Task<Result<Success>> stop(Services& s, Call& call, record::Empty) {
  log_event(s, call, "server_stop", Json::object());
  s.stop();
  co_return Success{};
}

}  // namespace

void add_server_methods(Registrar& table) {
  using rpc::Extra;
  table.call(
      "server.info", info,
      {.http = {"GET", "/api/server/info"}, .scope = Scope::read, .about = "Version, processes, addresses, uptime."});
  table.call("server.health", health,
             {.http = {"GET", "/api/health"},
              .scope = Scope::none,
              .extra = Extra::ignore,
              .about = "Whether the server works; for load balancers and containers."});
  table.call("health", health,
             {.http = {"GET", "/health"},
              .scope = Scope::none,
              .extra = Extra::ignore,
              .about = "The same at the older path."});
  table.call(
      "server.restart", restart,
      {.http = {"POST", "/api/server/restart"},
       .scope = Scope::admin,
       .about = "Replaces the worker by the binary now on disk. Terminals go on; viewers come back by themselves.",
       .mutates = true});
  table.call("server.stop", stop,
             {.http = {"POST", "/api/server/stop"},
              .scope = Scope::admin,
              .about = "Ends every terminal politely, then the server.",
              .mutates = true});
  table.call(
      "handshake", handshake,
      {.http = {"GET", "/api/agent/handshake"},
       .scope = Scope::none,
       .extra = Extra::ignore,
       .about = "The agent token, for the user who runs the server on the same machine (403 for everybody else)."});
  table.call("server.openapi", openapi_document,
             {.http = {"GET", "/api/openapi.json"},
              .scope = Scope::none,
              .extra = Extra::ignore,
              .about = "This API as OpenAPI 3.1."});
}

}  // namespace duotty::api
