#include <duotty/base/text.hpp>
#include <duotty/core/meters.hpp>
#include <duotty/core/offload.hpp>
#include <duotty/http/auth.hpp>
#include <duotty/http/digest.hpp>

#include "origin.hpp"

namespace duotty::http {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using rpc::Caller;

constexpr std::size_t max_key_length = 1024;
constexpr std::size_t max_checks = 4;     ///< slow verifications at a time: 32 MiB and 50 ms each
constexpr std::size_t max_proven = 4096;  ///< source and secret pairs remembered

Error wrong_token() {
  return {Errc::unauthenticated,
          "The token is wrong, expired or revoked. Make one in the settings, "
          "or on the server with: duotty call tokens.create."};
}

Error too_many() {
  return {Errc::rate_limited, "Too many failed attempts. Wait a few seconds and try again."};
}

/// The credential a request carries besides its cookie.
struct Credential {
  std::string secret;
  bool ticket = false;
};

std::optional<Credential> credential_of(const Request& request) {
  const std::string_view value = request.headers.get("Authorization");
  if (value.size() > 7 && base::iequals(value.substr(0, 7), "Bearer "))
    return Credential{std::string(base::trim(value.substr(7))), false};
  if (const auto token = request.parameter("token"); token && !token->empty())
    return Credential{std::string(*token), false};
  if (const auto ticket = request.parameter("ticket"); ticket && request.wants_websocket())
    return Credential{std::string(*ticket), true};
  return std::nullopt;
}

std::string cookie_name(const Request& request) {
  // Cookies know no ports: servers on several ports of one host must not overwrite each other's.
  return (is_secure(request) ? "__Host-duotty_" : "duotty_") + std::to_string(request.peer.local_port);
}

std::string set_cookie(const Request& request, std::string_view value, std::chrono::seconds age) {
  return cookie_name(request) + "=" + std::string(value) +
         "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(age.count()) +
         (is_secure(request) ? "; Secure" : "");
}

/// True when nothing says that another site or another machine is behind the request.
bool is_direct(const Request& request, const AuthConfig& config) {
  return !has_foreign_origin(request, config) && !is_cross_site(request) && !is_forwarded(request);
}

}  // namespace

Authenticator::Authenticator(AuthConfig config, AuthStorage& storage)
    : config_(std::move(config)),
      tokens_(storage),
      sessions_(storage),
      limiter_(config_.rate_limit),
      offload_(std::make_unique<core::Offload>()) {}

Authenticator::~Authenticator() = default;

Result<> Authenticator::check_origin(const Request& request) const {
  if (!config_.public_bind && host_kind(request, config_) == HostKind::foreign) {
    return Error{Errc::denied, "The Host \"" + std::string(request.headers.get("Host")) +
                                   "\" is not one of this server's names. Use localhost, or add it with --allow-host."};
  }
  if (request.wants_websocket() && has_foreign_origin(request, config_)) {
    return Error{Errc::denied,
                 "WebSockets are not open to pages of other origins. Add the origin to the configuration "
                 "if it is yours."};
  }
  return {};
}

Result<Caller> Authenticator::identify(const Request& request) {
  if (auto allowed = check_origin(request); !allowed) return allowed.error();
  if (const auto credential = credential_of(request)) return by_secret(request, credential->secret, credential->ticket);
  if (auto caller = by_cookie(request)) return *caller;
  if (auto caller = by_system(request)) return *caller;
  return Caller{};
}

Result<Caller> Authenticator::admit(const Request& request, Access access) {
  const auto judge = [&]() -> Result<Caller> {
    if (access == Access::mcp && has_foreign_origin(request, config_)) {
      return Error{Errc::denied, "Pages of other origins may not speak to this server."};
    }
    auto identified = identify(request);
    if (!identified) {
      const bool ignore = access == Access::open && identified.error().code() != Errc::denied;
      if (ignore) return Caller{};
      return identified;
    }
    if (access == Access::open) return identified;
    if (identified->kind == Caller::Kind::anonymous) {
      return Error{Errc::unauthenticated,
                   "Sign in with the access key, or send a token as Authorization: Bearer <token>."};
    }
    const bool deliberate = credential_of(request) || request.peer.transport == net::Transport::unix_socket ||
                            request.headers.get("X-Duotty") == "1";
    if (access != Access::ui && !deliberate) {
      return Error{Errc::unauthenticated,
                   "Send a token as Authorization: Bearer <token>. GET /api/agent/handshake gives it to its owner."};
    }
    return identified;
  };
  auto admitted = judge();
  if (!admitted) core::Meters::count(core::meters().rejected, admitted.error().name());
  return admitted;
}

