// What terminals hold, in numbers; and ending them, one with a signal first, many at once.
#include <algorithm>
#include <cmath>
#include <duotty/base/utc_time.hpp>
#include <duotty/digest/tokens.hpp>
#include <duotty/session/registry.hpp>

#include "methods.hpp"
#include "read_rows.hpp"
#include "signals.hpp"
#include "upkeep_types.hpp"

namespace duotty::api {
namespace {

double rounded(double value) {
  return std::round(value * 10) / 10;
}

/// Rows that were written: those behind the last text are blank ends of the screen.
term::RowId written_end(const term::Terminal& terminal, const ReadLines& lines) {
  return lines.lines.empty() ? terminal.main_first_row() : terminal.line_end(lines.lines.back().row);
}

void count(StatsResult& out, session::Session& session) {
  const auto& terminal = session.terminal();
  const ReadLines lines = read_lines(terminal, "full", 0, 0);
  const term::RowId end = written_end(terminal, lines);
  out.bytes = static_cast<std::int64_t>(session.size());
  out.first_line = static_cast<std::int64_t>(terminal.main_first_row());
  out.end_line = static_cast<std::int64_t>(end);
  out.lines = out.end_line;
  out.kept_lines = out.end_line - out.first_line;
  for (const auto& line : lines.lines) {
    out.text_bytes += static_cast<std::int64_t>(line.text.size()) + 1;
    out.tokens += static_cast<std::int64_t>(digest::estimate_tokens(line.text)) + 1;
  }
  out.age_seconds = rounded(std::max(0.0, base::wall_seconds() - session.meta().created_at));
  const auto idle = std::chrono::steady_clock::now() - session.last_activity();
  out.idle_seconds = rounded(std::chrono::duration<double>(idle).count());
  const double age = std::max(0.1, out.age_seconds);
  out.bytes_per_second = rounded(static_cast<double>(out.bytes) / age);
  out.lines_per_second = rounded(static_cast<double>(out.lines) / age);
  out.alive = session.alive();
}

Task<Result<StatsResult>> stats(Services& s, Call& call, TerminalStats p) {
  auto found = find_terminal(s, call, p.terminal_id);
  if (!found) co_return found.error();
  const auto session = *found;
  StatsResult out;
  out.terminal_id = session->id();
  StatsResult before;
  count(before, *session);
  const auto begin = std::chrono::steady_clock::now();
  if (p.measure_ms > 0) {
    session::WaitFor what;
    what.exit = true;
    what.max_wait = std::chrono::milliseconds(static_cast<std::int64_t>(p.measure_ms));
    auto waited = co_await session->wait(std::move(what));
    if (!waited) co_return waited.error();
  }
  count(out, *session);
  if (p.measure_ms > 0) {
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    const double seconds = std::max(0.001, took);
    out.recent_bytes_per_second = rounded(static_cast<double>(out.bytes - before.bytes) / seconds);
    out.recent_lines_per_second = rounded(static_cast<double>(out.lines - before.lines) / seconds);
  }
  co_return out;
}

void close(Services& s, const Call& call, const std::shared_ptr<session::Session>& session) {
  s.registry->close(session);
  log_event(s, call, "terminal_close", {{"terminal_id", session->id()}});
}

Task<Result<Success>> remove(Services& s, Call& call, TerminalDelete p) {
  auto found = find_terminal(s, call, p.terminal_id);
  if (!found) co_return found.error();
  const auto session = *found;
  if (p.signal) {
    auto number = signal_number(*p.signal);
    if (!number) co_return number.error();
    if (session->alive() && session->signal(*number, pty::SignalTarget::tree)) {
      session::WaitFor what;
      what.exit = true;
      what.max_wait = std::chrono::milliseconds(static_cast<std::int64_t>(p.grace_ms));
      auto waited = co_await session->wait(std::move(what));
      if (!waited && waited.error().code() != Errc::gone) co_return waited.error();
    }
  }
  // Somebody else may have closed it meanwhile.
  if (find_terminal(s, call, session->id())) close(s, call, session);
  co_return Success{};
}

Task<Result<DeletedMany>> remove_many(Services& s, Call& call, DeleteMany p) {
  if (p.terminal_ids.empty() && p.tag.empty() && !p.exited && !p.all) {
    co_return Error(Errc::invalid_params, "Say which: terminal_ids, tag, exited or all.", "terminal_ids");
  }
  DeletedMany out;
  std::vector<std::shared_ptr<session::Session>> chosen;
  for (const auto& id : p.terminal_ids) {
    auto found = find_terminal(s, call, id);
    if (found) {
      chosen.push_back(*found);
    } else {
      out.missing.push_back(id);
    }
  }
  for (const auto& session : s.registry->list(call.caller.owner)) {
    const auto& tags = session->meta().tags;
    const bool tagged = !p.tag.empty() && std::find(tags.begin(), tags.end(), p.tag) != tags.end();
    if (p.all || tagged || (p.exited && !session->alive())) chosen.push_back(session);
  }
  for (const auto& session : chosen) {
    if (std::find(out.closed.begin(), out.closed.end(), session->id()) != out.closed.end()) continue;
    out.closed.push_back(session->id());
    close(s, call, session);
  }
  co_return out;
}

}  // namespace

void add_upkeep_methods(Registrar& table) {
  table.call("terminal.delete", remove,
             {.http = {"DELETE", "/api/agent/terminals/{terminal_id}"},
              .scope = Scope::exec,
              .extra = rpc::Extra::ignore,
              .about = "Ends the program (SIGHUP, then SIGTERM, then SIGKILL) and forgets the terminal. With `signal` "
                       "the program gets that first, and a moment to end by it.",
              .mutates = true});
  table.call("terminal.delete_many", remove_many,
             {.http = {"POST", "/api/agent/terminals/delete"},
              .scope = Scope::exec,
              .about = "Closes several terminals at once: those named, those with a label, those whose program has "
                       "ended, or all.",
              .example = R"({"tag": "build", "exited": true})",
              .mutates = true});
  table.call("terminal.stats", stats,
             {.http = {"GET", "/api/agent/terminals/{terminal_id}/stats"},
              .scope = Scope::read,
              .about = "How much a terminal has printed and still keeps: bytes, rows, tokens, and how fast it comes. "
                       "Look here before reading all of it.",
              .example = R"({"terminal_id": "k3x9w2m8q1zz", "measure_ms": 1000})"});
}

}  // namespace duotty::api
