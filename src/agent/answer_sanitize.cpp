// Makes foreign text harmless: what is shown, and what is put on the input line.
#include <algorithm>
#include <duotty/agent/answer.hpp>
#include <duotty/base/scalars.hpp>
#include <duotty/base/text.hpp>

namespace duotty::agent {

namespace {

constexpr std::size_t longest_csi = 64;
constexpr std::size_t longest_string = 4096;
constexpr std::size_t longest_command = 4096;

bool is_joiner(char32_t c) {
  return c == 0x200C || c == 0x200D || (c >= 0xFE00 && c <= 0xFE0F);
}

struct Range {
  char32_t first, last;
};

/// Scalars that are invisible, reorder their neighbours, or mark up text (Unicode: default ignorable, bidi controls,
/// interlinear annotation, tags), and noncharacters. Sorted.
constexpr Range hidden_ranges[] = {
    {0x00AD, 0x00AD}, {0x034F, 0x034F},   {0x061C, 0x061C},   {0x115F, 0x1160},   {0x17B4, 0x17B5},
    {0x180B, 0x180F}, {0x200B, 0x200B},   {0x200E, 0x200F},   {0x202A, 0x202E},   {0x2060, 0x206F},
    {0x3164, 0x3164}, {0xFDD0, 0xFDEF},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},
    {0xFFFE, 0xFFFF}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}, {0xF0000, 0x10FFFF},
};

bool is_hidden(char32_t c) {
  const auto* found = std::lower_bound(std::begin(hidden_ranges), std::end(hidden_ranges), c,
                                       [](const Range& range, char32_t value) { return range.last < value; });
  return found != std::end(hidden_ranges) && found->first <= c;
}

bool is_wide_blank(char32_t c) {
  return c == '\t' || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

}  // namespace

std::string DisplaySanitizer::feed(std::string_view bytes) {
  pending_ += bytes;
  const std::size_t whole = pending_.size() - base::incomplete_utf8_tail(pending_);
  std::string out;
  base::for_each_scalar(base::to_valid_utf8(std::string_view(pending_).substr(0, whole)),
                        [&](char32_t scalar) { take(out, scalar); });
  pending_.erase(0, whole);
  return out;
}

std::string DisplaySanitizer::finish() {
  std::string out;
  if (!pending_.empty()) take(out, 0xFFFD);
  *this = DisplaySanitizer();
  return out;
}

void DisplaySanitizer::take(std::string& out, char32_t c) {
  ++sequence_length_;
  switch (state_) {
    case State::text:
      sequence_length_ = 0;
      return take_text(out, c);
    case State::escape:
      if (c == '[') {
        state_ = State::csi;
      } else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_') {
        state_ = State::string;
      } else if (c >= 0x30 && c <= 0x7E) {
        state_ = State::text;
      } else if (c < 0x20 || c > 0x2F || sequence_length_ > longest_csi) {
        state_ = State::text;
        take_text(out, c);
      }
      return;
    case State::csi:
      if (c >= 0x40 && c <= 0x7E) {
        state_ = State::text;
      } else if (c < 0x20 || c > 0x7E || sequence_length_ > longest_csi) {
        state_ = State::text;
        take_text(out, c);
      }
      return;
    case State::string:
      if (c == 0x07 || c == 0x9C) {
        state_ = State::text;
      } else if (c == 0x1B) {
        state_ = State::string_escape;
      } else if (c == '\n' || c == '\r' || sequence_length_ > longest_string) {
        state_ = State::text;
        take_text(out, c);
      }
      return;
    case State::string_escape:
      state_ = c == '\\' ? State::text : State::escape;
      if (state_ == State::escape) take(out, c);
      return;
  }
}

void DisplaySanitizer::take_text(std::string& out, char32_t c) {
  const bool second_half = c == '\n' && after_cr_;
  after_cr_ = c == '\r';
  if (second_half) return;
  if (c == 0x1B) {
    state_ = State::escape;
  } else if (c == 0x9B) {
    state_ = State::csi;
  } else if (c == 0x90 || c == 0x98 || c == 0x9D || c == 0x9E || c == 0x9F) {
    state_ = State::string;
  } else if (c == '\r' || c == '\n' || c == 0x2028 || c == 0x2029) {
    out += '\n';
    after_non_ascii_ = false;
  } else if (is_joiner(c)) {
    if (after_non_ascii_) base::append_utf8(out, c);
  } else if (c == '\t' || (c >= 0x20 && c < 0x7F) || (c >= 0xA0 && !is_hidden(c))) {
    base::append_utf8(out, c);
    after_non_ascii_ = c > 0x7F;
  }
}

std::string sanitize_display(std::string_view text) {
  DisplaySanitizer sanitizer;
  std::string out = sanitizer.feed(text);
  return out + sanitizer.finish();
}

std::optional<std::string> sanitize_command(std::string_view text) {
  std::string clean;
  base::for_each_scalar(sanitize_display(text), [&](char32_t c) {
    if (is_wide_blank(c)) {
      clean += ' ';
    } else if (!is_joiner(c)) {
      base::append_utf8(clean, c);
    }
  });
  std::string_view command = base::trim(clean);
  if (command.starts_with("$ ")) command = base::trim(command.substr(2));
  if (command.empty() || command.size() > longest_command) return std::nullopt;
  if (command.find('\n') != std::string_view::npos) return std::nullopt;
  return std::string(command);
}

}  // namespace duotty::agent
