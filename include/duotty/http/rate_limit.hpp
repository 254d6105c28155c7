#pragma once
// Token buckets against guessing (pure; time is a parameter). Failures are counted, successes are free, and memory is
// bounded whatever the number of sources.
#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace duotty::http {

/// One bucket: `burst` units, refilled evenly, one per `period`.
struct BucketRule {
  double burst = 10;
  std::chrono::milliseconds period{6'000};
};

struct RateLimitRules {
  BucketRule source;                                       ///< per source
  BucketRule global{100, std::chrono::milliseconds{600}};  ///< all sources together
  std::size_t sources = 4096;                              ///< remembered; the one not seen longest is forgotten
  std::chrono::hours trusted_for{24 * 30};                 ///< a success exempts its source from the global bucket
};

/// Counts failed attempts per source. allowed() before an attempt, then failed() or succeeded().
class RateLimiter {
 public:
  using time_point = std::chrono::system_clock::time_point;
  explicit RateLimiter(RateLimitRules rules = {});

  /// True when `source` may try now: its bucket has a unit, and so has the global one or the source is trusted.
  bool allowed(std::string_view source, time_point now);
  /// Takes a unit from both buckets.
  void failed(std::string_view source, time_point now);
  /// Remembers the source as a good one. Its bucket stays as it is: whoever has one good credential must not guess
  /// another for free.
  void succeeded(std::string_view source, time_point now);
  /// How long until a source with an empty bucket may try again, rounded up.
  std::chrono::seconds retry_after() const;
  std::size_t size() const noexcept { return sources_.size(); }

 private:
  struct Bucket {
    double level = 0;
    time_point at{};
  };
  struct Source {
    std::string name;
    Bucket bucket;
    time_point trusted_until{};
  };
  static void refill(Bucket& bucket, const BucketRule& rule, time_point now);
  Source& touch(std::string_view source, time_point now);

  RateLimitRules rules_;
  Bucket global_;
  std::list<Source> order_;  ///< most recently used first
  std::unordered_map<std::string_view, std::list<Source>::iterator> sources_;
};

}  // namespace duotty::http
