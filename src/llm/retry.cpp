#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <ctime>
#include <duotty/base/text.hpp>
#include <duotty/llm/retry.hpp>
#include <string>

namespace duotty::llm {

using std::chrono::milliseconds;

namespace {

/// A non-negative decimal number; a day at most, so that no arithmetic overflows.
std::optional<double> parse_decimal(std::string_view text) {
  text = base::trim(text);
  if (text.empty() || text.size() > 32) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; })) {
    return std::nullopt;
  }
  const std::string copy(text);
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  if (end != copy.c_str() + copy.size()) return std::nullopt;
  return value;
}

milliseconds clamp_to_a_day(double ms) {
  return milliseconds(static_cast<long long>(std::clamp(ms, 0.0, 86'400'000.0)));
}

/// IMF-fixdate, the one form that servers may still generate (RFC 9110 5.6.7).
std::optional<std::chrono::system_clock::time_point> parse_http_date(const std::string& text) {
  std::tm time{};
  const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &time);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return std::chrono::system_clock::from_time_t(::timegm(&time));
}

}  // namespace

bool retryable(int status) noexcept {
  return status == 429 || status == 500 || (status >= 502 && status <= 504) || status == 529;
}

std::optional<milliseconds> parse_retry_after(std::string_view retry_after, std::string_view retry_after_ms,
                                              std::chrono::system_clock::time_point now) {
  if (const auto ms = parse_decimal(retry_after_ms)) return clamp_to_a_day(*ms);
  if (const auto s = parse_decimal(retry_after)) return clamp_to_a_day(*s * 1000);
  if (const auto date = parse_http_date(std::string(base::trim(retry_after)))) {
    const auto wait = std::chrono::duration_cast<milliseconds>(*date - now);
    return clamp_to_a_day(static_cast<double>(wait.count()));
  }
  return std::nullopt;
}

std::optional<milliseconds> next_try(const RetryPolicy& policy, int status, int tries,
                                     std::optional<milliseconds> asked, double jitter) {
  if (!retryable(status) || tries >= policy.max_tries) return std::nullopt;
  if (asked && *asked > policy.longest_wait) return std::nullopt;
  const int doublings = std::clamp(tries - 1, 0, 20);
  const milliseconds full = std::min(policy.longest_wait, milliseconds(policy.first_delay.count() << doublings));
  const double share = 0.5 + 0.5 * std::clamp(jitter, 0.0, 1.0);
  const auto wait = milliseconds(static_cast<long long>(static_cast<double>(full.count()) * share));
  return asked ? std::max(*asked, wait) : wait;
}

}  // namespace duotty::llm
