#include <algorithm>
#include <array>
#include <duotty/base/scalars.hpp>
#include <duotty/base/text.hpp>
#include <duotty/exec/input_guard.hpp>

namespace duotty::exec {
namespace {

constexpr std::size_t max_prefill = 64 * 1024;

struct Range {
  char32_t first;
  char32_t last;
};

/// Characters that draw nothing and change how others are read or ordered.
constexpr std::array<Range, 14> hidden{{
    {0x00AD, 0x00AD},    // soft hyphen
    {0x034F, 0x034F},    // combining grapheme joiner
    {0x061C, 0x061C},    // Arabic letter mark
    {0x115F, 0x1160},    // Hangul fillers
    {0x180E, 0x180E},    // Mongolian vowel separator
    {0x200B, 0x200F},    // zero width, LRM, RLM
    {0x2028, 0x2029},    // line and paragraph separator
    {0x202A, 0x202E},    // embeddings and overrides
    {0x2060, 0x206F},    // word joiner, isolates, deprecated format controls
    {0x3164, 0x3164},    // Hangul filler
    {0xFEFF, 0xFEFF},    // byte order mark
    {0xFFA0, 0xFFA0},    // halfwidth Hangul filler
    {0xFFF9, 0xFFFB},    // interlinear annotation
    {0xE0000, 0xE0FFF},  // tags
}};

bool is_hidden(char32_t c) {
  return std::any_of(hidden.begin(), hidden.end(), [c](Range r) { return c >= r.first && c <= r.last; });
}
bool is_c1(char32_t c) {
  return c >= 0x80 && c <= 0x9f;
}
bool is_newline(char32_t c) {
  return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029;
}
bool is_dropped_c0(char32_t c) {
  return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
}

/// One character of possibly malformed UTF-8: its bytes, and its value or none.
struct Character {
  std::size_t size = 1;
  std::optional<char32_t> value;
};

Character character_at(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) return {1, lead};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
  if (size == 0 || at + size > text.size() || !base::is_utf8(text.substr(at, size))) return {1, std::nullopt};
  return {size, base::scalar_at(text, at).value};
}

/// Length of a paste bracket at `at`, or 0.
std::size_t bracket_at(std::string_view text, std::size_t at) {
  static constexpr std::array<std::string_view, 3> introducers{"\x1b[", "\xc2\x9b", "\x9b"};
  for (const std::string_view introducer : introducers) {
    if (text.substr(at, introducer.size()) != introducer) continue;
    const std::string_view rest = text.substr(at + introducer.size(), 4);
    if (rest == "200~" || rest == "201~") return introducer.size() + 4;
  }
  return 0;
}

}  // namespace

base::Result<std::string> sanitize_typed(std::string_view text, Newlines newlines) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t bracket = bracket_at(text, at); bracket != 0) {
      at += bracket;
      continue;
    }
    const auto [size, value] = character_at(text, at);
    if (value && newlines == Newlines::refuse && is_newline(*value))
      return base::Error(base::Errc::invalid_params,
                         "The text has more than one line; only one line can be typed here.");
    if (value && !is_dropped_c0(*value) && !is_c1(*value) && !is_hidden(*value)) out.append(text, at, size);
    at += size;
  }
  return out;
}

base::Result<std::string> prefill_line(std::string_view model_text) {
  auto line = sanitize_typed(base::trim(model_text), Newlines::refuse);
  if (!line) return line;
  std::replace(line->begin(), line->end(), '\t', ' ');
  std::string trimmed(base::trim(*line));
  if (trimmed.empty()) return base::Error(base::Errc::invalid_params, "There is no command in the text.");
  if (trimmed.size() > max_prefill)
    return base::Error(base::Errc::invalid_params,
                       "The command is longer than 64 KiB; it cannot stand on the input line.");
  return trimmed;
}

bool is_plain_text(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const auto [size, value] = character_at(text, at);
    if (!value || is_dropped_c0(*value) || *value == '\r' || is_c1(*value)) return false;
    at += size;
  }
  return true;
}

}  // namespace duotty::exec
