#pragma once
// Who is this? The one place that makes a Caller out of a request (docs/security.md). The OS user is the identity on
// this machine, a key or a token everywhere else; a browser's ambient authority (loopback, cookie) counts only for
// requests that no other site can have caused.
#include <chrono>
#include <duotty/base/error.hpp>
#include <duotty/core/task.hpp>
#include <duotty/http/access_key.hpp>
#include <duotty/http/auth_store.hpp>
#include <duotty/http/message.hpp>
#include <duotty/http/rate_limit.hpp>
#include <duotty/rpc/caller.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace duotty::core {
class Offload;
}

namespace duotty::http {

/// What identity rests on. `uid`, hosts, origins and switches are fixed while the server runs.
struct AuthConfig {
  uid_t uid = 0;             ///< the server's user
  bool require_key = false;  ///< no owner over TCP: everybody signs in
  /// True when a non-loopback address is bound. Then any Host is served (names of this machine are not known), though
  /// ownership still needs a listed one. False: a request over TCP with a Host that is not listed is refused, whatever
  /// credential it has, because only DNS rebinding sends one.
  bool public_bind = false;
  std::vector<std::string> hosts;    ///< further Host names, `name` or `name:port`, besides loopback names
  std::vector<std::string> origins;  ///< exact foreign origins that may use sessions, `https://name[:port]`
  std::string agent_token;           ///< the main agent token; empty: none
  std::optional<AccessKey> access_key;
  RateLimitRules rate_limit;
  /// The clock; tests set their own.
  std::function<WallTime()> now = std::chrono::system_clock::now;
};

/// What a route asks of its caller.
enum class Access {
  open,   ///< anybody; a credential that does not hold is ignored
  ui,     ///< anybody known: owner, session, token
  agent,  ///< `/api/agent`, `/ws/agent`: a token, a ticket, the Unix socket, or owner and session with `X-Duotty: 1`
  mcp,    ///< `/mcp`: as agent, and never for a page of another origin, whatever it knows
};

/// Identifies callers. Loop thread only.
class Authenticator {
 public:
  /// `storage` outlives this object.
  Authenticator(AuthConfig config, AuthStorage& storage);
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;
  ~Authenticator();

  /// Who sent this request; anonymous when nothing speaks for anybody. A bearer token, `?token=` or (on a WebSocket
  /// upgrade) `?ticket=` decides alone; then the cookie; then the operating system. A ticket is used up.
  /// Errors: denied (Host not allowed, foreign Origin on a WebSocket), unauthenticated (a wrong or expired token or
  /// ticket), rate_limited (too many of them from there).
  base::Result<rpc::Caller> identify(const Request& request);
  /// identify() and the rule of the route. Errors as above, and unauthenticated when the route needs somebody.
  base::Result<rpc::Caller> admit(const Request& request, Access access);
  /// The rule for requests that change something: POST, PUT, PATCH and DELETE need `Content-Type: application/json` or
  /// `X-Duotty`; without a body an `Authorization` header is enough too. Error unsupported_media.
  static base::Result<> check_content(const Request& request);
  /// True when what made this caller still holds: its token or session exists. For connections that live long; check
  /// when revision() has changed.
  bool still_valid(const rpc::Caller& caller) const;
  /// Grows whenever a token, session or key is taken away.
  std::uint64_t revision() const noexcept { return revision_; }

  /// Verifies the access key, off the loop when that takes long. Rate-limited before any check. Returns the Set-Cookie
  /// value of a new session. Errors: not_configured, unauthenticated, rate_limited.
  core::Task<base::Result<std::string>> login(const Request& request, std::string key);
  /// Exchanges a one-time login code likewise.
  base::Result<std::string> login_with_code(const Request& request, std::string_view code);
  /// Ends the session of the request's cookie; returns the Set-Cookie value that removes it.
  std::string logout(const Request& request);
  /// Set-Cookie that renews the browser's side of a live session; empty without one.
  std::string renewed_cookie(const Request& request);
  /// A one-use ticket for a WebSocket upgrade on behalf of `caller`, valid 30 s.
  std::string issue_ticket(const rpc::Caller& caller);
  /// A one-use code for `/?key=<code>`, valid 15 min: for the link on the console.
  std::string issue_login_code();

  base::Result<std::string> create_token(TokenInfo info);
  base::Result<> remove_token(std::string_view name);
  std::vector<TokenInfo> tokens() const { return tokens_.list(); }
  std::vector<SessionInfo> sessions() const { return sessions_.list(); }
  bool remove_session(std::string_view id);
  /// Replaces the main agent token; the old one is unknown from now on.
  void set_agent_token(std::string token);
  const std::string& agent_token() const noexcept { return config_.agent_token; }
  /// Replaces the access key and ends every session.
  void set_access_key(std::optional<AccessKey> key);
  bool has_access_key() const noexcept { return config_.access_key.has_value(); }

  /// True when the request comes from this machine's owner, however the browser was led here: for status displays only.
  bool is_local(const Request& request) const;

 private:
  base::Result<> check_origin(const Request& request) const;
  base::Result<rpc::Caller> by_secret(const Request& request, std::string_view secret, bool ticket);
  std::optional<rpc::Caller> by_cookie(const Request& request);
  std::optional<rpc::Caller> by_system(const Request& request) const;
  std::string open_session(const Request& request);
  std::string source_of(const Request& request) const;
  bool limited(const Request& request);
  void count_failure(const Request& request);
  rpc::Caller agent_caller() const;

  AuthConfig config_;
  TokenStore tokens_;
  SessionStore sessions_;
  OneTimeCodes tickets_{std::chrono::seconds{30}};
  OneTimeCodes login_codes_{std::chrono::minutes{15}, 16};
  RateLimiter limiter_;
  std::unordered_map<std::string, WallTime> proven_;  ///< source and hash of secrets that held before
  std::uint64_t revision_ = 0;
  unsigned agent_generation_ = 1;
  std::size_t checks_ = 0;  ///< slow verifications under way
  std::unique_ptr<core::Offload> offload_;
};

/// The routes under /api/auth and the login link: login, logout, status, ws-ticket, `/?key=`.
class AuthRoutes {
 public:
  explicit AuthRoutes(Authenticator& auth) : auth_(auth) {}
  /// True for paths this object answers.
  static bool owns(const Request& request);
  /// The answer. Does its own authentication; failures are answers too.
  core::Task<Response> handle(const Request& request);

 private:
  Response status(const Request& request);
  Response ticket(const Request& request);
  core::Task<Response> login(const Request& request);
  Authenticator& auth_;
};

}  // namespace duotty::http
