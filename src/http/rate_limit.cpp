#include <algorithm>
#include <duotty/http/rate_limit.hpp>

namespace duotty::http {

RateLimiter::RateLimiter(RateLimitRules rules) : rules_(rules), global_{rules.global.burst, {}} {}

void RateLimiter::refill(Bucket& bucket, const BucketRule& rule, time_point now) {
  // A clock that was set back gives nothing and takes nothing.
  if (now > bucket.at) {
    const std::chrono::duration<double> passed = now - bucket.at;
    const std::chrono::duration<double> period = rule.period;
    bucket.level = std::min(rule.burst, bucket.level + passed / period);
  }
  bucket.at = now;
}

RateLimiter::Source& RateLimiter::touch(std::string_view name, time_point now) {
  const auto found = sources_.find(name);
  if (found != sources_.end()) {
    order_.splice(order_.begin(), order_, found->second);
    refill(order_.front().bucket, rules_.source, now);
    return order_.front();
  }
  if (order_.size() >= rules_.sources) {
    sources_.erase(order_.back().name);
    order_.pop_back();
  }
  order_.push_front({std::string(name), {rules_.source.burst, now}, {}});
  sources_.emplace(order_.front().name, order_.begin());
  return order_.front();
}

bool RateLimiter::allowed(std::string_view name, time_point now) {
  refill(global_, rules_.global, now);
  const auto found = sources_.find(name);
  if (found == sources_.end()) return global_.level >= 1;
  const Source& source = touch(name, now);
  return source.bucket.level >= 1 && (global_.level >= 1 || source.trusted_until > now);
}

void RateLimiter::failed(std::string_view name, time_point now) {
  refill(global_, rules_.global, now);
  Source& source = touch(name, now);
  source.bucket.level = std::max(0.0, source.bucket.level - 1);
  global_.level = std::max(0.0, global_.level - 1);
}

void RateLimiter::succeeded(std::string_view name, time_point now) {
  Source& source = touch(name, now);
  source.trusted_until = now + rules_.trusted_for;
}

std::chrono::seconds RateLimiter::retry_after() const {
  return std::chrono::ceil<std::chrono::seconds>(std::max(rules_.source.period, rules_.global.period));
}

}  // namespace duotty::http
