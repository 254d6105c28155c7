#include <algorithm>
#include <array>
#include <cstdint>
#include <duotty/digest/tokens.hpp>

namespace duotty::digest {
namespace {

enum class Kind : std::uint8_t { letter, digit, blank, newline, mark, other };

Kind kind_of(unsigned char byte) noexcept {
  if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z')) return Kind::letter;
  if (byte >= '0' && byte <= '9') return Kind::digit;
  if (byte == '\n' || byte == '\r') return Kind::newline;
  if (byte <= ' ' || byte == 0x7f) return Kind::blank;
  if (byte < 0x80) return Kind::mark;
  return Kind::other;
}

/// Sums in eighths of a token, so that shares add up without floating point.
constexpr std::size_t kToken = 8;

/// A word in capitals and one in mixed case are cut more often than one in lower case.
std::size_t letters(std::string_view word) noexcept {
  std::size_t cost = 0;
  for (std::size_t at = 0; at < word.size();) {
    std::size_t end = at + 1;
    const auto upper = [&](std::size_t i) { return word[i] >= 'A' && word[i] <= 'Z'; };
    if (upper(at) && end < word.size() && upper(end)) {
      while (end < word.size() && upper(end)) ++end;
      cost += kToken + (end - at > 4 ? (end - at - 4) * kToken / 3 : 0);
    } else {
      while (end < word.size() && !upper(end)) ++end;
      cost += kToken + (end - at > 8 ? (end - at - 8) * kToken / 5 : 0);
    }
    at = end;
  }
  return cost;
}

/// A mark before a word is mostly one token with it: "/src", ".cpp", "_test".
std::size_t marks(std::string_view run, bool before_word) noexcept {
  if (run.size() == 1) return before_word ? kToken / 4 : kToken * 7 / 8;
  std::size_t cost = 0;
  for (std::size_t at = 0; at < run.size();) {
    std::size_t end = at + 1;
    while (end < run.size() && run[end] == run[at]) ++end;
    const std::size_t count = end - at;
    cost += count >= 4 ? kToken + count / 16 * kToken : kToken * 5 / 8;
    at = end;
  }
  return std::max(cost, kToken);
}

/// One character beyond ASCII, by its code point's block.
std::size_t beyond_ascii(char32_t point, bool repeated) noexcept {
  if (repeated) return kToken / 4;                       // rules and bars of one symbol
  if (point < 0x370) return kToken / 2;                  // Latin with accents
  if (point < 0x2000) return kToken / 2;                 // Greek, Cyrillic, Arabic, Indic
  if (point < 0x2e80) return kToken * 3 / 2;             // punctuation, arrows, boxes, dingbats
  if (point >= 0x1f000) return kToken * 5 / 2;           // emoji
  if (point >= 0xac00 && point < 0xd7b0) return kToken;  // Hangul
  return kToken;                                         // kana, ideographs
}

}  // namespace

std::size_t estimate_tokens(std::string_view text) noexcept {
  std::size_t cost = 0;
  char32_t before = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Kind kind = kind_of(static_cast<unsigned char>(text[at]));
    std::size_t end = at + 1;
    if (kind == Kind::other) {
      char32_t point = static_cast<unsigned char>(text[at]);
      point = point >= 0xf0 ? point & 0x07 : point >= 0xe0 ? point & 0x0f : point & 0x1f;
      while (end < text.size() && end < at + 4 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        point = point << 6 | (static_cast<unsigned char>(text[end++]) & 0x3f);
      cost += beyond_ascii(point, point == before);
      before = point;
      at = end;
      continue;
    }
    before = 0;
    while (end < text.size() && kind_of(static_cast<unsigned char>(text[end])) == kind) ++end;
    const std::string_view run = text.substr(at, end - at);
    switch (kind) {
      case Kind::letter:
        cost += letters(run);
        break;
      case Kind::digit:
        cost += (run.size() + 2) / 3 * kToken;
        break;
      case Kind::mark:
        cost += marks(run, end < text.size() && kind_of(static_cast<unsigned char>(text[end])) == Kind::letter);
        break;
      case Kind::newline:
        cost += kToken * 3 / 4;
        break;
      case Kind::blank:
        cost += run.size() == 1 ? kToken / 8 : kToken + run.size() / 64 * kToken;
        break;
      case Kind::other:
        break;
    }
    at = end;
  }
  return (cost + kToken - 1) / kToken;
}

}  // namespace duotty::digest
