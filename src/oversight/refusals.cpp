#include "refusals.hpp"

#include <utility>

namespace duotty::oversight {
namespace {

/// A hundred at once, then one every ten seconds: 8640 a day, of 1 000 000 rows that are kept.
constexpr http::RateLimitRules kRate{.source = {100, std::chrono::milliseconds{10'000}},
                                     .global = {1000, std::chrono::milliseconds{1'000}},
                                     .sources = 1024,
                                     .trusted_for = std::chrono::hours{0}};

}  // namespace

Refusals::Refusals() : rate_(kRate) {}

bool Refusals::notes(const rpc::Caller& caller, time_point now) {
  const bool fits = rate_.allowed(caller.name, now);
  if (fits) {
    rate_.failed(caller.name, now);
  } else {
    Skipped& skipped = skipped_[caller.name];
    skipped.caller = caller;
    ++skipped.count;
  }
  return fits;
}

std::vector<Refusals::Skipped> Refusals::take_skipped(const rpc::Caller& caller) {
  std::vector<Skipped> out;
  if (auto taken = skipped_.extract(caller.name)) out.push_back(std::move(taken.mapped()));
  return out;
}

std::vector<Refusals::Skipped> Refusals::take_all_skipped() {
  std::vector<Skipped> out;
  for (auto& [name, skipped] : std::exchange(skipped_, {})) out.push_back(std::move(skipped));
  return out;
}

}  // namespace duotty::oversight
