#include "failure.hpp"

#include <algorithm>
#include <array>
#include <duotty/base/text.hpp>
#include <duotty/llm/provider.hpp>
#include <duotty/llm/retry.hpp>

#include "json_read.hpp"

namespace duotty::llm {

using base::Errc;
using base::Error;
using nlohmann::json;

namespace {

struct NamedStatus {
  std::string_view word;  ///< part of the vendor's error type
  int status;
};

/// Error types of Anthropic, OpenAI and their kin, for errors that come inside a stream of status 200.
constexpr std::array<NamedStatus, 12> named_statuses{{
    {"overloaded", 529},
    {"rate_limit", 429},
    {"insufficient_quota", 429},
    {"authentication", 401},
    {"invalid_api_key", 401},
    {"permission", 403},
    {"not_found", 404},
    {"request_too_large", 413},
    {"invalid_request", 400},
    {"timeout", 504},
    {"api_error", 500},
    {"server_error", 500},
}};

int status_of(const json& error, const std::string& type) {
  const std::uint64_t code = count_of(record::member_of(error, "code"));
  if (code >= 400 && code < 600) return static_cast<int>(code);
  for (const NamedStatus& named : named_statuses) {
    if (type.find(named.word) != std::string::npos) return named.status;
  }
  return 0;
}

/// FastAPI's shape (vLLM and others): `detail` is a sentence or a list of {msg}.
std::string detail_text(const json& detail) {
  if (detail.is_array()) return text_of(record::member_of(element(detail, 0), "msg"));
  return text_of(detail);
}

std::string seconds(std::chrono::milliseconds wait) {
  return std::to_string((wait.count() + 999) / 1000) + " s";
}

bool no_credit(const Refusal& refusal) {
  return refusal.status == 402 || refusal.type.find("insufficient_quota") != std::string::npos ||
         refusal.type.find("billing") != std::string::npos;
}

}  // namespace

Refusal read_refusal(const json& body, int status) {
  const json& error = record::member_of(body, "error");
  const json& source = error.is_object() ? error : body;
  Refusal refusal;
  refusal.type = record::text_of(source, "type");
  if (const std::string code = record::text_of(source, "code"); !code.empty()) refusal.type += "/" + code;
  refusal.message = error.is_string() ? text_of(error) : record::text_of(source, "message");
  if (refusal.message.empty()) refusal.message = detail_text(record::member_of(body, "detail"));
  refusal.status = status != 0 ? status : status_of(source, refusal.type);
  return refusal;
}

Refusal read_refusal_text(std::string_view body, std::string_view content_type, int status) {
  const json parsed = json::parse(body, nullptr, false);
  if (parsed.is_object()) return read_refusal(parsed, status);
  if (parsed.is_array()) return read_refusal(element(parsed, 0), status);
  Refusal refusal;
  refusal.status = status;
  const std::string_view text = base::trim(body);
  const bool page = content_type.find("html") != std::string_view::npos || text.starts_with('<');
  if (!page) refusal.message = text.substr(0, text.find('\n'));
  return refusal;
}

bool worth_retrying(const Refusal& refusal) {
  return retryable(refusal.status) && !no_credit(refusal);
}

std::string vendor_text(std::string_view text, const Provider& provider) {
  std::string valid = base::to_valid_utf8(text.substr(0, 4096));
  if (!provider.api_key.empty()) valid = base::replace_all(std::move(valid), provider.api_key.reveal(), "[key]");
  std::string line;
  for (const char c : valid) {
    const auto byte = static_cast<unsigned char>(c);
    line += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  // C1 controls are two bytes in UTF-8: 0xC2 0x80 to 0xC2 0x9F.
  for (std::size_t at = 0; (at = line.find('\xC2', at)) != std::string::npos; ++at) {
    if (at + 1 < line.size() && static_cast<unsigned char>(line[at + 1]) < 0xA0) line.replace(at, 2, "  ");
  }
  // Vendors quote a refused key in part ("sk-abc***xyz"); whatever looks like one goes.
  std::string out;
  const std::string_view key = provider.api_key.reveal();
  const std::string_view begin_of_key = key.substr(0, std::min<std::size_t>(key.size(), 6));
  for (const std::string_view word : base::split(line, ' ')) {
    if (word.empty()) continue;
    const bool part = (begin_of_key.size() == 6 && word.find(begin_of_key) != std::string_view::npos) ||
                      word.find("sk-") != std::string_view::npos;
    if (!out.empty()) out += ' ';
    out += part ? std::string_view("[key]") : word;
  }
  out = base::shorten(out, 300);
  while (out.ends_with('.')) out.pop_back();
  return out;
}

Error refusal_error(const Refusal& refusal, const Provider& provider, std::string_view model,
                    std::optional<std::chrono::milliseconds> wait) {
  const std::string host = provider_host(provider);
  const std::string said = vendor_text(refusal.message, provider);
  const std::string because = said.empty() ? "" : ": " + said;
  const std::string number = refusal.status == 0 ? "" : std::to_string(refusal.status) + ": ";
  if (no_credit(refusal))
    return {Errc::upstream, number + "the account at " + host + " has no credit left" + because + "."};
  switch (refusal.status) {
    case 0:
      return {Errc::upstream, host + " reported an error" + because + "."};
    case 401:
      if (provider.api_key.empty()) {
        return {Errc::upstream, number + host + " wants a key; set one on the settings page or in the environment."};
      }
      return {Errc::upstream, number + "the key was refused by " + host + "."};
    case 403:
      return {Errc::upstream, number + host + " does not allow this with the key" + because + "."};
    case 404:
      return {Errc::upstream, number + host + " does not know the model " + vendor_text(model, provider) +
                                  " or the address; check the model's name and the base URL" +
                                  (said.empty() ? "" : " (" + said + ")") + "."};
    case 413:
      return {Errc::upstream, number + "the question with its context is too large for " + host + "."};
    case 429:
      return {Errc::rate_limited, number + "the rate limit of " + host + " is reached; try again " +
                                      (wait ? "in " + seconds(*wait) : "later") + because + "."};
    case 503:
    case 529:
      return {Errc::upstream, number + host + " is overloaded; try again in a moment" + because + "."};
    default:
      break;
  }
  if (refusal.status >= 500) {
    return {Errc::upstream, number + host + " has a problem of its own; try again in a moment" + because + "."};
  }
  return {Errc::upstream, number + host + " did not accept the request" + because + "."};
}

}  // namespace duotty::llm
