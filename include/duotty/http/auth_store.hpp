#pragma once
// What is remembered of credentials: hashes, names, times; never a secret. Pure values and rules; time is a parameter.
#include <chrono>
#include <cstddef>
#include <duotty/base/error.hpp>
#include <duotty/rpc/caller.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace duotty::http {

using WallTime = std::chrono::system_clock::time_point;

/// Keeps small texts across restarts; the daemon implements it. Names: `tokens`, `sessions`.
class AuthStorage {
 public:
  virtual ~AuthStorage() = default;
  /// The text saved last, or empty. A text that cannot be read is the implementation's to report.
  virtual std::string load(std::string_view name) = 0;
  /// Keeps `text`, replacing what was there, mode 0600. Called on the loop, rarely. Never throws.
  virtual void save(std::string_view name, const std::string& text) noexcept = 0;
};

/// A named token, without its secret.
struct TokenInfo {
  std::string name;   ///< unique, [A-Za-z0-9._-]{1,64}
  std::string owner;  ///< isolation label for Caller::owner, may be empty
  unsigned scopes = 0;
  WallTime created{};
  std::optional<WallTime> expires;
  std::optional<WallTime> last_used;  ///< exact to the minute
};

/// Named bearer tokens by the SHA-256 of their secret. A removed token is unknown from that moment on.
class TokenStore {
 public:
  /// Loads what `storage` has; `storage` outlives this object.
  explicit TokenStore(AuthStorage& storage);
  /// Makes a token and returns its secret (`dtt_...`, 256 bits), which is not kept. Errors: invalid_params, conflict
  /// (name taken by a live token).
  base::Result<std::string> create(TokenInfo info, WallTime now);
  /// Error not_found.
  base::Result<> remove(std::string_view name);
  /// In order of names, expired ones included.
  std::vector<TokenInfo> list() const;
  /// The live token of that secret, marked as used now; nullptr otherwise.
  const TokenInfo* use(std::string_view secret, WallTime now);
  /// True when a live token has that name.
  bool alive(std::string_view name, WallTime now) const;

 private:
  void save() const;
  AuthStorage& storage_;
  std::map<std::string, TokenInfo, std::less<>> by_hash_;
};

/// A signed-in browser, without its cookie.
struct SessionInfo {
  std::string id;     ///< public, for lists
  std::string label;  ///< where it signed in from, for people
  WallTime created{};
  WallTime expires{};
};

/// Browser sessions by the SHA-256 of their cookie. They expire 30 days after their last use.
class SessionStore {
 public:
  static constexpr std::chrono::hours lifetime{24 * 30};
  static constexpr std::size_t max_sessions = 256;  ///< the one that expires first makes room
  explicit SessionStore(AuthStorage& storage);
  /// Opens a session and returns the cookie's value (256 bits), which is not kept.
  std::string create(std::string label, WallTime now);
  /// The live session of that cookie, its time renewed; nullptr otherwise.
  const SessionInfo* use(std::string_view cookie, WallTime now);
  bool remove(std::string_view cookie);
  bool remove_id(std::string_view id);
  void remove_all();
  std::vector<SessionInfo> list() const;
  bool alive(std::string_view id, WallTime now) const;

 private:
  void save() const;
  AuthStorage& storage_;
  std::map<std::string, SessionInfo, std::less<>> by_hash_;
};

/// One-use secrets for a short time: WebSocket tickets (bound to a caller) and login links.
class OneTimeCodes {
 public:
  explicit OneTimeCodes(std::chrono::seconds valid_for, std::size_t max_codes = 1024)
      : valid_for_(valid_for), max_codes_(max_codes) {}
  /// A new code (256 bits). The oldest is forgotten when there are too many.
  std::string issue(rpc::Caller caller, WallTime now);
  /// The caller the code was issued for, once.
  std::optional<rpc::Caller> redeem(std::string_view code, WallTime now);

 private:
  struct Entry {
    rpc::Caller caller;
    WallTime expires{};
  };
  std::chrono::seconds valid_for_;
  std::size_t max_codes_;
  std::unordered_map<std::string, Entry> by_hash_;
};

}  // namespace duotty::http
