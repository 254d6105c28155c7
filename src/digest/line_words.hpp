#pragma once
// Small questions about one line of output, asked by every reducer.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace duotty::digest {

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
constexpr bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}
inline std::string_view trimmed_right(std::string_view text) noexcept {
  return text.substr(0, text.find_last_not_of(" \t\r") + 1);
}
inline bool contains(std::string_view text, std::string_view part) noexcept {
  return text.find(part) != std::string_view::npos;
}
/// Words between runs of blanks, at most `limit`; the last one takes the rest of the line.
std::vector<std::string_view> words_of(std::string_view line, std::size_t limit = 64);
/// Cells between runs of two or more blanks or tabs, as programs print tables.
std::vector<std::string_view> cells_of(std::string_view line);
/// The number a text begins with.
std::optional<std::uint64_t> leading_number(std::string_view text) noexcept;
/// The part of a line that repeats from one to the next: numbers become '#', so that "12 of 40" and "13 of 40" agree.
std::uint64_t shape_of(std::string_view line) noexcept;
/// Where the text behind a leading time stamp (ISO 8601, syslog, bracketed, klog) begins; 0 when there is none.
std::size_t after_time(std::string_view line) noexcept;
/// True for lines that only name a test or step that went well, whatever its name says (blanks around it removed).
bool says_passed(std::string_view line) noexcept;
/// The first UTF-8 character boundary at or before `at`.
std::size_t boundary(std::string_view text, std::size_t at) noexcept;

}  // namespace duotty::digest
