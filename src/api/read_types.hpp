#pragma once
// Parameters and result of terminal.read.
#include <duotty/record/codec.hpp>

namespace duotty::api {

using record::field;

struct TerminalRead {
  std::string terminal_id;
  std::string mode = "full";
  int lines = 50;
  std::optional<std::int64_t> since;
  std::optional<std::string> output_ref;
  std::string reduce = "auto";
  std::string command;
  bool clean = true;
  int max_chars = 20000;
  double stable_ms = 0;
  double max_wait_ms = 10000;
  static constexpr auto fields() {
    using T = TerminalRead;
    return std::tuple{
        field("terminal_id", &T::terminal_id, "Id or name of the terminal.").required().range(1, 64),
        field("mode", &T::mode,
              "What is read: all that is kept, the first or last `lines`, both, what came since an earlier answer, the "
              "screen as it stands, or the output of one command (the last one, or `output_ref`).")
            .one_of("full", "head", "tail", "head_tail", "since", "screen", "block"),
        field("lines", &T::lines, "Lines for head, tail and each side of head_tail, before they are reduced.")
            .range(1, 100000),
        field("since", &T::since, "`next_read_from` of an earlier answer; alone it means mode since.").range(0, 9e15),
        field("output_ref", &T::output_ref, "With mode block: which command's output.").range(1, 128),
        field("reduce", &T::reduce, "auto by command and text, off, or the name of a reducer (docs/reads.md).")
            .range(0, 32),
        field("command", &T::command, "The command line that printed it, where the server cannot know.")
            .range(0, 16384),
        field("clean", &T::clean, "false: the bytes with their escape sequences, as they came; nothing is reduced."),
        field("max_chars", &T::max_chars, "Most bytes of `text`. Errors have the first claim on them.")
            .range(200, 1000000),
        field("stable_ms", &T::stable_ms, "Read only once nothing has come for this long.").range(0, 3600000),
        field("max_wait_ms", &T::max_wait_ms, "With stable_ms: longest wait.").range(0, 3600000)};
  }
};

/// Lines that were there and are not in `text`.
struct LeftOut {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::optional<std::int64_t> line;
  std::optional<std::int64_t> next_line;
  std::string what;
  static constexpr auto fields() {
    using T = LeftOut;
    return std::tuple{field("first", &T::first, "Number of the first of them among the lines read, from 1."),
                      field("last", &T::last, "Number of the last."),
                      field("line", &T::line, "Id of its first row, for terminal.scrollback.").omit_empty(),
                      field("next_line", &T::next_line, "Id after its last row.").omit_empty(),
                      field("what", &T::what, "What they are.")};
  }
};

struct ReadResult {
  std::string text;
  std::string mode;
  std::string reducer;
  std::int64_t total_lines = 0;
  std::int64_t lines_read = 0;
  std::int64_t lines_omitted = 0;
  std::int64_t errors = 0;
  std::int64_t errors_omitted = 0;
  std::int64_t raw_tokens = 0;
  std::int64_t tokens = 0;
  std::vector<LeftOut> omitted;
  std::optional<std::string> more;
  std::int64_t line = 0;
  std::int64_t next_read_from = 0;
  bool has_more = false;
  bool truncated = false;
  std::optional<std::string> command;
  std::optional<int> exit_code;
  std::optional<std::string> output_ref;
  std::optional<bool> stable;
  bool alive = true;
  std::int64_t generation = 0;
  static constexpr auto fields() {
    using T = ReadResult;
    return std::tuple{
        field("text", &T::text, "The text; its last line says in brackets what was left out."),
        field("mode", &T::mode, "What was read."),
        field("reducer", &T::reducer, "What made it short; off: nothing did."),
        field("total_lines", &T::total_lines, "Lines there are, wrapped ones counted once."),
        field("lines_read", &T::lines_read, "Lines of them that the mode chose."),
        field("lines_omitted", &T::lines_omitted, "Lines of these that `text` does not have."),
        field("errors", &T::errors, "Lines among those read that look like errors."),
        field("errors_omitted", &T::errors_omitted, "Of these, how many max_chars left no room for."),
        field("raw_tokens", &T::raw_tokens, "Estimate of the tokens of the lines read."),
        field("tokens", &T::tokens, "Estimate of the tokens of `text`."),
        field("omitted", &T::omitted, "Where lines were left out, at most 64 places."),
        field("more", &T::more, "How to get what was left out.").omit_empty(),
        field("line", &T::line, "Id of the first row read."),
        field("next_read_from", &T::next_read_from,
              "The `since` to go on from: the row after what was read, or that of an unfinished last line."),
        field("has_more", &T::has_more, "Whether there are finished lines from next_read_from on."),
        field("truncated", &T::truncated, "True when lines that were asked for are no longer kept."),
        field("command", &T::command, "With mode block: the command.").omit_empty(),
        field("exit_code", &T::exit_code, "With mode block: its exit code, when it is known.").omit_empty(),
        field("output_ref", &T::output_ref, "With mode block: name of its output, for terminal.output.").omit_empty(),
        field("stable", &T::stable, "With stable_ms: whether the output had settled in time.").omit_empty(),
        field("alive", &T::alive, "Whether the program runs."),
        field("generation", &T::generation, "Generation of the screen now.")};
  }
};

}  // namespace duotty::api
