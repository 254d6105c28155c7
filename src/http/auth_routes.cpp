#include <duotty/core/meters.hpp>
#include <duotty/http/auth.hpp>
#include <nlohmann/json.hpp>

namespace duotty::http {
namespace {

using base::Errc;
using base::Error;
using nlohmann::json;

bool is_login_link(const Request& request) {
  return request.path == "/" && request.method == "GET" && request.parameter("key").has_value();
}

const char* kind_name(rpc::Caller::Kind kind) {
  static constexpr const char* names[] = {"anonymous", "owner", "session", "token", "agent"};
  return names[static_cast<std::size_t>(kind)];
}

void count_rejected(const Error& error) {
  core::Meters::count(core::meters().rejected, error.name());
}

Response with_cookie(Response response, std::string cookie) {
  if (!cookie.empty()) response.headers.add("Set-Cookie", std::move(cookie));
  return response;
}

Response only(const char* verb) {
  Response response = error_response(Error(Errc::method_not_allowed, std::string("Only ") + verb + " is served here."));
  response.headers.add("Allow", std::string(verb) + ", OPTIONS");
  return response;
}

base::Result<std::string> key_in(const std::string& body) {
  const json value = json::parse(body, nullptr, false);
  if (value.is_discarded()) return Error{Errc::invalid_json, "The body is not JSON."};
  if (!value.is_object() || !value.contains("key") || !value["key"].is_string())
    return Error{Errc::invalid_params, "key: expected a text.", "key"};
  return value["key"].get<std::string>();
}

}  // namespace

bool AuthRoutes::owns(const Request& request) {
  const std::string& path = request.path;
  return path == "/api/auth/login" || path == "/api/auth/logout" || path == "/api/auth/status" ||
         path == "/api/auth/ws-ticket" || is_login_link(request);
}

core::Task<Response> AuthRoutes::handle(const Request& request) {
  if (auto admitted = auth_.admit(request, Access::open); !admitted) co_return error_response(admitted.error());
  if (is_login_link(request)) {
    auto cookie = auth_.login_with_code(request, *request.parameter("key"));
    if (!cookie) {
      count_rejected(cookie.error());
      co_return redirect_response("/login?reason=link");
    }
    co_return with_cookie(redirect_response("/"), std::move(*cookie));
  }
  if (request.path == "/api/auth/status") {
    const bool reads = request.method == "GET" || request.method == "HEAD";
    co_return reads ? status(request) : only("GET, HEAD");
  }
  if (request.method != "POST") co_return only("POST");
  if (auto checked = Authenticator::check_content(request); !checked) co_return error_response(checked.error());
  if (request.path == "/api/auth/ws-ticket") co_return ticket(request);
  if (request.path == "/api/auth/logout") {
    co_return with_cookie(json_response(R"({"success":true})"), auth_.logout(request));
  }
  co_return co_await login(request);
}

core::Task<Response> AuthRoutes::login(const Request& request) {
  auto key = key_in(request.body);
  if (!key) co_return error_response(key.error());
  auto cookie = co_await auth_.login(request, std::move(*key));
  if (!cookie) {
    count_rejected(cookie.error());
    co_return error_response(cookie.error());
  }
  co_return with_cookie(json_response(R"({"success":true,"authenticated":true})"), std::move(*cookie));
}

Response AuthRoutes::ticket(const Request& request) {
  const auto caller = auth_.admit(request, Access::ui);
  if (!caller) return error_response(caller.error());
  return json_response(json{{"ticket", auth_.issue_ticket(*caller)}, {"expires_in", 30}}.dump());
}

Response AuthRoutes::status(const Request& request) {
  const auto admitted = auth_.admit(request, Access::open);
  const rpc::Caller caller = admitted ? *admitted : rpc::Caller{};
  const bool known = caller.kind != rpc::Caller::Kind::anonymous;
  const json body = {{"local", auth_.is_local(request)},
                     {"configured", auth_.has_access_key()},
                     {"authenticated", known},
                     {"caller", {{"kind", kind_name(caller.kind)}, {"name", caller.name}}},
                     {"scopes", rpc::scope_names(caller.scopes)}};
  Response response = json_response(body.dump());
  if (caller.kind != rpc::Caller::Kind::session) return response;
  return with_cookie(std::move(response), auth_.renewed_cookie(request));
}

}  // namespace duotty::http
