#pragma once
// Parameters and results of the methods that count what terminals hold and that end them.
#include "terminal_types.hpp"

namespace duotty::api {

struct TerminalDelete {
  std::string terminal_id;
  std::optional<std::string> signal;
  double grace_ms = 500;
  static constexpr auto fields() {
    using T = TerminalDelete;
    return std::tuple{
        field("terminal_id", &T::terminal_id, "Id or name of the terminal.").required().range(1, 64),
        field("signal", &T::signal,
              "Sent first to everything that runs in it: TERM, INT, KILL, ... (terminal.signal)."),
        field("grace_ms", &T::grace_ms, "With signal: how long the program may take to end by it.").range(0, 60000)};
  }
};

struct DeleteMany {
  std::vector<std::string> terminal_ids;
  std::string tag;
  bool exited = false;
  bool all = false;
  static constexpr auto fields() {
    using T = DeleteMany;
    return std::tuple{field("terminal_ids", &T::terminal_ids, "Ids or names of terminals.").range(0, 1000),
                      field("tag", &T::tag, "And all with this label.").range(0, 64),
                      field("exited", &T::exited, "And all whose program has ended."),
                      field("all", &T::all, "All that the caller may see.")};
  }
};

struct DeletedMany {
  std::vector<std::string> closed;
  std::vector<std::string> missing;
  static constexpr auto fields() {
    using T = DeletedMany;
    return std::tuple{field("closed", &T::closed, "Ids of the terminals that are closed now."),
                      field("missing", &T::missing, "What was named and is no terminal.")};
  }
};

struct TerminalStats {
  std::string terminal_id;
  double measure_ms = 0;
  static constexpr auto fields() {
    using T = TerminalStats;
    return std::tuple{field("terminal_id", &T::terminal_id, "Id or name of the terminal.").required().range(1, 64),
                      field("measure_ms", &T::measure_ms, "Watch for so long and say how fast output came meanwhile.")
                          .range(0, 60000)};
  }
};

struct StatsResult {
  std::string terminal_id;
  std::int64_t bytes = 0;
  std::int64_t lines = 0;
  std::int64_t kept_lines = 0;
  std::int64_t first_line = 0;
  std::int64_t end_line = 0;
  std::int64_t text_bytes = 0;
  std::int64_t tokens = 0;
  double age_seconds = 0;
  double idle_seconds = 0;
  double bytes_per_second = 0;
  double lines_per_second = 0;
  std::optional<double> recent_bytes_per_second;
  std::optional<double> recent_lines_per_second;
  bool alive = true;
  static constexpr auto fields() {
    using T = StatsResult;
    return std::tuple{
        field("terminal_id", &T::terminal_id, "The terminal."),
        field("bytes", &T::bytes, "Bytes of output so far."),
        field("lines", &T::lines, "Rows written so far, those no longer kept included."),
        field("kept_lines", &T::kept_lines, "Rows that can still be read."),
        field("first_line", &T::first_line, "Id of the oldest row kept."),
        field("end_line", &T::end_line, "Id after the last row that has been written."),
        field("text_bytes", &T::text_bytes, "Length of what is kept as plain text."),
        field("tokens", &T::tokens, "Estimate of the tokens of that text."),
        field("age_seconds", &T::age_seconds, "Since the terminal was made."),
        field("idle_seconds", &T::idle_seconds, "Since the last output, input or read."),
        field("bytes_per_second", &T::bytes_per_second, "Output over its whole life."),
        field("lines_per_second", &T::lines_per_second, "The same in rows."),
        field("recent_bytes_per_second", &T::recent_bytes_per_second, "With measure_ms: output meanwhile.")
            .omit_empty(),
        field("recent_lines_per_second", &T::recent_lines_per_second, "With measure_ms: rows meanwhile.").omit_empty(),
        field("alive", &T::alive, "Whether the program runs.")};
  }
};

}  // namespace duotty::api
