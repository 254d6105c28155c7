#pragma once
// Parameters and results of the methods about commands and their output.
#include <duotty/record/codec.hpp>

namespace duotty::api {

using record::field;
using Json = nlohmann::json;

/// One command as lists show it.
struct CommandInfo {
  std::string output_ref;
  std::string terminal_id;
  std::string terminal_name;
  std::int64_t seq = 0;
  std::string command;
  std::string cwd;
  std::string user;
  std::string host;
  std::string shell;
  std::string by;
  std::string started_at;
  double started = 0;
  std::optional<std::int64_t> duration_ms;
  std::optional<int> exit_code;
  std::optional<std::string> signal;
  std::string status;
  std::int64_t output_bytes = 0;
  bool alive = false;
  std::optional<std::string> found_in;
  std::optional<std::string> excerpt;
  static constexpr auto fields() {
    using T = CommandInfo;
    return std::tuple{
        field("output_ref", &T::output_ref, "Name of its output, for terminal.output."),
        field("terminal_id", &T::terminal_id, "Id of its terminal."),
        field("terminal_name", &T::terminal_name, "What the terminal was called then."),
        field("seq", &T::seq, "Its number in the terminal: 1, 2, ..."),
        field("command", &T::command, "Its text; empty when nobody could say."),
        field("cwd", &T::cwd, "Directory it was started in."),
        field("user", &T::user, "Account that ran it."),
        field("host", &T::host, "Machine that ran it."),
        field("shell", &T::shell, "Shell that ran it."),
        field("by", &T::by, "human, agent, agent:<name>, or ai: proposed by the AI and entered by a person."),
        field("started_at", &T::started_at, "When it started, local time."),
        field("started", &T::started, "The same in seconds since 1970."),
        field("duration_ms", &T::duration_ms, "How long it ran; null while it runs and when nobody saw its end."),
        field("exit_code", &T::exit_code, "Its true exit code; null when it is not known. Never guessed."),
        field("signal", &T::signal, "Signal that ended the shell with it.").omit_empty(),
        field("status", &T::status, "How it stands.").one_of("running", "completed", "shell_exited", "lost"),
        field("output_bytes", &T::output_bytes, "Length of its output as the program wrote it."),
        field("alive", &T::alive, "Whether its terminal is still there."),
        field("found_in", &T::found_in, "Where the words of `q` were found.").one_of("command", "output").omit_empty(),
        field("excerpt", &T::excerpt, "Found in the output: the line that has the first of the words, shortened.")
            .omit_empty()};
  }
};

struct CommandList {
  std::vector<CommandInfo> commands;
  std::optional<std::int64_t> next_before;
  static constexpr auto fields() {
    using T = CommandList;
    return std::tuple{
        field("commands", &T::commands, "Newest first."),
        field("next_before", &T::next_before, "There may be more: ask again with this as `before`.").omit_empty()};
  }
};

struct TerminalCommands {
  std::string terminal_id;
  std::string q;
  std::string in = "any";
  std::string status;
  bool failed = false;
  std::string by;
  std::optional<std::int64_t> before;
  int limit = 50;
  static constexpr auto fields() {
    using T = TerminalCommands;
    return std::tuple{
        field("terminal_id", &T::terminal_id, "Id or name of the terminal; the id also after it was closed.")
            .required()
            .range(1, 64),
        field("q", &T::q, "Words that must all occur, in any case of letters.").range(0, 1000),
        field("in", &T::in,
              "Where: in the command, in the output (its first 16 KiB, once the command has ended), or any.")
            .one_of("any", "command", "output"),
        field("status", &T::status, "Only commands that stand so.")
            .one_of("", "running", "completed", "shell_exited", "lost"),
        field("failed", &T::failed, "Only commands with an exit code other than 0."),
        field("by", &T::by, "Only commands of human, agent (any), agent:<name> or ai.").range(0, 128),
        field("before", &T::before, "Only commands with a smaller number than this.").range(0, 9e15),
        field("limit", &T::limit, "Most commands to return.").range(1, 500)};
  }
};

struct CommandsSearch {
  std::string q;
  std::string in = "any";
  std::string status;
  bool failed = false;
  std::string by;
  std::string cwd;
  std::optional<double> since;
  std::optional<double> until;
  std::optional<std::int64_t> before;
  int limit = 50;
  static constexpr auto fields() {
    using T = CommandsSearch;
    return std::tuple{
        field("q", &T::q, "Words that must all occur, in any case of letters.").range(0, 1000),
        field("in", &T::in,
              "Where: in the command, in the output (its first 16 KiB, once the command has ended), or any.")
            .one_of("any", "command", "output"),
        field("status", &T::status, "Only commands that stand so.")
            .one_of("", "running", "completed", "shell_exited", "lost"),
        field("failed", &T::failed, "Only commands with an exit code other than 0."),
        field("by", &T::by, "Only commands of human, agent (any), agent:<name> or ai.").range(0, 128),
        field("cwd", &T::cwd, "Only commands started in this directory or below it.").range(0, 4096),
        field("since", &T::since, "Started at or after, in seconds since 1970.").range(0, 1e11),
        field("until", &T::until, "Started before, in seconds since 1970.").range(0, 1e11),
        field("before", &T::before, "Go on: `next_before` of an earlier answer.").range(0, 9e15),
        field("limit", &T::limit, "Most commands to return.").range(1, 500)};
  }
};

struct CommandsDelete {
  std::string q;
  std::string terminal_id;
  std::optional<std::string> output_ref;
  std::optional<double> until;
  bool all = false;
  static constexpr auto fields() {
    using T = CommandsDelete;
    return std::tuple{field("q", &T::q, "Commands in which all these words occur.").range(0, 1000),
                      field("terminal_id", &T::terminal_id, "Commands of the terminal with this id.").range(0, 64),
                      field("output_ref", &T::output_ref, "This command.").range(0, 128),
                      field("until", &T::until, "Commands started before this, in seconds since 1970.").range(0, 1e11),
                      field("all", &T::all, "All commands; must be said when nothing else is.")};
  }
};

struct Deleted {
  std::int64_t deleted = 0;
  static constexpr auto fields() {
    return std::tuple{field("deleted", &Deleted::deleted, "How many commands were removed, with their output.")};
  }
};

struct TerminalOutput {
  std::optional<std::string> output_ref;
  std::string terminal_id;
  std::optional<std::int64_t> seq;
  std::int64_t offset = 0;
  int limit = 262144;
  std::optional<int> head;
  std::optional<int> tail;
  std::optional<std::string> pattern;
  int context = 0;
  bool case_insensitive = false;
  static constexpr auto fields() {
    using T = TerminalOutput;
    return std::tuple{
        field("output_ref", &T::output_ref, "Name of the output, from terminal.exec or a list of commands.")
            .range(1, 128),
        field("terminal_id", &T::terminal_id, "Instead: id or name of the terminal.").range(0, 64),
        field("seq", &T::seq, "With terminal_id: number of the command; without it the last one.").range(1, 9e15),
        field("offset", &T::offset, "Byte of the text to begin at.").range(0, 9e15),
        field("limit", &T::limit, "Most bytes of text to return.").range(1, 4194304),
        field("head", &T::head, "Instead of a range of bytes: so many lines from the beginning.").range(0, 100000),
        field("tail", &T::tail, "The same from the end; with head, both.").range(0, 100000),
        field("pattern", &T::pattern, "RE2 pattern: answers the matching lines as `grep`, and no text.").range(1, 4096),
        field("context", &T::context, "Lines around each match.").range(0, 100),
        field("case_insensitive", &T::case_insensitive, "Ignore case in the pattern.")};
  }
};

struct OutputResult {
  CommandInfo command;
  std::string text;
  std::int64_t offset = 0;
  std::optional<std::int64_t> next_offset;
  std::int64_t total_bytes = 0;
  std::int64_t total_lines = 0;
  bool truncated = false;
  std::int64_t omitted_bytes = 0;
  std::int64_t omitted_lines = 0;
  std::optional<Json> grep;
  static constexpr auto fields() {
    using T = OutputResult;
    return std::tuple{
        field("command", &T::command, "The command."),
        field("text", &T::text, "Its output, or the part that was asked for: no escape sequences, always UTF-8."),
        field("offset", &T::offset, "Where `text` begins in the whole text."),
        field("next_offset", &T::next_offset, "Where to go on; absent at the end.").omit_empty(),
        field("total_bytes", &T::total_bytes, "Length of the whole text."),
        field("total_lines", &T::total_lines, "Lines of the whole text."),
        field("truncated", &T::truncated, "Whether something of the whole output is not in `text`."),
        field("omitted_bytes", &T::omitted_bytes, "Bytes of the output that are no longer kept anywhere."),
        field("omitted_lines", &T::omitted_lines, "With head or tail: lines that were left out."),
        field("grep", &T::grep, "Matches of `pattern`: match_count, total_lines, matches.").omit_empty()};
  }
};

}  // namespace duotty::api
