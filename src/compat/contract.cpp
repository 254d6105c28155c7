#include "contract.hpp"

#include <algorithm>
#include <duotty/base/text.hpp>

namespace duotty::compat {

std::string Foreign::asked(std::string_view name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string() : found->second;
}

std::int64_t Foreign::number(std::string_view name, std::int64_t fallback, std::int64_t low, std::int64_t high) const {
  const auto value = base::parse_u64(asked(name));
  if (!value || *value > static_cast<std::uint64_t>(high)) return value ? high : fallback;
  return std::max(low, static_cast<std::int64_t>(*value));
}

bool Foreign::flag(std::string_view name) const {
  const auto found = query.find(name);
  if (found == query.end()) return false;
  const std::string word = base::to_lower(found->second);
  return word.empty() || word == "true" || word == "1" || word == "yes";
}

std::string Foreign::said(const char* name) const {
  return text_of(body, name);
}

Task<Answer> run(const rpc::Dispatcher& dispatcher, const Contract& contract, const Row& row, const Foreign& foreign,
                 rpc::Call& call) {
  Results results;
  for (const Step& step : row.steps) {
    if (step.method == nullptr) break;
    auto params = step.params(foreign, results);
    if (!params) co_return contract.failure(params.error());
    if (!*params) {
      results.emplace_back();
      continue;
    }
    auto result = co_await dispatcher.call(step.method, call, std::move(**params));
    if (!result) co_return contract.failure(result.error());
    results.push_back(std::move(*result));
  }
  auto answer = row.answer(foreign, results);
  co_return answer ? std::move(*answer) : contract.failure(answer.error());
}

Answer plain_failure(const Error& error) {
  return {error.http_status(), rpc::error_body(error)};
}

}  // namespace duotty::compat
