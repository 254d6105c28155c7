#pragma once
// Agents that have no token knock, a person decides, and the agent fetches its token once. A request is named by an id,
// known to the person by a short code, and belongs to whoever has its claim secret. Pure; time is a parameter.
#include <chrono>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/http/rate_limit.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::oversight {

/// One request, without its secret.
struct AccessRequest {
  enum class State { pending, approved, denied };
  std::string id;
  std::string code;  ///< "K7PM-4QXD": the agent shows it, so that the person knows which request is whose
  std::string name;  ///< what the agent calls itself, fit for a token's name
  std::vector<std::string> scopes;
  std::string reason;  ///< one line
  std::string source;  ///< address; empty over the Unix socket
  std::string client;  ///< User-Agent
  std::chrono::system_clock::time_point asked{};
  std::chrono::system_clock::time_point expires{};
  State state = State::pending;
  std::vector<std::string> granted;  ///< scopes that were approved
  std::string owner;                 ///< isolation label that was approved; may be empty
  std::int64_t seconds = 0;          ///< how long the token is to hold
  std::string decided_by;
};

/// What somebody asks for.
struct Knock {
  std::string name;
  std::vector<std::string> scopes;
  std::string reason;
  std::string source;
  std::string client;
  bool known = false;  ///< by a caller who has a token already: bounded only by the number in all
};

/// What a person decided.
struct Decision {
  bool allow = false;
  std::vector<std::string> scopes;  ///< empty: those that were asked for
  std::string owner;
  std::int64_t seconds = 3600;
  std::string by;
};

/// The answer to a knock: what the agent keeps.
struct Knocked {
  AccessRequest request;
  std::string claim_secret;
};

/// Loop thread only.
class AccessDesk {
 public:
  using time_point = std::chrono::system_clock::time_point;
  /// A request is forgotten when nobody has decided it for so long, and a decision when nobody has fetched it.
  static constexpr std::chrono::minutes kLifetime{5};
  static constexpr std::size_t kMost = 16;
  static constexpr std::size_t kMostOfOne = 3;

  AccessDesk();
  /// Errors: rate_limited, limit_reached, invalid_params (name, scopes).
  base::Result<Knocked> knock(Knock knock, time_point now);
  /// Pending ones, oldest first.
  std::vector<AccessRequest> pending(time_point now);
  /// Errors: not_found, conflict when it was decided before, invalid_params when a scope was not asked for.
  base::Result<AccessRequest> decide(std::string_view id, Decision decision, time_point now);
  /// The request of a claim, as it stands. Errors: not_found, also for a wrong secret; rate_limited after too many.
  base::Result<AccessRequest> look(std::string_view id, std::string_view claim_secret, const std::string& source,
                                   time_point now);
  /// Ends a request: its decision was fetched.
  void close(std::string_view id);

 private:
  struct Entry {
    AccessRequest request;
    std::string secret_hash;
  };
  void forget_old(time_point now);

  std::vector<Entry> entries_;
  http::RateLimiter knocks_;
  http::RateLimiter claims_;
};

/// The address that requests of one source are counted for: IPv6 by its /64 network.
std::string source_group(const std::string& address);

}  // namespace duotty::oversight
