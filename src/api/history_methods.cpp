// Reading rows: the scrollback by its absolute line ids, and searching it.
#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/digest/grep.hpp>
#include <duotty/session/session.hpp>
#include <optional>

#include "history_types.hpp"
#include "methods.hpp"
#include "read_rows.hpp"

namespace duotty::api {
namespace {

/// Rows of the main screen and its scrollback, also while a full-screen program shows the other one.
struct Kept {
  explicit Kept(const term::Terminal& terminal)
      : first(terminal.main_first_row()), top(terminal.main_top_row()), end(terminal.main_end_row()) {}
  term::RowId first;
  term::RowId top;
  term::RowId end;
  std::int64_t count() const { return static_cast<std::int64_t>(end - first); }
  term::RowId clamp(std::int64_t line) const {
    return std::clamp(static_cast<term::RowId>(std::max<std::int64_t>(line, 0)), first, end);
  }
};

Task<Result<ScrollbackResult>> scrollback(Services& s, Call& call, TerminalScrollback p) {
  auto found = find_terminal(s, call, p.terminal_id);
  if (!found) co_return found.error();
  auto& session = **found;
  session.touch();
  const auto& terminal = session.terminal();
  const Kept kept(terminal);
  term::RowId from = kept.first;
  if (p.line) {
    from = kept.clamp(*p.line);
  } else {
    const std::int64_t rows = p.offset < 0 ? kept.count() + std::max(p.offset, -kept.count()) : p.offset;
    from += static_cast<term::RowId>(std::min(rows, kept.count()));
  }
  const term::RowId to = std::min(kept.end, from + static_cast<term::RowId>(p.limit));
  auto rendered = render_rows(terminal, from, to, p.format);
  ScrollbackResult result;
  result.lines = std::move(rendered.lines);
  result.styled = std::move(rendered.styled);
  result.line = static_cast<std::int64_t>(from);
  result.next_line = static_cast<std::int64_t>(to);
  result.has_more = to < kept.end;
  result.truncated = p.line && *p.line < static_cast<std::int64_t>(kept.first);
  result.first_line = static_cast<std::int64_t>(kept.first);
  result.top_line = static_cast<std::int64_t>(kept.top);
  result.end_line = static_cast<std::int64_t>(kept.end);
  result.total_lines = kept.count();
  co_return result;
}

std::vector<std::string> texts(const std::vector<LogicalLine>& lines, std::size_t from, std::size_t to) {
  std::vector<std::string> out;
  for (std::size_t i = from; i < std::min(to, lines.size()); ++i) out.push_back(lines[i].text);
  return out;
}

Task<Result<SearchResult>> search(Services& s, Call& call, TerminalSearch p) {
  auto found = find_terminal(s, call, p.terminal_id);
  if (!found) co_return found.error();
  auto& session = **found;
  session.touch();
  const auto pattern =
      digest::Pattern::compile(p.pattern, p.case_insensitive ? digest::Case::insensitive : digest::Case::sensitive);
  if (!pattern) co_return Error(pattern.error().code(), pattern.error().message(), "pattern");
  const auto& terminal = session.terminal();
  const Kept kept(terminal);
  const auto lines = logical_lines(terminal, kept.clamp(p.line.value_or(0)), kept.end);
  const auto context = static_cast<std::size_t>(p.context);
  SearchResult result;
  result.total_lines = static_cast<std::int64_t>(lines.size());
  result.first_line = static_cast<std::int64_t>(kept.first);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!pattern->matches(lines[i].text)) continue;
    ++result.match_count;
    if (result.matches.size() >= static_cast<std::size_t>(p.limit)) {
      if (!result.next_line) result.next_line = static_cast<std::int64_t>(lines[i].row);
      continue;
    }
    SearchMatch match;
    match.line = static_cast<std::int64_t>(lines[i].row);
    match.text = lines[i].text;
    if (context > 0) {
      match.before = texts(lines, i > context ? i - context : 0, i);
      match.after = texts(lines, i + 1, i + 1 + context);
    }
    result.matches.push_back(std::move(match));
  }
  co_return result;
}

}  // namespace

void add_history_methods(Registrar& table) {
  table.call("terminal.scrollback", scrollback,
             {.http = {"GET", "/api/agent/terminals/{terminal_id}/scrollback"},
              .scope = Scope::read,
              .about = "Rows that have left the screen, and those on it, by place or by line id. A line id stays with "
                       "its row until the window's width changes.",
              .example = R"({"terminal_id": "k3x9w2m8q1zz", "offset": -100})"});
  table.call("terminal.search", search,
             {.http = {"GET", "/api/agent/terminals/{terminal_id}/search"},
              .scope = Scope::read,
              .about = "Looks for a pattern in the scrollback and on the screen, line by line.",
              .example = R"({"terminal_id": "k3x9w2m8q1zz", "pattern": "error|warning", "context": 2})"});
}

}  // namespace duotty::api
