#pragma once
// Which refused calls get a row of their own. Whoever may do nothing must not fill the audit with it, so that older
// rows go: beyond a rate, refusals are counted. Pure; time is a parameter.
#include <chrono>
#include <cstdint>
#include <duotty/http/rate_limit.hpp>
#include <duotty/rpc/caller.hpp>
#include <map>
#include <string>
#include <vector>

namespace duotty::oversight {

class Refusals {
 public:
  using time_point = std::chrono::system_clock::time_point;
  /// Refusals that were only counted.
  struct Skipped {
    rpc::Caller caller;
    std::int64_t count = 0;
  };

  Refusals();
  /// True when this refusal of `caller` gets a row; else it is counted.
  bool notes(const rpc::Caller& caller, time_point now);
  /// How many of `caller` were only counted since this was last asked: none or one.
  std::vector<Skipped> take_skipped(const rpc::Caller& caller);
  /// The same of everybody.
  std::vector<Skipped> take_all_skipped();

 private:
  http::RateLimiter rate_;
  std::map<std::string, Skipped> skipped_;  ///< by the caller's name
};

}  // namespace duotty::oversight
