#include <chrono>
#include <duotty/base/text.hpp>
#include <duotty/base/utc_time.hpp>
#include <duotty/compat/surface.hpp>
#include <duotty/record/json_text.hpp>
#include <stdexcept>

#include "contract.hpp"

namespace duotty::compat {
namespace {

/// Programs speak here: what a person may do beyond them is not for a client that believes to speak to another server.
rpc::Call as_program(rpc::Call call) {
  if (call.caller.is_person()) {
    call.caller.kind = rpc::Caller::Kind::agent;
    call.caller.name = "agent";
    call.caller.scopes &= rpc::kAgentScopes;
  }
  return call;
}

/// Paths beside our own rows, under their rules.
bool is_native(std::string_view path) {
  return path.starts_with("/api/agent/");
}

http::Response response_of(const Answer& answer) {
  if (answer.body.is_null()) {
    http::Response response;
    response.status = answer.status;
    return response;
  }
  return http::json_response(record::to_text(answer.body), answer.status);
}

/// Headers that go with a code, whatever the words of the answer are.
http::Response response_of(const Answer& answer, const Error& error) {
  http::Response response = response_of(answer);
  const http::Response own = http::error_response(error);
  for (const char* name : {"WWW-Authenticate", "Retry-After"}) {
    if (own.headers.has(name)) response.headers.set(name, std::string(own.headers.get(name)));
  }
  return response;
}

/// A page that nobody allowed to has no token to send: with one, the type of the body says nothing.
Result<> check_content(const http::Request& head, const Contract& contract) {
  const bool token = head.headers.has("Authorization") || head.parameter("token").has_value();
  if (contract.text_body && token) return {};
  return http::Authenticator::check_content(head);
}

Foreign::Texts query_of(const http::Request& request) {
  Foreign::Texts query;
  for (const auto& [name, value] : request.query) {
    if (name != "token" && name != "ticket" && name != "key") query.emplace(name, value);
  }
  return query;
}

}  // namespace

class Surface::Impl {
 public:
  Impl(const rpc::Dispatcher& own_dispatcher, http::Authenticator& own_auth, std::string own_host)
      : dispatcher(own_dispatcher), auth(own_auth), host(std::move(own_host)) {
    for (const Contract* contract : {&winkterm(), &persistent_terminal(), &wsh()}) {
      for (const Row& row : contract->rows) {
        check(row);
        router.add(row.verb, row.path, routes.size());
        routes.push_back({contract, &row});
      }
    }
  }

  struct Route {
    const Contract* contract;
    const Row* row;
  };

  void check(const Row& row) const {
    for (const Step& step : row.steps) {
      if (step.method == nullptr) return;
      if (dispatcher.table().find(step.method) == nullptr) {
        throw std::logic_error(std::string(row.path) + " needs the method " + step.method);
      }
    }
  }

  const rpc::Dispatcher& dispatcher;
  http::Authenticator& auth;
  std::string host;
  http::Router router;
  std::vector<Route> routes;
};

Surface::Surface(const rpc::Dispatcher& dispatcher, http::Authenticator& auth, std::string host)
    : impl_(std::make_unique<Impl>(dispatcher, auth, std::move(host))) {}

Surface::~Surface() = default;

bool Surface::owns(const http::Request& request) const {
  const auto outcome = impl_->router.match(request.method, request.path).outcome;
  // A path that is ours for other verbs stays ours.
  return outcome == http::RouteMatch::Outcome::found ||
         (outcome == http::RouteMatch::Outcome::no_such_method && !is_native(request.path));
}

http::HeadVerdict Surface::on_head(http::Request& head) {
  http::HeadVerdict verdict;
  const auto match = impl_->router.match(head.method, head.path);
  if (match.outcome != http::RouteMatch::Outcome::found) {
    const bool options = head.method == "OPTIONS";
    if (!options) {
      verdict.refuse = http::error_response({Errc::method_not_allowed, head.path + " takes " + match.allow + "."});
    } else {
      verdict.refuse.emplace();
      verdict.refuse->status = 204;
    }
    verdict.refuse->headers.set("Allow", match.allow);
    return verdict;
  }
  const Contract& contract = *impl_->routes[match.route].contract;
  auto caller = impl_->auth.admit(head, is_native(head.path) ? http::Access::agent : http::Access::ui);
  if (!caller) {
    verdict.refuse = response_of(contract.failure(caller.error()), caller.error());
    return verdict;
  }
  if (auto content = check_content(head, contract); !content) {
    verdict.refuse = response_of(contract.failure(content.error()), content.error());
    return verdict;
  }
  head.caller = std::move(*caller);
  return verdict;
}

core::Task<> Surface::handle(http::Request request, http::Responder& responder) {
  const auto match = impl_->router.match(request.method, request.path);
  const auto& route = impl_->routes.at(match.route);
  Foreign foreign;
  for (const auto& [name, value] : match.captures) foreign.path.emplace(name, value);
  foreign.query = query_of(request);
  foreign.raw = request.body;
  foreign.host = impl_->host;
  foreign.now = base::wall_seconds();
  const bool text = route.contract->text_body && std::string_view(route.row->path).ends_with("/input");
  if (!text && !base::trim(request.body).empty()) {
    auto body = record::parse_json(request.body);
    if (body && !body->is_object()) body = Error(Errc::invalid_params, "The body must be a JSON object.");
    if (!body) {
      const Answer refused = route.contract->failure(body.error());
      co_await responder.respond(response_of(refused));
      co_return;
    }
    foreign.body = std::move(*body);
  }
  rpc::Call call = http::make_call(request, "http");
  if (!is_native(request.path)) call = as_program(std::move(call));
  const Answer answer = co_await run(impl_->dispatcher, *route.contract, *route.row, foreign, call);
  http::Response response = response_of(answer);
  co_await responder.respond(std::move(response));
}

}  // namespace duotty::compat
