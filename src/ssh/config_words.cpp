#include "config_words.hpp"

#include <algorithm>
#include <cstdint>

#include <duotty/base/text.hpp>

namespace duotty::ssh {
namespace {

constexpr std::string_view kBlank = " \t";
constexpr std::string_view kEnd = " \t\r\n\f";
constexpr std::int64_t kYear = 366LL * 24 * 3600;

/// The word that begins at `at`; `at` is then behind it. False when a quote is not closed.
bool take_word(std::string_view text, std::size_t& at, std::string& word) {
  char quote = '\0';
  for (; at < text.size(); ++at) {
    const char c = text[at];
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (c == '\\' && (next == '\'' || next == '"' || next == '\\' || (quote == '\0' && next == ' '))) {
      word += next;
      ++at;
    } else if (quote == '\0' && kBlank.find(c) != std::string_view::npos) {
      return true;
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    } else if (quote != '\0' && c == quote) {
      quote = '\0';
    } else {
      word += c;
    }
  }
  return quote == '\0';
}

std::int64_t unit_of(char c) {
  switch (c) {
    case 's':
    case 'S':
      return 1;
    case 'm':
    case 'M':
      return 60;
    case 'h':
    case 'H':
      return 3600;
    case 'd':
    case 'D':
      return 24 * 3600;
    case 'w':
    case 'W':
      return 7 * 24 * 3600;
    default:
      return 0;
  }
}

}  // namespace

ConfigLine config_line(std::string_view text) {
  ConfigLine line;
  while (!text.empty() && kEnd.find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos || text[begin] == '#') return line;
  text.remove_prefix(begin);
  if (text.starts_with('"')) {  // a keyword may be quoted too
    const auto close = text.find('"', 1);
    if (close == std::string_view::npos) {
      line.keyword = "\"";
      line.open_quote = true;
      return line;
    }
    line.keyword = base::to_lower(text.substr(1, close - 1));
    text.remove_prefix(close + 1);
  } else {
    const auto end = std::min(text.find_first_of(" \t=\""), text.size());
    line.keyword = base::to_lower(text.substr(0, end));
    text.remove_prefix(end);
  }
  std::size_t at = std::min(text.find_first_not_of(kBlank), text.size());
  if (at < text.size() && text[at] == '=') ++at;
  for (; at < text.size(); ++at) {
    if (kBlank.find(text[at]) != std::string_view::npos) continue;
    if (text[at] == '#') break;
    std::string word;
    line.open_quote = !take_word(text, at, word);
    line.words.push_back(std::move(word));
  }
  return line;
}

std::optional<int> parse_config_time(std::string_view text) {
  std::int64_t total = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = digits > 9 ? std::nullopt : base::parse_u64(text.substr(0, digits));
    if (!number) return std::nullopt;
    text.remove_prefix(digits);
    std::int64_t unit = 1;
    if (!text.empty()) {
      unit = unit_of(text.front());
      if (unit == 0) return std::nullopt;
      text.remove_prefix(1);
    }
    total += static_cast<std::int64_t>(*number) * unit;
    if (total > kYear) return std::nullopt;
  }
  return static_cast<int>(total);
}

}  // namespace duotty::ssh
