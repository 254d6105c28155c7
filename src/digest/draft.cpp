#include "draft.hpp"

#include <algorithm>
#include <duotty/digest/tokens.hpp>

#include "fit.hpp"

namespace duotty::digest {
namespace {

constexpr std::size_t kLongLine = 500;      ///< bytes of a line given as it is
constexpr std::size_t kLongTrouble = 2000;  ///< the same of an error
constexpr std::size_t kContext = 14;        ///< most lines that belong to an error
constexpr std::size_t kOmissions = 64;
constexpr std::size_t kLabels = 250;

std::string cut_out(std::string_view line, std::size_t head, std::size_t tail) {
  head = boundary(line, head);
  tail = boundary(line, line.size() - tail);
  return std::string(line.substr(0, head)) + " [… " + std::to_string(tail - head) + " bytes …] " +
         std::string(line.substr(tail));
}

/// A line of bounded length; of a long one its ends, and the place that tells what is wrong.
std::string bounded(std::string_view line, Trouble trouble) {
  const std::size_t limit = trouble == Trouble::none ? kLongLine : kLongTrouble;
  if (line.size() <= limit) return std::string(line);
  if (trouble == Trouble::none) return cut_out(line, 300, 100);
  const std::size_t at = find_trouble(line).at;
  if (at < 1200) return cut_out(line, 1700, 200);
  const std::size_t begin = boundary(line, at - 200);
  const std::size_t end = boundary(line, at + 1000);
  std::string text =
      std::string(line.substr(0, boundary(line, 300))) + " […] " + std::string(line.substr(begin, end - begin));
  if (end < line.size()) text += " […] " + std::string(line.substr(boundary(line, std::max(end, line.size() - 200))));
  return text;
}

/// Lines that go on with what the line before them began: source, carets, frames, notes.
bool continues(std::string_view line) {
  if (line.empty()) return false;
  if (line.front() == ' ' || line.front() == '\t' || line.front() == '|' || line.front() == '^') return true;
  if (line.starts_with("│") || line.starts_with("╵") || line.starts_with("╷") || line.starts_with("-->")) return true;
  std::size_t at = 0;
  while (at < line.size() && is_digit(line[at])) ++at;
  return at > 0 && at + 2 < line.size() && line.substr(at, 2) == " |";
}

}  // namespace

Draft::Draft(std::string_view text) : labels_{""} {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    Row row;
    row.text = trimmed_right(text.substr(at, end - at));
    row.trouble = trouble_of(row.text);
    rows_.push_back(row);
    at = end + 1;
  }
}

std::uint8_t Draft::label(const char* what) {
  const auto found =
      std::find_if(labels_.begin(), labels_.end(), [&](const char* each) { return std::string_view(each) == what; });
  if (found != labels_.end()) return static_cast<std::uint8_t>(found - labels_.begin());
  if (labels_.size() >= kLabels) return 0;
  labels_.push_back(what);
  return static_cast<std::uint8_t>(labels_.size() - 1);
}

void Draft::drop(std::size_t i, const char* what) {
  if (rows_[i].pinned) return;
  rows_[i].fate = Fate::drop;
  rows_[i].what = label(what);
}

void Draft::take(std::size_t i, const char* what) {
  rows_[i].fate = Fate::take;
  rows_[i].what = label(what);
}

void Draft::absorb(std::size_t i) {
  rows_[i].fate = Fate::absorb;
}

void Draft::show(std::size_t i, std::string text) {
  if (text.empty()) return absorb(i);
  rows_[i].fate = Fate::keep;
  rows_[i].replaced = rows_[i].pinned = true;
  shown_[i] = std::move(text);
}

void Draft::pin(std::size_t i) {
  rows_[i].pinned = true;
  rows_[i].fate = Fate::keep;
}

void Draft::mention(const char* what) {
  const auto same = [&](const char* each) { return std::string_view(each) == what; };
  if (std::none_of(mentions_.begin(), mentions_.end(), same)) mentions_.push_back(what);
}

std::vector<std::size_t> Draft::kept_lines() const {
  std::vector<std::size_t> lines;
  for (std::size_t i = 0; i < rows_.size(); ++i)
    if (rows_[i].fate == Fate::keep) lines.push_back(i);
  return lines;
}

void Draft::keep_context(std::size_t i) {
  const auto back = [&](std::size_t k) {
    if (rows_[k].fate == Fate::drop) rows_[k].fate = Fate::keep;
  };
  if (i > 0 && !rows_[i - 1].text.empty()) back(i - 1);
  std::size_t k = i + 1;
  for (; k < rows_.size() && k - i <= kContext && continues(rows_[k].text); ++k) back(k);
  // The last word of a trace stands unindented below its frames.
  if (k > i + 1 && k < rows_.size()) back(k);
}

