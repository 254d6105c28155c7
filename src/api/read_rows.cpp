#include "read_rows.hpp"

#include <algorithm>
#include <iterator>

namespace duotty::api {
namespace {

/// Where a reader goes on: at the line of the cursor when something stands in it, since it may still grow, else below
/// the last line.
std::int64_t next_row(const term::Terminal& terminal, const std::vector<LogicalLine>& lines, term::RowId end) {
  if (lines.empty()) return static_cast<std::int64_t>(end);
  const term::RowId last = lines.back().row;
  const term::RowId after = terminal.line_end(last);
  const bool growing = !terminal.alternate_screen() && terminal.cursor().row >= last && terminal.cursor().row < after;
  return static_cast<std::int64_t>(growing ? last : after);
}

void keep_head(ReadLines& read, std::size_t count, std::int64_t end) {
  if (read.lines.size() <= count) return;
  read.next = static_cast<std::int64_t>(read.lines[count].row);
  read.has_more = read.next < end;
  read.lines.resize(count);
}

void keep_tail(ReadLines& read, std::size_t count) {
  if (read.lines.size() <= count) return;
  read.lines.erase(read.lines.begin(), read.lines.end() - static_cast<std::ptrdiff_t>(count));
}

void keep_both(ReadLines& read, std::size_t count) {
  if (read.lines.size() <= 2 * count) return;
  read.gap_at = count;
  read.gap_lines = read.lines.size() - 2 * count;
  const auto begin = read.lines.begin() + static_cast<std::ptrdiff_t>(count);
  read.lines.erase(begin, begin + static_cast<std::ptrdiff_t>(read.gap_lines));
}

/// The places alone of the first line and the last: what is said beside the output of one command.
std::vector<LogicalLine> first_and_last(const term::Terminal& terminal, term::RowId first, term::RowId end) {
  while (end > first && terminal.line(end - 1).text.empty()) --end;
  if (end == first) return {};
  const term::RowId last = std::max(first, terminal.line_begin(end - 1));
  if (last == first) return {{first, {}}};
  return {{first, {}}, {last, {}}};
}

}  // namespace

std::vector<LogicalLine> logical_lines(const term::Terminal& terminal, term::RowId from, term::RowId to) {
  std::vector<LogicalLine> out;
  bool goes_on = false;
  for (term::RowId row = from; row < to; ++row) {
    term::Line line = terminal.line(row);
    if (goes_on) {
      out.back().text += line.text;
    } else {
      out.push_back({row, std::move(line.text)});
    }
    goes_on = line.wrapped;
  }
  while (!out.empty() && out.back().text.empty()) out.pop_back();
  return out;
}

ReadLines read_lines(const term::Terminal& terminal, const std::string& mode, std::size_t count, std::int64_t since) {
  const term::RowId first = terminal.main_first_row();
  const term::RowId end = terminal.main_end_row();
  ReadLines read;
  if (mode == "screen") {
    read.lines = logical_lines(terminal, terminal.top_row(), terminal.end_row());
    read.total = static_cast<std::int64_t>(read.lines.size());
    read.next = next_row(terminal, read.lines, terminal.end_row());
    return read;
  }
  if (mode == "block") {
    read.lines = first_and_last(terminal, first, end);
    read.next = next_row(terminal, read.lines, first);
    return read;
  }
  term::RowId from = first;
  if (mode == "since") {
    read.truncated = since < static_cast<std::int64_t>(first);
    from = std::clamp(static_cast<term::RowId>(since), first, end);
    // The screen was erased: what is written now stands above what was read last.
    if (!terminal.alternate_screen() && terminal.cursor().row < from && logical_lines(terminal, from, end).empty()) {
      from = std::min(from, terminal.top_row());
    }
    // A row in the middle of a line belongs to it.
    if (from < end && from > first) from = std::max(first, terminal.line_begin(from));
  }
  read.lines = logical_lines(terminal, from, end);
  read.total = static_cast<std::int64_t>(read.lines.size());
  read.next = mode == "since" && read.lines.empty() ? std::min(since, static_cast<std::int64_t>(end))
                                                    : next_row(terminal, read.lines, from);
  if (mode == "head") keep_head(read, count, read.next);
  if (mode == "tail") keep_tail(read, count);
  if (mode == "head_tail") keep_both(read, count);
  return read;
}

}  // namespace duotty::api
