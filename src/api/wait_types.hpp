#pragma once
// Parameters and results of the methods that wait.
#include <map>

#include "terminal_types.hpp"

namespace duotty::api {

/// What a wait may end at; the same for one terminal and for many.
struct WaitConditions {
  std::optional<double> idle_ms;
  std::optional<std::string> pattern;
  bool prompt = false;
  bool exit = false;
  double max_wait_ms = 30000;
};

template <class T>
constexpr auto condition_fields() {
  return std::tuple{
      field("idle_ms", &T::idle_ms, "Until no output for this long.").range(0, 3600000),
      field("pattern", &T::pattern, "Until this RE2 pattern matches a line of new output.").range(1, 4096),
      field("prompt", &T::prompt, "Until the shell is back at its prompt (needs integration)."),
      field("exit", &T::exit, "Until the program ends."),
      field("max_wait_ms", &T::max_wait_ms, "Longest wait.").range(0, 3600000)};
}

struct TerminalWait : WaitConditions {
  std::string terminal_id;
  std::optional<std::int64_t> since;
  std::optional<std::int64_t> last_generation;
  bool fresh = false;
  static constexpr auto fields() {
    using T = TerminalWait;
    return std::tuple_cat(
        std::tuple{field("terminal_id", &T::terminal_id, "Id or name of the terminal.").required().range(1, 64)},
        condition_fields<T>(),
        std::tuple{field("since", &T::since, "Offset from which output counts as new; default: now."),
                   field("last_generation", &T::last_generation,
                         "For idle_ms: the generation of an earlier answer; waits until something has changed since."),
                   field("fresh", &T::fresh, "For idle_ms: something must change after this call.")});
  }
};

struct WaitResult {
  std::string reason;
  std::int64_t generation = 0;
  std::int64_t offset = 0;
  std::string text;
  std::optional<std::string> match;
  std::optional<int> exit_code;
  bool alive = true;
};

template <class T>
constexpr auto waited_fields() {
  return std::tuple{
      field("reason", &T::reason, "Which condition held.").one_of("idle", "pattern", "prompt", "exit", "timeout"),
      field("generation", &T::generation, "Generation of the screen now."),
      field("offset", &T::offset, "Offset of the output now."),
      field("text", &T::text, "Output since the wait began (or since `since`)."),
      field("match", &T::match, "The line that matched.").omit_empty(),
      field("exit_code", &T::exit_code, "Exit code of the command or program that ended.").omit_empty(),
      field("alive", &T::alive, "Whether the program runs.")};
}

struct WaitedResult : WaitResult {
  static constexpr auto fields() { return waited_fields<WaitedResult>(); }
};

struct WaitAny : WaitConditions {
  std::vector<std::string> terminal_ids;
  std::string tag;
  std::optional<std::map<std::string, std::int64_t>> since;
  std::optional<std::map<std::string, std::int64_t>> last_generation;
  bool fresh = false;
  static constexpr auto fields() {
    using T = WaitAny;
    return std::tuple_cat(
        std::tuple{field("terminal_ids", &T::terminal_ids, "Ids or names of the terminals.").range(0, 200),
                   field("tag", &T::tag, "All living terminals with this label.").range(0, 64)},
        condition_fields<T>(),
        std::tuple{
            field("since", &T::since,
                  "By terminal, as it is named in terminal_ids, or by its id: offset from which its output counts as "
                  "new; default: now."),
            field("last_generation", &T::last_generation,
                  "For idle_ms, by terminal: the generation of an earlier answer; one that is not named here waits for "
                  "nothing new."),
            field("fresh", &T::fresh, "For idle_ms: something must change after this call.")});
  }
};

struct WaitAnyResult : WaitResult {
  std::string terminal_id;
  static constexpr auto fields() {
    return std::tuple_cat(
        std::tuple{field("terminal_id", &WaitAnyResult::terminal_id, "The terminal whose condition held.")},
        waited_fields<WaitAnyResult>());
  }
};

struct TerminalIdle {
  std::string terminal_id;
  double idle_ms = 500;
  double max_wait_ms = 30000;
  std::optional<std::int64_t> last_generation;
  bool fresh = false;
  std::string format = "plain";
  static constexpr auto fields() {
    using T = TerminalIdle;
    return std::tuple{
        field("terminal_id", &T::terminal_id, "Id or name of the terminal.").required().range(1, 64),
        field("idle_ms", &T::idle_ms, "How long nothing must come.").range(0, 3600000),
        field("max_wait_ms", &T::max_wait_ms, "Longest wait.").range(0, 3600000),
        field("last_generation", &T::last_generation,
              "The generation of an earlier answer: waits until something has changed since."),
        field("fresh", &T::fresh, "Something must change after this call."),
        field("format", &T::format, "How the rows of the screen are given.").one_of("plain", "styled", "ansi", "html")};
  }
};

struct IdleResult {
  std::string reason;
  std::int64_t generation = 0;
  bool alive = true;
  ScreenResult screen;
  static constexpr auto fields() {
    using T = IdleResult;
    return std::tuple{
        field("reason", &T::reason, "idle, or why the wait ended without it.").one_of("idle", "exit", "timeout"),
        field("generation", &T::generation, "Generation of the screen now: the next last_generation."),
        field("alive", &T::alive, "Whether the program runs."),
        field("screen", &T::screen, "The screen as it has settled.")};
  }
};

}  // namespace duotty::api