void Draft::guard() {
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    Row& row = rows_[i];
    if (row.trouble == Trouble::none || row.fate == Fate::take || row.fate == Fate::absorb) continue;
    const bool was_dropped = row.fate == Fate::drop;
    row.fate = Fate::keep;
    if (was_dropped && row.trouble == Trouble::error) keep_context(i);
  }
}

std::vector<Draft::Piece> Draft::pieces(Reduced& result) const {
  std::vector<Piece> out;
  std::size_t gap = 0;
  std::size_t middle = 0;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    if (row.trouble == Trouble::error) ++result.errors;
    if (row.fate == Fate::drop || row.fate == Fate::take) ++result.lines_omitted;
    if (row.fate != Fate::keep) {
      ++gap;
      if (row.fate == Fate::drop && std::string_view(labels_[row.what]) == kMiddle) ++middle;
      continue;
    }
    const bool blank = row.text.empty() && !row.replaced;
    if (blank && (out.empty() || gap > 0 || out.back().text.empty())) continue;
    if (middle > 0) out.push_back({"[… " + std::to_string(middle) + (middle == 1 ? " line]" : " lines]"), i, false});
    gap = middle = 0;
    out.push_back({row.replaced ? shown_.at(i) : bounded(row.text, row.trouble), i, row.trouble == Trouble::error});
  }
  while (!out.empty() && out.back().text.empty()) out.pop_back();
  return out;
}

std::string Draft::footer(const Reduced& result) const {
  std::vector<std::size_t> counts(labels_.size());
  for (const Row& row : rows_)
    if (row.fate == Fate::drop || row.fate == Fate::take) ++counts[row.what];
  std::string parts;
  for (std::size_t i = 1; i < labels_.size(); ++i)
    if (counts[i] > 0) parts += (parts.empty() ? "" : ", ") + std::to_string(counts[i]) + " " + labels_[i];
  if (counts[0] > 0) parts += (parts.empty() ? "" : ", ") + std::to_string(counts[0]) + " lines";
  for (const char* what : mentions_) parts += (parts.empty() ? "" : ", ") + std::string(what);
  if (parts.empty() && result.lines_omitted == 0) return {};
  return "[left out: " + parts + "]";
}

void Draft::list_omissions(Reduced& result) const {
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    if (row.fate != Fate::drop && row.fate != Fate::take) continue;
    const char* what = row.what == 0 ? "lines" : labels_[row.what];
    if (!result.omitted.empty() && result.omitted.back().last == i && result.omitted.back().what == what) {
      result.omitted.back().last = i + 1;
    } else {
      result.omitted.push_back({i + 1, i + 1, what});
    }
  }
  if (result.omitted.size() <= kOmissions) return;
  // Neighbours joined, evenly: what is between them was given.
  const std::size_t group = (result.omitted.size() + kOmissions - 1) / kOmissions;
  std::vector<Omission> joined;
  for (std::size_t i = 0; i < result.omitted.size(); i += group) {
    const std::size_t last = std::min(i + group, result.omitted.size()) - 1;
    const bool same = std::all_of(result.omitted.begin() + static_cast<std::ptrdiff_t>(i),
                                  result.omitted.begin() + static_cast<std::ptrdiff_t>(last + 1),
                                  [&](const Omission& each) { return each.what == result.omitted[i].what; });
    joined.push_back({result.omitted[i].first, result.omitted[last].last, same ? result.omitted[i].what : "parts"});
  }
  result.omitted = std::move(joined);
}

Reduced Draft::finish(std::size_t limit) const {
  Reduced result;
  result.raw_lines = rows_.size();
  std::vector<FitLine> lines;
  for (Piece& piece : pieces(result)) lines.push_back({std::move(piece.text), piece.trouble, piece.line});
  const std::string end = footer(result);
  list_omissions(result);
  const std::size_t room = limit == 0 ? 0 : limit - std::min(limit / 2, end.size() + 1);
  Fitted fitted = fit(std::move(lines), room);
  result.text = std::move(fitted.text);
  result.errors_omitted = fitted.trouble_left_out;
  result.lines_omitted += fitted.lines_left_out;
  for (const auto& [first, last] : fitted.gaps) result.omitted.push_back({first + 1, last + 1, "beyond max_chars"});
  if (fitted.lines_left_out > 0)
    std::sort(result.omitted.begin(), result.omitted.end(),
              [](const Omission& a, const Omission& b) { return a.first < b.first; });
  if (!end.empty()) result.text += (result.text.empty() ? "" : "\n") + end;
  return result;
}

}  // namespace duotty::digest