Result<Caller> Authenticator::by_secret(const Request& request, std::string_view secret, bool ticket) {
  const WallTime now = config_.now();
  // A secret that held before for this source is looked up whatever others do from there; a guess waits its turn.
  const std::string pair = source_of(request) + " " + sha256(secret);
  if (!proven_.contains(pair) && limited(request)) return too_many();
  if (ticket) {
    if (auto caller = tickets_.redeem(secret, now); caller && still_valid(*caller)) return *caller;
    count_failure(request);
    return Error{Errc::unauthenticated, "The ticket is used up or older than 30 seconds. Ask for a new one."};
  }
  std::optional<Caller> caller;
  if (!config_.agent_token.empty() && base::constant_time_equal(sha256(secret), sha256(config_.agent_token))) {
    caller = agent_caller();
  } else if (const TokenInfo* token = tokens_.use(secret, now)) {
    caller = Caller{
        .kind = Caller::Kind::token, .name = "token:" + token->name, .owner = token->owner, .scopes = token->scopes};
  }
  if (!caller) {
    proven_.erase(pair);
    count_failure(request);
    return wrong_token();
  }
  if (proven_.size() >= max_proven) proven_.clear();
  if (proven_.emplace(pair, now).second) limiter_.succeeded(source_of(request), now);
  return *caller;
}

Caller Authenticator::agent_caller() const {
  const std::string suffix = agent_generation_ == 1 ? "" : "#" + std::to_string(agent_generation_);
  return {.kind = Caller::Kind::agent, .name = "agent" + suffix, .owner = {}, .scopes = rpc::kAgentScopes};
}

std::optional<Caller> Authenticator::by_cookie(const Request& request) {
  if (has_foreign_origin(request, config_) || is_cross_site(request)) return std::nullopt;
  const auto value = cookie(request, cookie_name(request));
  if (!value) return std::nullopt;
  const SessionInfo* session = sessions_.use(*value, config_.now());
  if (session == nullptr) return std::nullopt;
  return Caller{
      .kind = Caller::Kind::session, .name = "session:" + session->id, .owner = {}, .scopes = rpc::kAllScopes};
}

std::optional<Caller> Authenticator::by_system(const Request& request) const {
  const net::PeerIdentity& peer = request.peer;
  if (!peer.uid || !is_direct(request, config_)) return std::nullopt;
  const Caller owner{.kind = Caller::Kind::owner, .name = "owner", .owner = {}, .scopes = rpc::kAllScopes};
  if (peer.transport == net::Transport::unix_socket) {
    const bool ours = *peer.uid == config_.uid || *peer.uid == 0;
    return ours ? std::optional(owner) : std::nullopt;
  }
  const bool proven =
      !config_.require_key && peer.loopback && *peer.uid == config_.uid && host_kind(request, config_) == HostKind::own;
  return proven ? std::optional(owner) : std::nullopt;
}

Result<> Authenticator::check_content(const Request& request) {
  const std::string& verb = request.method;
  if (verb != "POST" && verb != "PUT" && verb != "PATCH" && verb != "DELETE") return {};
  const std::string_view type = request.headers.get("Content-Type");
  const std::string_view media = base::trim(type.substr(0, type.find(';')));
  if (base::iequals(media, "application/json") || request.headers.has("X-Duotty")) return {};
  const bool announces_body = request.headers.has("Transfer-Encoding") ||
                              base::parse_u64(request.headers.get("Content-Length")).value_or(0) > 0;
  if (!announces_body && request.headers.has("Authorization")) return {};
  return Error{Errc::unsupported_media, "Send Content-Type: application/json (or the header X-Duotty: 1)."};
}

