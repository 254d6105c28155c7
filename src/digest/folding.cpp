// Folding that needs no knowledge of the program.
#include <array>
#include <unordered_map>

#include "reducers.hpp"

namespace duotty::digest {
namespace {

using std::string_view;

constexpr std::array kSpinners = {"◐", "◓", "◑", "◒", "◴", "◷", "◶", "◵", "◜", "◠", "◝", "◞", "◡", "◟"};

std::size_t spinner_size(string_view text) {
  // Braille patterns, U+2800 to U+28FF: e2 a0..a3 xx
  if (text.size() >= 3 && text[0] == '\xe2' && static_cast<unsigned char>(text[1]) >= 0xa0 &&
      static_cast<unsigned char>(text[1]) <= 0xa3)
    return 3;
  for (const string_view sign : kSpinners)
    if (text.starts_with(sign)) return sign.size();
  return 0;
}

bool is_bar(char c) {
  return string_view("#=>-.*_|<").find(c) != string_view::npos;
}

/// A hash of the words of a progress line, 0 when the line shows no progress.
std::uint64_t progress_label(string_view line) {
  if (line.size() > 400) return 0;
  string_view text = trimmed(line);
  bool moves = false;
  if (const std::size_t size = spinner_size(text); size > 0) {
    moves = true;
    text = trimmed(text.substr(size));
  }
  std::uint64_t hash = 1469598103934665603ULL;
  std::size_t bar = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (c == '%' && i > 0 && is_digit(text[i - 1])) moves = true;
    // Block elements and box rules that bars are drawn with: e2 94..96
    const bool block = byte == 0xe2 && i + 2 < text.size() && static_cast<unsigned char>(text[i + 1]) >= 0x94 &&
                       static_cast<unsigned char>(text[i + 1]) <= 0x96;
    bar = is_bar(c) || block ? bar + 1 : 0;
    if (bar >= 6) moves = true;
    if (block) {
      i += 2;
      continue;
    }
    // Numbers carry their unit: "1.2MB/s", "3s".
    if (is_digit(c)) {
      while (i + 1 < text.size() && (is_digit(text[i + 1]) || is_letter(text[i + 1]) || text[i + 1] == '.' ||
                                     text[i + 1] == '/' || text[i + 1] == ':'))
        ++i;
      continue;
    }
    if (is_letter(c) || byte >= 0x80) hash = (hash ^ byte) * 1099511628211ULL;
  }
  return moves ? hash | 1 : 0;
}

bool has_letters(string_view text) {
  std::size_t letters = 0;
  for (const char c : text) letters += is_letter(c) || static_cast<unsigned char>(c) >= 0x80 ? 1 : 0;
  return letters >= 4;
}

}  // namespace

void fold_progress(Draft& draft) {
  std::uint64_t before = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    if (!draft.kept(i) || draft.touched(i) || draft.line(i).empty()) continue;
    const std::uint64_t label = draft.trouble(i) == Trouble::none ? progress_label(draft.line(i)) : 0;
    if (label != 0 && label == before) draft.drop(last, "steps of progress");
    before = label;
    last = i;
  }
}

void fold_repeats(Draft& draft) {
  const std::vector<std::size_t> lines = draft.kept_lines();
  const auto body = [&](std::size_t k) { return draft.line(lines[k]).substr(after_time(draft.line(lines[k]))); };
  for (std::size_t k = 0; k < lines.size();) {
    if (draft.touched(lines[k]) || draft.pinned(lines[k]) || body(k).empty()) {
      ++k;
      continue;
    }
    std::size_t same = k + 1;
    while (same < lines.size() && !draft.touched(lines[same]) && !draft.pinned(lines[same]) && body(same) == body(k))
      ++same;
    if (same - k >= 3) {
      for (std::size_t n = k + 1; n < same; ++n) draft.take(lines[n], "repetitions");
      draft.show(lines[k], std::string(draft.line(lines[k])) + " (×" + std::to_string(same - k) + ")");
      k = same;
      continue;
    }
    // A run that would stay anyway is not walked: each of its lines would walk it again.
    if (!has_letters(body(k))) {
      ++k;
      continue;
    }
    const std::uint64_t shape = shape_of(body(k));
    std::size_t alike = k;
    while (alike < lines.size() && !draft.touched(lines[alike]) && !draft.pinned(lines[alike]) &&
           draft.trouble(lines[alike]) == Trouble::none && shape_of(body(alike)) == shape)
      ++alike;
    if (alike - k >= 6) {
      for (std::size_t n = k + 2; n + 1 < alike; ++n) draft.drop(lines[n], "lines like those around them");
      k = alike;
    } else {
      ++k;
    }
  }
}

void drop_passing(Draft& draft) {
  for (std::size_t i = 0; i < draft.size(); ++i) {
    if (!draft.kept(i) || draft.touched(i)) continue;
    if (says_passed(trimmed(draft.line(i)))) draft.take(i, "passing tests");
  }
}

void cut_middle(Draft& draft, std::size_t most, std::size_t head, std::size_t tail) {
  std::vector<std::size_t> lines;
  for (const std::size_t i : draft.kept_lines())
    if (!draft.line(i).empty()) lines.push_back(i);
  if (lines.size() <= most) return;
  for (std::size_t k = head; k + tail < lines.size(); ++k)
    if (!draft.pinned(lines[k])) draft.drop(lines[k], Draft::kMiddle);
}

}  // namespace duotty::digest
