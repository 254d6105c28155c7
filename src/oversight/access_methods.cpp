// Requests for access: an agent without a token asks, a person decides, the agent fetches its token once.
#include <chrono>
#include <duotty/session/event_log.hpp>

#include "groups.hpp"
#include "types.hpp"

namespace duotty::oversight {
namespace {

using Clock = std::chrono::system_clock;

/// Names that are tried when a token of that name is there already.
constexpr int kNames = 50;

double seconds(Clock::time_point time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

/// Words for people as one line, without what could pretend to be something else on it.
std::string plain_line(const std::string& text) {
  return line_about(Json{{"text", text}});
}

/// Where a call comes from, as far as it is known: strangers are called by their address.
std::string source_of(const Call& call) {
  return call.caller.kind == rpc::Caller::Kind::anonymous ? call.caller.name : std::string();
}

AccessItem item_of(const AccessRequest& request, Clock::time_point now) {
  AccessItem out;
  out.request_id = request.id;
  out.code = request.code;
  out.name = request.name;
  out.scopes = request.scopes;
  out.reason = request.reason;
  out.source = request.source;
  out.client = request.client;
  out.asked = seconds(request.asked);
  out.expires_in_seconds =
      static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(request.expires - now).count());
  return out;
}

AccessItems pending_items(Services& s) {
  AccessItems out;
  const auto now = Clock::now();
  for (const auto& request : s.access->pending(now)) out.requests.push_back(item_of(request, now));
  return out;
}

Task<Result<AccessAsked>> ask(Services& s, Call& call, AccessAsk p) {
  Knock knock{.name = std::move(p.name),
              .scopes = std::move(p.scopes),
              .reason = plain_line(p.reason),
              .source = source_of(call),
              .client = plain_line(call.client),
              .known = call.caller.kind != rpc::Caller::Kind::anonymous};
  auto knocked = s.access->knock(std::move(knock), Clock::now());
  if (!knocked) co_return knocked.error();
  const AccessRequest& request = knocked->request;
  s.events->emit("access_request",
                 {{"request_id", request.id},
                  {"name", request.name},
                  {"scopes", request.scopes},
                  {"source", request.source},
                  {"by", call.caller.kind == rpc::Caller::Kind::anonymous ? "unknown" : call.caller.name}});
  s.news->notify();
  AccessAsked out;
  out.request_id = request.id;
  out.code = request.code;
  out.claim_secret = knocked->claim_secret;
  out.expires_in_seconds = static_cast<int>(std::chrono::seconds(AccessDesk::kLifetime).count());
  co_return out;
}

/// Makes the token of an approved request; a name that is taken gets a number.
Result<AccessClaimed> issue(Services& s, const Call& call, const AccessRequest& request) {
  Grant grant{.name = request.name,
              .scopes = request.granted,
              .owner = request.owner,
              .expires_at = seconds(Clock::now()) + static_cast<double>(request.seconds)};
  auto secret = s.issue(grant);
  for (int number = 2; !secret && secret.error().code() == Errc::conflict && number < kNames; ++number) {
    grant.name = request.name + "-" + std::to_string(number);
    secret = s.issue(grant);
  }
  if (!secret) return secret.error();
  s.events->emit("access_claimed", {{"request_id", request.id}, {"name", grant.name}, {"by", request.name}});
  store::AuditRow row;
  row.kind = "token";
  row.who = "token:" + grant.name;
  row.owner = grant.owner;
  row.surface = call.surface;
  row.source = source_of(call);
  row.client = call.client;
  row.method = "access.claim";
  row.status = "approved";
  s.trail->note(std::move(row), grant.name);
  AccessClaimed out;
  out.status = "approved";
  out.token = std::move(*secret);
  out.name = grant.name;
  out.scopes = grant.scopes;
  out.expires_at = grant.expires_at;
  if (!call.base_url.empty()) out.base_url = call.base_url;
  return out;
}

Task<Result<AccessClaimed>> claim(Services& s, Call& call, AccessClaim p) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(static_cast<int>(p.wait * 1000));
  while (true) {
    auto request = s.access->look(p.request_id, p.claim_secret, source_of(call), Clock::now());
    if (!request) co_return request.error();
    if (request->state != AccessRequest::State::pending) {
      // Closed before anything can suspend: two claims at once get one token.
      s.access->close(request->id);
      if (request->state == AccessRequest::State::approved) co_return issue(s, call, *request);
      AccessClaimed denied;
      denied.status = "denied";
      co_return denied;
    }
    if (std::chrono::steady_clock::now() >= deadline) break;
    static_cast<void>(co_await s.news->wait_until(deadline));
  }
  AccessClaimed waiting;
  waiting.status = "pending";
  co_return waiting;
}

Task<Result<AccessItems>> list(Services& s, Call&, record::Empty) {
  co_return pending_items(s);
}

Task<Result<AccessDecided>> decide(Services& s, Call& call, AccessDecide p) {
  Decision decision{.allow = p.allow,
                    .scopes = std::move(p.scopes),
                    .owner = std::move(p.owner),
                    .seconds = static_cast<std::int64_t>(p.expires_in_seconds),
                    .by = call.caller.name};
  auto decided = s.access->decide(p.request_id, std::move(decision), Clock::now());
  if (!decided) co_return decided.error();
  s.events->emit("access_decided", {{"request_id", decided->id},
                                    {"name", decided->name},
                                    {"allowed", p.allow},
                                    {"scopes", decided->granted},
                                    {"by", call.caller.name}});
  s.news->notify();
  AccessDecided out;
  out.name = decided->name;
  out.scopes = decided->granted;
  co_return out;
}

}  // namespace

rpc::Json pending_json(Services& services) {
  return record::encode(pending_items(services));
}

void add_access_methods(Registrar& table) {
  table.call(
      "access.request", ask,
      {.http = {"POST", "/api/agent/access"},
       .scope = Scope::none,
       .about = "Asks the person for a token, without having one: the request appears in the page with `code`. "
                "Then claim it. Requests are forgotten after five minutes.",
       .example = R"({"name": "build-agent", "scopes": ["read", "exec"], "reason": "run the tests of this branch"})",
       .mutates = true});
  table.call("access.claim", claim,
             {.http = {"POST", "/api/agent/access/claim"},
              .scope = Scope::none,
              .about = "How a request stands; when it was approved, its token, once.",
              .example = R"({"request_id": "k3x9w2m8q1zz", "claim_secret": "dtc_...", "wait": 30})"});
  table.call("access.list", list,
             {.http = {"GET", "/api/access"},
              .scope = Scope::admin,
              .about = "Requests for access that wait for a decision."});
  table.call(
      "access.decide", decide,
      {.http = {"POST", "/api/access/{request_id}"},
       .scope = Scope::admin,
       .about = "Allows or denies a request, with fewer scopes and for as long as you say.",
       .example = R"({"request_id": "K7PM-4QXD", "allow": true, "scopes": ["read"], "expires_in_seconds": 86400})",
       .mutates = true});
}

void add_methods(rpc::Table& table, Services* services) {
  Registrar registrar(table, services);
  add_audit_methods(registrar);
  add_access_methods(registrar);
}

}  // namespace duotty::oversight