bool Authenticator::still_valid(const Caller& caller) const {
  const std::string_view name = caller.name;
  switch (caller.kind) {
    case Caller::Kind::token:
      return name.starts_with("token:") && tokens_.alive(name.substr(6), config_.now());
    case Caller::Kind::session:
      return name.starts_with("session:") && sessions_.alive(name.substr(8), config_.now());
    case Caller::Kind::agent:
      return !config_.agent_token.empty() && name == agent_caller().name;
    case Caller::Kind::owner:
    case Caller::Kind::anonymous:
      return true;
  }
  return false;
}

core::Task<Result<std::string>> Authenticator::login(const Request& request, std::string key) {
  if (has_foreign_origin(request, config_)) co_return Error{Errc::denied, "Sign in on this server's own page."};
  if (!config_.access_key) {
    co_return Error{Errc::not_configured,
                    "No access key is set. Set one on the server: WEB_ACCESS_KEY, or \"web_access_key\" with "
                    "duotty call settings.set."};
  }
  if (limited(request) || checks_ >= max_checks) co_return too_many();
  const AccessKey expected = *config_.access_key;
  bool right = false;
  if (key.size() > max_key_length) {
    right = false;
  } else if (!expected.slow()) {
    right = expected.verify(key);
  } else {
    ++checks_;
    struct Leave {
      std::size_t& count;
      ~Leave() { --count; }
    } const leave{checks_};
    auto verify = [expected, given = std::move(key)] { return expected.verify(given); };
    right = co_await offload_->run(std::move(verify));
  }
  // The key may have been replaced meanwhile.
  if (!right || !config_.access_key || config_.access_key->text() != expected.text()) {
    count_failure(request);
    co_return Error{Errc::unauthenticated, "The access key is wrong."};
  }
  co_return open_session(request);
}

Result<std::string> Authenticator::login_with_code(const Request& request, std::string_view code) {
  if (limited(request)) return too_many();
  if (!login_codes_.redeem(code, config_.now())) {
    count_failure(request);
    return Error{Errc::unauthenticated, "The link is used up or older than 15 minutes."};
  }
  return open_session(request);
}

std::string Authenticator::open_session(const Request& request) {
  const WallTime now = config_.now();
  limiter_.succeeded(source_of(request), now);
  const std::string agent = base::shorten(request.headers.get("User-Agent"), 120);
  const std::string secret = sessions_.create(request.peer.address + " " + agent, now);
  return set_cookie(request, secret, SessionStore::lifetime);
}

std::string Authenticator::logout(const Request& request) {
  if (const auto value = cookie(request, cookie_name(request)); value && sessions_.remove(*value)) ++revision_;
  return set_cookie(request, "", std::chrono::seconds(0));
}

std::string Authenticator::renewed_cookie(const Request& request) {
  if (!by_cookie(request)) return {};
  return set_cookie(request, *cookie(request, cookie_name(request)), SessionStore::lifetime);
}

std::string Authenticator::issue_ticket(const Caller& caller) {
  return tickets_.issue(caller, config_.now());
}
std::string Authenticator::issue_login_code() {
  return login_codes_.issue({}, config_.now());
}

Result<std::string> Authenticator::create_token(TokenInfo info) {
  return tokens_.create(std::move(info), config_.now());
}

Result<> Authenticator::remove_token(std::string_view name) {
  ++revision_;
  return tokens_.remove(name);
}

bool Authenticator::remove_session(std::string_view id) {
  ++revision_;
  return sessions_.remove_id(id);
}

void Authenticator::set_agent_token(std::string token) {
  config_.agent_token = std::move(token);
  ++agent_generation_;
  ++revision_;
}

void Authenticator::set_access_key(std::optional<AccessKey> key) {
  config_.access_key = std::move(key);
  sessions_.remove_all();
  ++revision_;
}

bool Authenticator::is_local(const Request& request) const {
  return by_system(request).has_value();
}

std::string Authenticator::source_of(const Request& request) const {
  return failure_source(request);
}

bool Authenticator::limited(const Request& request) {
  const bool ours = request.peer.uid == config_.uid && !is_forwarded(request);
  return !ours && !limiter_.allowed(source_of(request), config_.now());
}

void Authenticator::count_failure(const Request& request) {
  const bool ours = request.peer.uid == config_.uid && !is_forwarded(request);
  if (!ours) limiter_.failed(source_of(request), config_.now());
}

}  // namespace duotty::http
