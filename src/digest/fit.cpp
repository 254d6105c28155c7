#include "fit.hpp"

#include <algorithm>

#include "line_words.hpp"

namespace duotty::digest {
namespace {

constexpr std::size_t kNote = 40;  ///< bytes of a note at a gap

/// Gives lines their place until the room is used up.
class Chooser {
 public:
  Chooser(const std::vector<FitLine>& lines, std::size_t limit) : lines_(lines), chosen_(lines.size()), room_(limit) {}
  /// Whether the line has a place now; false when there is none within `reserve`.
  bool choose(std::size_t i, std::size_t reserve) {
    if (chosen_[i]) return true;
    // A line alone among lines that are left out needs a note of its own.
    const bool joined = (i > 0 && chosen_[i - 1]) || (i + 1 < lines_.size() && chosen_[i + 1]);
    const std::size_t cost = lines_[i].text.size() + 1 + (joined ? 0 : kNote);
    if (cost + reserve > room_) return false;
    room_ -= cost;
    return chosen_[i] = true;
  }
  std::size_t room() const { return room_; }
  const std::vector<bool>& chosen() const { return chosen_; }

 private:
  const std::vector<FitLine>& lines_;
  std::vector<bool> chosen_;
  std::size_t room_;
};

std::vector<bool> choose(const std::vector<FitLine>& lines, std::size_t limit) {
  Chooser chooser(lines, limit > kNote ? limit - kNote : 0);
  const std::size_t count = lines.size();
  // The last line is often the verdict.
  chooser.choose(count - 1, limit / 2);
  std::vector<std::size_t> trouble;
  for (std::size_t i = 0; i < count; ++i)
    if (lines[i].trouble) trouble.push_back(i);
  // First errors cause later ones: three of the beginning for one of the end.
  std::size_t first = 0;
  std::size_t last = trouble.size();
  for (std::size_t turn = 0; first < last; ++turn) {
    const std::size_t i = turn % 4 == 3 ? trouble[--last] : trouble[first++];
    if (!chooser.choose(i, limit / 8)) break;
  }
  const std::size_t for_the_head = chooser.room() * 2 / 5;
  for (std::size_t i = count; i-- > 0;)
    if (!chooser.choose(i, for_the_head)) break;
  for (std::size_t i = 0; i < count; ++i)
    if (!chooser.choose(i, 0)) break;
  return chooser.chosen();
}

}  // namespace

Fitted fit(std::vector<FitLine> lines, std::size_t limit) {
  std::size_t size = 0;
  for (FitLine& line : lines) size += line.text.size() + 1;
  Fitted out;
  const bool whole = limit == 0 || size <= limit + 1;
  if (!whole && limit > 0) {
    for (FitLine& line : lines)
      if (line.text.size() > limit / 3) line.text = line.text.substr(0, boundary(line.text, limit / 3)) + " […]";
  }
  const std::vector<bool> chosen =
      whole || lines.empty() ? std::vector<bool>(lines.size(), true) : choose(lines, limit);
  for (std::size_t i = 0; i < lines.size();) {
    if (!out.text.empty()) out.text += '\n';
    if (chosen[i]) {
      out.text += lines[i++].text;
      continue;
    }
    const std::size_t begin = i;
    for (; i < lines.size() && !chosen[i]; ++i) out.trouble_left_out += lines[i].trouble ? 1 : 0;
    out.lines_left_out += i - begin;
    out.gaps.emplace_back(lines[begin].line, lines[i - 1].line);
    out.text += "[… " + std::to_string(i - begin) + " lines]";
  }
  return out;
}

}  // namespace duotty::digest
