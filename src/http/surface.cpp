#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <duotty/base/text.hpp>
#include <duotty/http/surface.hpp>
#include <duotty/record/json_text.hpp>
#include <nlohmann/json.hpp>

#include "origin.hpp"
#include "sse_sink.hpp"

namespace duotty::http {
namespace {

using rpc::Json;

/// Of a caller whom nobody knows.
constexpr std::size_t kStrangersBody = 16 * 1024;
constexpr std::string_view kLines = "application/x-ndjson";

bool is_api(std::string_view path) {
  return path.substr(0, 5) == "/api/" || path == "/api" || path.substr(0, 4) == "/ws/" || path == "/mcp";
}

Access access_of(const rpc::Method& method) {
  if (method.spec.scope == rpc::Scope::none) return Access::open;
  return std::string_view(method.spec.http.path).substr(0, 11) == "/api/agent/" ? Access::agent : Access::ui;
}

/// Open to anybody, and more than looking: nothing that a page may do in the name of whoever looks at it.
bool is_knock(const rpc::Method& method) {
  return method.spec.scope == rpc::Scope::none && std::string_view(method.spec.http.verb) != "GET";
}

Response answer_of(const rpc::Method& method, const Json& result) {
  Response response = result.is_string() ? text_response(result.get<std::string>(), method.spec.http.media)
                                         : json_response(record::to_text(result));
  if (method.spec.http.download) {
    response.headers.set("Content-Disposition", "attachment; filename=" + std::string(method.spec.http.download));
  }
  return response;
}

Response method_not_allowed(const RouteMatch& match, const Request& request) {
  const bool options = request.method == "OPTIONS";
  Response response =
      options ? Response{.status = 204, .headers = {}, .body = {}, .static_body = {}}
              : error_response({base::Errc::method_not_allowed, request.path + " takes " + match.allow + "."});
  response.headers.set("Allow", match.allow);
  return response;
}

}  // namespace

MethodRoutes::MethodRoutes(const rpc::Table& table) {
  for (const auto& method : table.methods()) {
    if (!method->spec.http.verb) continue;
    router_.add(method->spec.http.verb, method->spec.http.path, methods_.size());
    methods_.push_back(method.get());
  }
}

Surface::Surface(const rpc::Dispatcher& dispatcher, Authenticator& auth, const Assets& assets, Upgrades& upgrades)
    : dispatcher_(dispatcher),
      auth_(auth),
      auth_routes_(auth),
      assets_(assets),
      upgrades_(upgrades),
      routes_(dispatcher.table()) {}

Mount* Surface::owner_of(const Request& request) const {
  const auto found = std::find_if(mounts_.begin(), mounts_.end(), [&](Mount* mount) { return mount->owns(request); });
  return found == mounts_.end() ? nullptr : *found;
}

HeadVerdict Surface::on_head(Request& head) {
  if (AuthRoutes::owns(head) || head.wants_websocket()) return {};
  if (Mount* mount = owner_of(head)) return mount->on_head(head);
  const auto match = routes_.match(head.method, head.path);
  if (match.outcome != RouteMatch::Outcome::found) {
    // Files and pages answer without a caller; what lies under /api says so before a body is read.
    if (!is_api(head.path)) {
      auto checked = auth_.admit(head, Access::open);
      if (!checked) return {.refuse = error_response(checked.error())};
      return {.refuse = std::nullopt, .body_limit = 0};
    }
    if (head.path == kRpcPath || routes_.match("WS", head.path).outcome == RouteMatch::Outcome::found) {
      return {.refuse = error_response(
                  426, {base::Errc::invalid_params, head.path + " is a WebSocket: send an upgrade request."})};
    }
    if (match.outcome == RouteMatch::Outcome::no_such_path) return {.refuse = Assets::not_found(head)};
    return {.refuse = method_not_allowed(match, head)};
  }
  const auto& method = routes_.method(match);
  auto caller = auth_.admit(head, access_of(method));
  if (!caller) return {.refuse = error_response(caller.error())};
  if (auto content = Authenticator::check_content(head); !content) return {.refuse = error_response(content.error())};
  if (is_knock(method) && (head.headers.has("Origin") || is_cross_site(head))) {
    return {.refuse = error_response({base::Errc::denied, "Pages may not ask for access."})};
  }
  head.caller = std::move(*caller);
  const bool stranger = head.caller.kind == rpc::Caller::Kind::anonymous;
  // Nobody has a name for them, so they are called by where they are.
  if (stranger) head.caller.name = head.peer.address;
  return {.refuse = std::nullopt, .body_limit = stranger ? kStrangersBody : HeadVerdict{}.body_limit};
}

core::Task<> Surface::handle(Request request, Responder& responder) {
  if (AuthRoutes::owns(request)) {
    const auto revision = auth_.revision();
    auto response = co_await auth_routes_.handle(request);
    if (auth_.revision() != revision) drop_revoked();
    co_await responder.respond(std::move(response));
    co_return;
  }
  if (request.wants_websocket()) {
    co_await upgrades_.serve(request, responder);
    co_return;
  }
  if (Mount* mount = owner_of(request)) {
    co_await mount->handle(std::move(request), responder);
    co_return;
  }
  const auto match = routes_.match(request.method, request.path);
  if (match.outcome == RouteMatch::Outcome::found) {
    co_await call(routes_.method(match), match.captures, request, responder);
    co_return;
  }
  Response response = Assets::not_found(request);
  if (request.method == "GET" || request.method == "HEAD") {
    if (auto file = assets_.find(request)) response = std::move(*file);
    if (const std::string cookie = auth_.renewed_cookie(request); !cookie.empty())
      response.headers.add("Set-Cookie", cookie);
  }
  co_await responder.respond(std::move(response));
}

core::Task<> Surface::call(const rpc::Method& method, const Captures& captures, const Request& request,
                           Responder& responder) {
  rpc::Call call = make_call(request, request.peer.transport == net::Transport::unix_socket ? "unix" : "http");
  Json params = text_parameters(request, captures);
  call.from_text = base::trim(request.body).empty();
  if (!call.from_text) {
    auto body = record::parse_json(request.body);
    if (!body) {
      co_await responder.respond(error_response(body.error()));
      co_return;
    }
    if (!body->is_object()) {
      const base::Error error(base::Errc::invalid_params,
                              std::string("The body must be an object, not ") + body->type_name() + ".");
      co_await responder.respond(error_response(error));
      co_return;
    }
    // The path names the thing; the body may not name another.
    for (auto& [key, value] : body->items()) {
      if (!params.contains(key)) params[key] = std::move(value);
    }
  }
  if (method.kind == rpc::Kind::stream) {
    co_await stream(method, call, std::move(params), responder);
    co_return;
  }
  if (wants_events(request)) {
    co_await answer_with_events(dispatcher_, method.name, call, std::move(params), responder);
    co_return;
  }
  auto result = co_await dispatcher_.call(method.name, call, std::move(params));
  Response response = result ? answer_of(method, *result) : failure_response(result.error(), call);
  co_await responder.respond(std::move(response));
}

core::Task<> Surface::stream(const rpc::Method& method, rpc::Call& call, Json params, Responder& responder) {
  using namespace core::asio::experimental::awaitable_operators;
  SseSink sink(responder);
  const bool lines = method.spec.http.media == kLines;
  if (lines) sink.as_lines(method.spec.http.download);
  core::Event stop(co_await core::asio::this_coro::executor);
  const auto place = streams_.insert(streams_.end(), OpenStream{call.caller, &stop});
  struct Leave {
    std::list<OpenStream>& list;
    std::list<OpenStream>::iterator place;
    ~Leave() { list.erase(place); }
  };
  const Leave leave{streams_, place};
  auto finished = co_await (dispatcher_.stream(method.name, call, std::move(params), sink) || stop.wait());
  if (finished.index() == 1) co_return;
  auto& result = std::get<0>(finished);
  if (result) co_return;
  // A file that ends early must not look whole: it is cut off.
  if (sink.opened() && lines) throw std::runtime_error(result.error().message());
  if (!sink.opened()) co_await responder.respond(error_response(result.error()));
}

void Surface::drop_revoked() {
  upgrades_.drop_revoked();
  for (Mount* mount : mounts_) mount->drop_revoked();
  for (auto& stream : streams_) {
    if (!auth_.still_valid(stream.caller)) stream.stop->notify();
  }
}

Json text_parameters(const Request& request, const Captures& captures) {
  Json params = Json::object();
  for (const auto& [name, value] : request.query) {
    if (name != "token" && name != "ticket" && name != "key") params[name] = value;
  }
  for (const auto& [name, value] : captures) params[std::string(name)] = value;
  return params;
}

rpc::Call make_call(const Request& request, const char* surface) {
  rpc::Call call;
  call.caller = request.caller;
  call.surface = surface;
  // The Host of a request through the Unix socket says nothing about where the server is.
  if (request.peer.transport != net::Transport::unix_socket) call.base_url = request.base_url();
  call.last_event = std::string(request.headers.get("Last-Event-ID"));
  call.client = base::shorten(base::to_valid_utf8(request.headers.get("User-Agent")), 64);
  return call;
}

}  // namespace duotty::http
