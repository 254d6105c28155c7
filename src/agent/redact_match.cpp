#include "redact_match.hpp"

#include <algorithm>
#include <array>
#include <duotty/agent/redact.hpp>
#include <duotty/base/text.hpp>

namespace duotty::agent {

namespace {

using What = SecretMatch::What;
using Then = SecretMatch::Then;

constexpr std::size_t longest_name = 128;

/// Keys that are known by how they begin.
struct Prefix {
  std::string_view text;
  std::size_t least_tail;      ///< characters that must follow
  std::string_view also = "";  ///< characters of the tail besides letters and digits
};
constexpr std::array<Prefix, 32> prefixes{{
    {"sk-", 16, "-_"},
    {"sk_live_", 10, "_"},
    {"sk_test_", 10, "_"},
    {"rk_live_", 10, "_"},
    {"pk_live_", 10, "_"},
    {"AKIA", 16},
    {"ASIA", 16},
    {"ghp_", 20},
    {"gho_", 20},
    {"ghu_", 20},
    {"ghs_", 20},
    {"ghr_", 20},
    {"github_pat_", 20, "_"},
    {"glpat-", 16, "-_"},
    {"xoxb-", 10, "-"},
    {"xoxp-", 10, "-"},
    {"xoxa-", 10, "-"},
    {"xoxr-", 10, "-"},
    {"xoxs-", 10, "-"},
    {"xapp-", 10, "-"},
    {"AIza", 30, "-_"},
    {"ya29.", 20, "-_."},
    {"hf_", 20},
    {"npm_", 30},
    {"pypi-", 20, "-_"},
    {"gsk_", 20},
    {"xai-", 20, "-_"},
    {"dop_v1_", 20},
    {"SG.", 20, "-_."},
    {"eyJ", 30, "-_.="},
    {"dckr_pat_", 20, "-_"},
    {"AGE-SECRET-KEY-", 20},
}};

/// Parts of names whose value is a secret.
constexpr std::array<std::string_view, 12> secret_words{"password",   "passwd",     "passphrase",  "secret",
                                                        "token",      "apikey",     "api_key",     "api-key",
                                                        "access_key", "access-key", "private_key", "credential"};
/// Names that contain such a part and hold none.
constexpr std::array<std::string_view, 4> harmless_words{"tokens", "tokeniz", "secretary", "password_file"};
constexpr std::array<std::string_view, 8> harmless_values{"true", "false", "null",     "none",
                                                          "yes",  "no",    "required", "optional"};

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_name(char c) {
  return is_alnum(c) || c == '_' || c == '-' || c == '.';
}

/// Where a run of characters that satisfy `in` ends.
template <class In>
std::size_t run_end(std::string_view text, std::size_t from, In in) {
  while (from < text.size() && in(text[from])) ++from;
  return from;
}

std::size_t skip_blanks(std::string_view text, std::size_t from) {
  return run_end(text, from, [](char c) { return c == ' ' || c == '\t'; });
}

SecretMatch nothing() {
  return {};
}
SecretMatch wait() {
  return {What::wait, 0, 0, Then::text};
}
SecretMatch secret(std::size_t keep, std::size_t hide, Then then = Then::text) {
  return {What::secret, keep, hide, then};
}

/// A place was reached behind which nothing is known yet.
bool open_at(std::size_t at, std::string_view text, TextEnd end) {
  return at >= text.size() && end == TextEnd::open;
}

SecretMatch match_exact(std::string_view text, TextEnd end, const std::vector<std::string>& exact) {
  for (const std::string& known : exact) {
    if (text.starts_with(known)) return secret(0, known.size());
    if (end == TextEnd::open && text.size() < known.size() && std::string_view(known).starts_with(text)) return wait();
  }
  return nothing();
}

SecretMatch match_prefix(std::string_view text, TextEnd end) {
  constexpr std::string_view beginnings = "srpAgxyhndSe";
  if (beginnings.find(text.front()) == std::string_view::npos) return nothing();
  for (const Prefix& prefix : prefixes) {
    if (!text.starts_with(prefix.text)) {
      if (end == TextEnd::open && prefix.text.starts_with(text)) return wait();
      continue;
    }
    const std::size_t stop = run_end(
        text, prefix.text.size(), [&](char c) { return is_alnum(c) || prefix.also.find(c) != std::string_view::npos; });
    if (open_at(stop, text, end)) return wait();
    if (stop - prefix.text.size() >= prefix.least_tail) return secret(0, stop);
  }
  return nothing();
}

SecretMatch match_private_key(std::string_view text, TextEnd end) {
  constexpr std::string_view begin = "-----BEGIN ";
  if (!text.starts_with(begin)) return end == TextEnd::open && begin.starts_with(text) ? wait() : nothing();
  const std::size_t close = text.find("-----", begin.size());
  const std::size_t line_end = text.find('\n');
  if (close == std::string_view::npos) {
    return end == TextEnd::open && line_end == std::string_view::npos && text.size() < longest_name ? wait()
                                                                                                    : nothing();
  }
  const bool key = close < line_end && text.substr(0, close).find("PRIVATE KEY") != std::string_view::npos;
  return key ? secret(close + 5, 0, Then::private_key) : nothing();
}

/// `://user:password@host`
SecretMatch match_url(std::string_view text, TextEnd end) {
  constexpr std::string_view begin = "://";
  if (!text.starts_with(begin)) return end == TextEnd::open && begin.starts_with(text) ? wait() : nothing();
  constexpr std::string_view delimiters = "/ \t\r\n\"'<>`?#";
  const std::size_t stop = std::min(text.find_first_of(delimiters, begin.size()), text.size());
  if (open_at(stop, text, end)) return wait();
  const std::string_view authority = text.substr(0, stop);
  const std::size_t at = authority.rfind('@');
  const std::size_t colon = authority.find(':', begin.size());
  if (at == std::string_view::npos || colon == std::string_view::npos || colon + 1 >= at) return nothing();
  return secret(colon + 1, at - colon - 1);
}

bool names_secret(const std::string& name) {
  for (const std::string_view word : harmless_words) {
    if (name.find(word) != std::string::npos) return false;
  }
  return std::any_of(secret_words.begin(), secret_words.end(),
                     [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

/// The value that begins at `from`: quoted, or up to a blank or delimiter.
SecretMatch match_value(std::string_view text, std::size_t from, TextEnd end) {
  if (open_at(from, text, end)) return wait();
  if (from >= text.size()) return nothing();
  const char quote = text[from];
  std::size_t begin = from;
  std::size_t stop = 0;
  if (quote == '"' || quote == '\'') {
    begin = from + 1;
    bool escaped = false;
    stop = run_end(text, begin, [&](char c) {
      const bool in = c != '\n' && (c != quote || escaped);
      escaped = c == '\\' && !escaped;
      return in;
    });
  } else {
    stop = run_end(text, begin,
                   [](char c) { return std::string_view(" \t\r\n\"'`,;&)}]<>|").find(c) == std::string_view::npos; });
  }
  if (open_at(stop, text, end)) return wait();
  const std::string_view value = text.substr(begin, stop - begin);
  const std::string lower = base::to_lower(value);
  const bool harmless = value.size() < 4 || value.find_first_not_of('*') == std::string_view::npos ||
                        value.starts_with(redacted_mark.substr(0, redacted_mark.size() - 1)) ||
                        std::find(harmless_values.begin(), harmless_values.end(), lower) != harmless_values.end();
  return harmless ? nothing() : secret(begin, stop - begin);
}

/// `name = value`, `name: value`, `"name": "value"`, `--name value`, `Bearer value`, `Authorization: …`
SecretMatch match_name(std::string_view text, TextEnd end) {
  const std::size_t stop = run_end(text.substr(0, longest_name + 1), 0, is_name);
  if (stop == 0 || stop > longest_name) return nothing();
  if (open_at(stop, text, end)) return wait();
  const std::string name = base::to_lower(text.substr(0, stop));
  if (name == "bearer") {
    const std::size_t begin = skip_blanks(text, stop);
    const std::size_t token_end = run_end(text, begin, [](char c) {
      return is_alnum(c) || std::string_view("._~+/=-").find(c) != std::string_view::npos;
    });
    if (open_at(token_end, text, end)) return wait();
    return begin > stop && token_end - begin >= 16 ? secret(begin, token_end - begin) : nothing();
  }
  const bool header =
      name == "authorization" || name == "proxy-authorization" || name == "cookie" || name == "set-cookie";
  if (!header && !names_secret(name)) return nothing();
  std::size_t at = stop;
  if (at < text.size() && (text[at] == '"' || text[at] == '\'')) ++at;
  at = skip_blanks(text, at);
  if (open_at(at, text, end)) return wait();
  const std::size_t separator = run_end(text, at, [](char c) { return c == ':' || c == '=' || c == '>'; });
  if (separator == at && !(name.starts_with("--") && at > stop)) return nothing();
  if (separator > at && text[at] == '>') return nothing();
  if (name == "passwd" && separator > at && text[at] == ':') return nothing();  // the program speaking
  const std::size_t value = skip_blanks(text, separator);
  if (!header) return match_value(text, value, end);
  if (open_at(value, text, end)) return wait();
  const std::size_t line_end = std::min(text.find('\n', value), text.size());
  return line_end > value ? secret(value, line_end - value, Then::line) : nothing();
}

}  // namespace

SecretMatch match_secret(std::string_view text, char before, TextEnd end, const std::vector<std::string>& exact) {
  if (const auto match = match_exact(text, end, exact); match.what != What::nothing) return match;
  if (text.front() == ':') return match_url(text, end);
  if (is_alnum(before) || before == '_') return nothing();
  if (text.front() == '-' && before != '-') {
    if (const auto match = match_private_key(text, end); match.what != What::nothing) return match;
  }
  if (const auto match = match_prefix(text, end); match.what != What::nothing) return match;
  if (before == '-' || before == '.') return nothing();  // inside a name that was looked at as a whole
  return match_name(text, end);
}

}  // namespace duotty::agent
