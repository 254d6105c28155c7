#pragma once
// When a refused request is tried again, and after how long. Pure: time and chance are parameters.
#include <chrono>
#include <optional>
#include <string_view>

namespace duotty::llm {

struct RetryPolicy {
  int max_tries = 3;                           ///< the first one included
  std::chrono::milliseconds first_delay{500};  ///< doubles with every try
  std::chrono::milliseconds longest_wait{30'000};
};

/// True for the statuses that pass by themselves: 429, 500, 502, 503, 504, 529.
bool retryable(int status) noexcept;

/// The wait a server asked for: `retry-after-ms` (milliseconds), else `retry-after` (seconds, decimals accepted, or an
/// HTTP date, RFC 9110 10.2.3). nullopt when both are empty or malformed. Never negative.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view retry_after,
                                                           std::string_view retry_after_ms,
                                                           std::chrono::system_clock::time_point now);

/// How long to wait before the next try, or nullopt to give up: the status does not pass by itself, all tries are used,
/// or the server asks for a longer wait than `longest_wait`. `tries` counts those already made; `jitter` is in [0, 1]
/// and spreads the exponential wait over its upper half. A wait the server asked for is never shortened.
std::optional<std::chrono::milliseconds> next_try(const RetryPolicy& policy, int status, int tries,
                                                  std::optional<std::chrono::milliseconds> asked, double jitter);

}  // namespace duotty::llm
