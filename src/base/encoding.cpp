#include <array>
#include <cstring>
#include <duotty/base/text.hpp>

namespace duotty::base {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<signed char, 256> reverse_alphabet() {
  std::array<signed char, 256> table{};
  for (auto& entry : table) entry = -1;
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<signed char>(i);
  return table;
}
constexpr auto kReverse = reverse_alphabet();

/// One decoding step: length of the well-formed sequence at `at`, or 0 with `bad` = length of the maximal subpart.
struct Step {
  std::size_t good = 0;
  std::size_t bad = 1;
  bool truncated = false;
};

Step step(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return {1, 0, false};
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return {0, 1, false};
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (at + i >= text.size()) return {0, i, true};
    const unsigned char next = byte(at + i);
    if (next < low || next > high) return {0, i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {length, 0, false};
}

std::uint64_t eight_bytes(const char* at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

constexpr std::uint64_t kEach = 0x0101010101010101;
constexpr std::uint64_t kHigh = 0x80 * kEach;

/// Index of the first byte from 0x80 on.
std::size_t end_of_ascii(std::string_view text, std::size_t from) noexcept {
  while (from + 8 <= text.size() && (eight_bytes(text.data() + from) & kHigh) == 0) from += 8;
  while (from < text.size() && static_cast<unsigned char>(text[from]) < 0x80) ++from;
  return from;
}

}  // namespace

std::size_t end_of_printable(std::string_view text, std::size_t from) noexcept {
  // Bit tricks on eight bytes: a high bit, a borrow below 0x20, or a zero after XOR with 0x7f means that one of them is
  // something else. A borrow may also mark the byte behind it, so the exact place is looked for byte by byte.
  for (; from + 8 <= text.size(); from += 8) {
    const std::uint64_t word = eight_bytes(text.data() + from);
    const std::uint64_t del = word ^ (0x7f * kEach);
    if (((word | (word - 0x20 * kEach) | (del - kEach)) & kHigh) != 0) break;
  }
  while (from < text.size() && text[from] >= 0x20 && text[from] < 0x7f) ++from;
  return from;
}

bool is_utf8(std::string_view text) noexcept {
  for (std::size_t at = end_of_ascii(text, 0); at < text.size(); at = end_of_ascii(text, at)) {
    const Step s = step(text, at);
    if (s.good == 0) return false;
    at += s.good;
  }
  return true;
}

std::string to_valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t end = end_of_ascii(text, at); end > at) {
      out.append(text.substr(at, end - at));
      at = end;
      continue;
    }
    const Step s = step(text, at);
    if (s.good != 0) {
      out.append(text.substr(at, s.good));
      at += s.good;
    } else {
      out.append("\xEF\xBF\xBD");
      at += s.bad;
    }
  }
  return out;
}

void append_utf8(std::string& out, char32_t scalar) {
  if ((scalar >= 0xD800 && scalar <= 0xDFFF) || scalar > 0x10FFFF) scalar = 0xFFFD;
  const auto put = [&](char32_t byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
  if (scalar < 0x80) {
    put(scalar);
  } else if (scalar < 0x800) {
    put(0xC0 | scalar >> 6);
    put(0x80 | (scalar & 0x3F));
  } else if (scalar < 0x10000) {
    put(0xE0 | scalar >> 12);
    put(0x80 | (scalar >> 6 & 0x3F));
    put(0x80 | (scalar & 0x3F));
  } else {
    put(0xF0 | scalar >> 18);
    put(0x80 | (scalar >> 12 & 0x3F));
    put(0x80 | (scalar >> 6 & 0x3F));
    put(0x80 | (scalar & 0x3F));
  }
}

std::size_t incomplete_utf8_tail(std::string_view text) noexcept {
  const std::size_t from = text.size() > 3 ? text.size() - 3 : 0;
  for (std::size_t at = from; at < text.size(); ++at) {
    const Step s = step(text, at);
    if (s.truncated && at + s.bad == text.size()) return s.bad;
  }
  return 0;
}

std::size_t count_scalars(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1U : 0U;
  return count;
}

std::string base64_encode(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto at = [&](std::size_t k) -> unsigned {
      return k < bytes.size() ? static_cast<unsigned char>(bytes[k]) : 0U;
    };
    const unsigned group = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    out.push_back(kAlphabet[group >> 18 & 63]);
    out.push_back(kAlphabet[group >> 12 & 63]);
    out.push_back(i + 1 < bytes.size() ? kAlphabet[group >> 6 & 63] : '=');
    out.push_back(i + 2 < bytes.size() ? kAlphabet[group & 63] : '=');
  }
  return out;
}

Result<std::string> base64_decode(std::string_view text) {
  const Error bad(Errc::invalid_params,
                  "The text is not valid base64 (RFC 4648, with padding and without line breaks).");
  if (text.size() % 4 != 0) return bad;
  std::string out;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    const int pad = !last ? 0 : text[i + 3] != '=' ? 0 : text[i + 2] == '=' ? 2 : 1;
    unsigned group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const bool padding = static_cast<int>(k) >= 4 - pad;
      const int value = padding ? 0 : kReverse[static_cast<unsigned char>(text[i + k])];
      if (value < 0) return bad;
      group = group << 6 | static_cast<unsigned>(value);
    }
    out.push_back(static_cast<char>(group >> 16 & 255));
    if (pad < 2) out.push_back(static_cast<char>(group >> 8 & 255));
    if (pad < 1) out.push_back(static_cast<char>(group & 255));
  }
  return out;
}

std::string hex_encode(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 15]);
  }
  return out;
}

}  // namespace duotty::base
