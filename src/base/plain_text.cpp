#include <duotty/base/plain_text.hpp>
#include <duotty/base/scalars.hpp>
#include <duotty/base/text.hpp>

namespace duotty::base {
namespace {

/// Embeddings, overrides and isolates: they change the order of text that is not theirs.
bool reorders(char32_t c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x061C;
}

/// `control(char)` is what stands for an ASCII control; the others are left out.
template <class Control>
std::string cleaned(std::string_view text, Control control) {
  const std::string valid = to_valid_utf8(text);
  std::string out;
  out.reserve(valid.size());
  for (std::size_t at = 0; at < valid.size();) {
    const auto [value, size] = scalar_at(valid, at);
    if (value < 0x20 || value == 0x7F) {
      out += control(static_cast<char>(value));
    } else if (!(value >= 0x80 && value < 0xA0) && !reorders(value) && value != 0x2028 && value != 0x2029) {
      out.append(valid, at, size);
    }
    at += size;
  }
  return out;
}

}  // namespace

std::string clean_text(std::string_view text, bool lines) {
  return cleaned(text, [lines](char c) -> std::string_view {
    if (c == '\n') return lines ? "\n" : " ";
    return c == '\t' ? " " : "";
  });
}

std::string clean_line(std::string_view text, std::size_t max_bytes) {
  // More than is shown, for blanks at its beginning; a text may be of any length.
  const std::string line = cleaned(text.substr(0, 4 * max_bytes), [](char) { return ' '; });
  return shorten(trim(line), max_bytes);
}

}  // namespace duotty::base
