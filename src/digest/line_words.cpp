#include "line_words.hpp"

namespace duotty::digest {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/// Where the digits and separators of a clock or date end.
std::size_t after_stamp(std::string_view line, std::size_t at) {
  std::size_t digits = 0;
  const std::size_t begin = at;
  while (at < line.size()) {
    const char c = line[at];
    const bool joined = c == ' ' && digits >= 8 && at + 2 < line.size() && is_digit(line[at + 1]) &&
                        is_digit(line[at + 2]) && at - begin <= 10;
    if (is_digit(c)) {
      ++digits;
    } else if (!(c == '-' || c == ':' || c == '.' || c == ',' || c == '/' || c == 'T' || c == 'Z' || c == '+' ||
                 joined)) {
      break;
    }
    ++at;
  }
  return digits >= 6 ? at : begin;
}

bool is_month(std::string_view word) {
  for (const std::string_view month :
       {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"})
    if (word == month) return true;
  return false;
}

}  // namespace

std::vector<std::string_view> words_of(std::string_view line, std::size_t limit) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < line.size();) {
    while (at < line.size() && is_blank(line[at])) ++at;
    if (at == line.size()) break;
    if (words.size() + 1 == limit) {
      words.push_back(trimmed_right(line.substr(at)));
      break;
    }
    std::size_t end = at;
    while (end < line.size() && !is_blank(line[end])) ++end;
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  for (std::size_t at = 0; at < line.size();) {
    while (at < line.size() && is_blank(line[at])) ++at;
    if (at == line.size()) break;
    std::size_t end = at;
    while (end < line.size() && line[end] != '\t' &&
           !(line[end] == ' ' && end + 1 < line.size() && is_blank(line[end + 1])))
      ++end;
    cells.push_back(trimmed_right(line.substr(at, end - at)));
    at = end;
  }
  return cells;
}

std::optional<std::uint64_t> leading_number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  std::size_t at = 0;
  while (at < text.size() && at < 18 && is_digit(text[at]))
    value = value * 10 + static_cast<std::uint64_t>(text[at++] - '0');
  if (at == 0) return std::nullopt;
  return value;
}

std::uint64_t shape_of(std::string_view line) noexcept {
  std::uint64_t hash = 1469598103934665603ULL;
  const auto mix = [&](unsigned char byte) { hash = (hash ^ byte) * 1099511628211ULL; };
  bool number = false;
  bool blank = true;
  for (const char c : line) {
    const bool hex = (c >= 'a' && c <= 'f') && number;
    if (is_digit(c) || hex) {
      if (!number) mix('#');
      number = true;
      blank = false;
      continue;
    }
    if (is_blank(c)) {
      if (!blank) mix(' ');
      blank = true;
      number = false;
      continue;
    }
    number = blank = false;
    mix(static_cast<unsigned char>(c));
  }
  return hash;
}

std::size_t after_time(std::string_view line) noexcept {
  std::size_t at = 0;
  const bool bracket = !line.empty() && line.front() == '[';
  if (bracket) ++at;
  std::size_t end = at;
  if (at + 5 < line.size() && is_month(line.substr(at, 3)) && line[at + 3] == ' ') {
    // syslog: "Jan  2 15:04:05 "
    std::size_t i = at + 4;
    while (i < line.size() && (line[i] == ' ' || is_digit(line[i])) && i < at + 7) ++i;
    end = after_stamp(line, i);
    if (end == i) return 0;
  } else {
    while (end < line.size() && bracket && line[end] == ' ') ++end;  // dmesg: "[    1.234567] "
    const std::size_t begin = end;
    end = after_stamp(line, begin);
    if (end == begin) return 0;
  }
  if (bracket) {
    while (end < line.size() && end < at + 40 && line[end] != ']') ++end;
    if (end == line.size() || line[end] != ']') return 0;
    ++end;
  }
  if (end < line.size() && !is_blank(line[end])) return 0;
  while (end < line.size() && is_blank(line[end])) ++end;
  return end;
}

std::size_t boundary(std::string_view text, std::size_t at) noexcept {
  if (at >= text.size()) return text.size();
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
  return at;
}

}  // namespace duotty::digest
