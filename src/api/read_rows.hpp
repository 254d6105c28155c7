#pragma once
// The rows of a terminal as the lines that the program wrote.
#include <cstdint>
#include <duotty/term/terminal.hpp>
#include <string>
#include <vector>

namespace duotty::api {

/// One line as the program wrote it: its rows joined.
struct LogicalLine {
  term::RowId row = 0;
  std::string text;
};

/// The lines of the rows [from, to) without the empty ones at the end: rows that were never written are no lines.
std::vector<LogicalLine> logical_lines(const term::Terminal& terminal, term::RowId from, term::RowId to);

/// The lines that one reading chose, and where it stands among all.
struct ReadLines {
  std::vector<LogicalLine> lines;
  std::size_t gap_at = 0;  ///< with gap_lines: before this one lines were passed over
  std::size_t gap_lines = 0;
  std::int64_t total = 0;
  std::int64_t next = 0;  ///< row to go on from
  bool has_more = false;
  bool truncated = false;
};

/// `mode` is one of full, head, tail, head_tail, since (from row `since` on), screen; with block, the lines are not
/// read, but where they begin and go on is told.
ReadLines read_lines(const term::Terminal& terminal, const std::string& mode, std::size_t count, std::int64_t since);

}  // namespace duotty::api
