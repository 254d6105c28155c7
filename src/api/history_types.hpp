#pragma once
// Parameters and results of the methods that read a terminal's rows: its scrollback and what stands below it.
#include <duotty/record/codec.hpp>

#include "styled_rows.hpp"

namespace duotty::api {

using record::field;

struct TerminalScrollback {
  std::string terminal_id;
  std::optional<std::int64_t> line;
  std::int64_t offset = 0;
  int limit = 200;
  std::string format = "plain";
  static constexpr auto fields() {
    using T = TerminalScrollback;
    return std::tuple{
        field("terminal_id", &T::terminal_id, "Id or name of the terminal.").required().range(1, 64),
        field("line", &T::line, "Id of the first row wanted, as in an earlier `next_line`; wins over `offset`.")
            .range(0, 9e15),
        field("offset", &T::offset, "Rows from the oldest one kept; negative: from the end.").range(-9e15, 9e15),
        field("limit", &T::limit, "Most rows to return.").range(1, 5000),
        field("format", &T::format, "How rows are given.").one_of("plain", "styled", "ansi", "html")};
  }
};

struct ScrollbackResult {
  std::vector<std::string> lines;
  std::optional<std::vector<StyledLine>> styled;
  std::int64_t line = 0;
  std::int64_t next_line = 0;
  bool has_more = false;
  bool truncated = false;
  std::int64_t first_line = 0;
  std::int64_t top_line = 0;
  std::int64_t end_line = 0;
  std::int64_t total_lines = 0;
  static constexpr auto fields() {
    using T = ScrollbackResult;
    return std::tuple{
        field("lines", &T::lines, "One entry a row. Ids count up from `line` and never shift while rows scroll."),
        field("styled", &T::styled, "With format styled: the rows with their looks.").omit_empty(),
        field("line", &T::line, "Id of the first row of the answer."),
        field("next_line", &T::next_line, "Id to go on from."),
        field("has_more", &T::has_more, "Whether there are rows at `next_line`."),
        field("truncated", &T::truncated, "True when the row asked for is no longer kept: older rows are missing."),
        field("first_line", &T::first_line, "Id of the oldest row kept."),
        field("top_line", &T::top_line, "Id of the first row that is on the screen."),
        field("end_line", &T::end_line, "Id after the last row."),
        field("total_lines", &T::total_lines, "Rows kept, those on the screen included.")};
  }
};

struct TerminalSearch {
  std::string terminal_id;
  std::string pattern;
  bool case_insensitive = false;
  int context = 0;
  std::optional<std::int64_t> line;
  int limit = 100;
  static constexpr auto fields() {
    using T = TerminalSearch;
    return std::tuple{
        field("terminal_id", &T::terminal_id, "Id or name of the terminal.").required().range(1, 64),
        field("pattern", &T::pattern, "RE2 pattern; it is looked for in whole lines, wrapped ones joined.")
            .required()
            .range(1, 4096),
        field("case_insensitive", &T::case_insensitive, "Ignore case."),
        field("context", &T::context, "Lines before and after each match.").range(0, 20),
        field("line", &T::line, "Look from the row with this id on.").range(0, 9e15),
        field("limit", &T::limit, "Most matches to return.").range(1, 1000)};
  }
};

struct SearchMatch {
  std::int64_t line = 0;
  std::string text;
  std::optional<std::vector<std::string>> before;
  std::optional<std::vector<std::string>> after;
  static constexpr auto fields() {
    using T = SearchMatch;
    return std::tuple{field("line", &T::line, "Id of the row that the line begins in."),
                      field("text", &T::text, "The line."),
                      field("before", &T::before, "Lines before it (with context).").omit_empty(),
                      field("after", &T::after, "Lines after it (with context).").omit_empty()};
  }
};

struct SearchResult {
  std::vector<SearchMatch> matches;
  std::int64_t match_count = 0;
  std::int64_t total_lines = 0;
  std::optional<std::int64_t> next_line;
  std::int64_t first_line = 0;
  static constexpr auto fields() {
    using T = SearchResult;
    return std::tuple{
        field("matches", &T::matches, "Oldest first."),
        field("match_count", &T::match_count, "Lines that match, returned or not."),
        field("total_lines", &T::total_lines, "Lines that were looked at."),
        field("next_line", &T::next_line, "Where to go on when there were more than `limit`.").omit_empty(),
        field("first_line", &T::first_line, "Id of the oldest row kept.")};
  }
};

}  // namespace duotty::api
