#pragma once
// Parameters and results of the terminal methods. Names, defaults and null-ness of the older fields are WinkTerm's.
#include <duotty/record/codec.hpp>

#include "styled_rows.hpp"

namespace duotty::api {

using record::field;
using record::Json;

struct TerminalId {
  std::string terminal_id;
  static constexpr auto fields() {
    return std::tuple{
        field("terminal_id", &TerminalId::terminal_id, "Id or name of the terminal.").required().range(1, 64)};
  }
};

struct TerminalInfo {
  std::string id;
  std::string type = "local";
  std::optional<std::string> connection_id;
  std::string title;
  std::string name;
  std::optional<std::string> host;
  std::optional<int> port;
  std::optional<std::string> username;
  std::optional<std::string> cwd;
  int cols = 80;
  int rows = 24;
  bool alive = true;
  std::string created_at;
  std::string created_by;
  bool user_visible = true;
  bool transient = false;
  bool is_user_active = false;
  std::int64_t size = 0;
  double idle_seconds = 0;
  double ttl_seconds = 0;
  std::optional<std::string> last_user_input_at;
  std::string last_command;
  std::vector<std::string> tags;
  std::optional<int> exit_code;
  std::optional<std::string> exit_signal;
  std::int64_t pid = 0;
  std::string shell;
  std::string state;
  bool integration = false;
  std::string size_policy;
  std::string epoch;
  int viewers = 0;
  std::int64_t generation = 0;
  static constexpr auto fields() {
    using T = TerminalInfo;
    return std::tuple{
        field("id", &T::id, "12 characters, never reused."),
        field("type", &T::type, "\"local\" or \"ssh\"."),
        field("connection_id", &T::connection_id, "SSH connection, null for local terminals."),
        field("title", &T::title, "Title that the program set."),
        field("name", &T::name, "Name given by a person or agent; unique when not empty."),
        field("host", &T::host, "SSH host, null for local terminals."),
        field("port", &T::port, "SSH port, null for local terminals."),
        field("username", &T::username, "SSH user, null for local terminals."),
        field("cwd", &T::cwd, "Working directory of the shell, when known."),
        field("cols", &T::cols, "Columns."),
        field("rows", &T::rows, "Rows."),
        field("alive", &T::alive, "False once the program has ended."),
        field("created_at", &T::created_at, "ISO 8601, local time of the server."),
        field("created_by", &T::created_by, "\"user\" or \"agent:<client>\"."),
        field("user_visible", &T::user_visible, "Shown as a tab in the browser."),
        field("transient", &T::transient, "A short-lived helper terminal."),
        field("is_user_active", &T::is_user_active, "The terminal the person used last."),
        field("size", &T::size, "Bytes of output so far: the offset that `since` continues from."),
        field("idle_seconds", &T::idle_seconds, "Seconds since the last output, input or read."),
        field("ttl_seconds", &T::ttl_seconds, "Closed after this many idle seconds; 0 means never."),
        field("last_user_input_at", &T::last_user_input_at, "When a person typed last, or null."),
        field("last_command", &T::last_command, "Last command line the shell accepted, when integration knows it."),
        field("tags", &T::tags, "Labels."),
        field("exit_code", &T::exit_code, "Exit status once the program has ended by itself."),
        field("exit_signal", &T::exit_signal, "Signal that ended the program."),
        field("pid", &T::pid, "Process id of the shell."),
        field("shell", &T::shell, "Program that was started."),
        field("state", &T::state, "What the shell is doing.").one_of("prompt", "running", "unknown", "exited"),
        field("integration", &T::integration, "Whether shell integration is active, so that exit codes are exact."),
        field("size_policy", &T::size_policy, "Who decides the size.").one_of("active", "smallest", "largest", "fixed"),
        field("epoch", &T::epoch, "Word made with the terminal; offsets are comparable while it is the same."),
        field("viewers", &T::viewers, "Attached viewers."),
        field("generation", &T::generation, "Grows with every change of the screen.")};
  }
};

struct TerminalCreate {
  std::string type = "local";
  std::optional<std::string> connection_id;
  int cols = 120;
  int rows = 40;
  std::string name;
  double ttl_seconds = 1800;
  bool user_visible = true;
  bool transient = false;
  std::string created_by;
  std::optional<std::string> cwd;
  std::map<std::string, std::string> env;
  std::optional<std::string> shell;
  std::vector<std::string> command;
  std::vector<std::string> tags;
  bool integration = true;
  bool force = false;
  static constexpr auto fields() {
    using T = TerminalCreate;
    return std::tuple{
        field("type", &T::type, "\"local\" or \"ssh\"; follows from `connection_id`.").one_of("local", "ssh"),
        field("connection_id", &T::connection_id,
              "Stored SSH connection to start it on, by id, title or host; needs the scope `ssh` as well."),
        field("cols", &T::cols, "Columns.").range(1, 1000),
        field("rows", &T::rows, "Rows.").range(1, 1000),
        field("name", &T::name, "Unique name: letters, digits, '.', '_', '-'; other text is kept as a label."),
        field("ttl_seconds", &T::ttl_seconds, "Close after this many idle seconds; 0 or less means never."),
        field("user_visible", &T::user_visible, "Show it as a tab in the browser."),
        field("transient", &T::transient, "A short-lived helper terminal: no tab."),
        field("created_by", &T::created_by,
              "Label of the client; default \"user\" for a person, the name of an MCP client behind \"agent:\", "
              "\"agent:ws\" over the WebSocket, else \"agent:external\".")
            .range(0, 128),
        field("cwd", &T::cwd, "Directory to start in; default the home directory there."),
        field("env", &T::env, "Extra environment variables of the shell.").range(0, 256),
        field("shell", &T::shell, "Shell to start instead of $SHELL."),
        field("command", &T::command, "Program and arguments to run instead of a shell.").range(0, 1024),
        field("tags", &T::tags, "Labels.").range(0, 32),
        field("integration", &T::integration, "Install shell integration where the shell is known."),
        field("force", &T::force, "Run `command` even if it is destructive; needs the scope `force`.")};
  }
};

struct TerminalList {
  std::vector<TerminalInfo> terminals;
  static constexpr auto fields() { return std::tuple{field("terminals", &TerminalList::terminals, "All terminals.")}; }
};

struct TerminalUpdate {
  std::string terminal_id;
  std::optional<std::string> name;
  std::optional<std::vector<std::string>> tags;
  std::optional<double> ttl_seconds;
  std::optional<bool> user_visible;
  std::optional<std::string> size_policy;
  static constexpr auto fields() {
    using T = TerminalUpdate;
    return std::tuple{field("terminal_id", &T::terminal_id, "Id or name of the terminal.").required().range(1, 64),
                      field("name", &T::name, "New name; empty removes it."),
                      field("tags", &T::tags, "New labels, replacing the old ones."),
                      field("ttl_seconds", &T::ttl_seconds, "New idle limit; 0 means never."),
                      field("user_visible", &T::user_visible, "Show or hide its tab."),
                      field("size_policy", &T::size_policy, "active, smallest, largest or fixed.")};
  }
};

struct Success {
  bool success = true;
  static constexpr auto fields() { return std::tuple{field("success", &Success::success, "Always true.")}; }
};

/// What the gate found in a command (docs/security.md).
struct GateNote {
  std::string rule;
  std::string level;
  std::string word;
  std::string message;
  static constexpr auto fields() {
    using T = GateNote;
    return std::tuple{field("rule", &T::rule, "Id of the rule."),
                      field("level", &T::level, "How grave it is.").one_of("caution", "destructive"),
                      field("word", &T::word, "The word it hangs on, as it was written."),
                      field("message", &T::message, "What it would do, why it is stopped, and how to go on.")};
  }
};

struct TerminalInput {
  std::string terminal_id;
  std::string data;
  std::optional<std::string> data_b64;
  std::optional<std::vector<std::string>> keys;
  bool enter = true;
  bool wait = false;
  double timeout = 10.0;
  double idle = 0.6;
  bool strip_echo = false;
  bool raw = false;
  bool force = false;
  static constexpr auto fields() {
    using T = TerminalInput;
    return std::tuple{
        field("terminal_id", &T::terminal_id, "Id or name of the terminal.").required().range(1, 64),
        field("data", &T::data, "Text to type."),
        field("data_b64", &T::data_b64, "Text to type as base64, after `data`."),
        field("keys", &T::keys, "Named keys to press first: ctrl+c, up, tab, f5 and so on.").range(0, 1024),
        field("enter", &T::enter, "Press Enter at the end."),
        field("wait", &T::wait, "Answer when the output has settled."),
        field("timeout", &T::timeout, "Longest wait in seconds.").range(0, 86400),
        field("idle", &T::idle, "Seconds without output that count as settled.").range(0, 3600),
        field("strip_echo", &T::strip_echo, "Leave the echoed input out of the answer."),
        field("raw", &T::raw, "Send control characters in the text as they are."),
        field("force", &T::force, "Enter it even if it is destructive; needs the scope `force`.")};
  }
};

struct InputResult {
  bool ok = true;
  std::int64_t since = 0;
  std::optional<std::string> output;
  std::optional<std::int64_t> size;
  std::optional<bool> alive;
  std::optional<std::string> reason;
  std::optional<GateNote> gate;
  static constexpr auto fields() {
    using T = InputResult;
    return std::tuple{field("ok", &T::ok, "Always true."),
                      field("since", &T::since, "Offset of the output before the input was sent."),
                      field("output", &T::output, "New output as plain text (with wait).").omit_empty(),
                      field("size", &T::size, "Offset after it (with wait).").omit_empty(),
                      field("alive", &T::alive, "Whether the program runs (with wait).").omit_empty(),
                      field("reason", &T::reason, "idle, timeout or no_output (with wait).").omit_empty(),
                      field("gate", &T::gate, "What is to be said about the command that was entered.").omit_empty()};
  }
};

struct TerminalExec {
  std::string terminal_id;
  std::string command;
  std::optional<std::string> command_b64;
  double timeout = 30.0;
  double idle = 0.3;
  std::optional<std::string> cwd;
  std::optional<std::map<std::string, std::string>> env;
  std::string on_timeout = "none";
  std::optional<std::string> stdin_b64;
  std::optional<bool> queue;
  std::optional<double> background_after;
  bool isolated = false;
  bool force = false;
  static constexpr auto fields() {
    using T = TerminalExec;
    return std::tuple{field("terminal_id", &T::terminal_id, "Id or name of the terminal.").required().range(1, 64),
                      field("command", &T::command, "Shell text to run; may have several lines."),
                      field("command_b64", &T::command_b64, "Shell text as base64, after `command`."),
                      field("timeout", &T::timeout, "Stop waiting after this many seconds; the command keeps running.")
                          .range(0, 86400),
                      field("idle", &T::idle, "Kept for older clients; not used.").range(0, 3600),
                      field("cwd", &T::cwd, "Directory for this command only."),
                      field("env", &T::env, "Environment variables for this command only."),
                      field("on_timeout", &T::on_timeout,
                            "What to do with the command at the timeout: interrupt presses Ctrl-C, kill also kills "
                            "what does not end by it.")
                          .one_of("none", "interrupt", "kill"),
                      field("stdin_b64", &T::stdin_b64, "What the command reads as standard input, as base64."),
                      field("queue", &T::queue,
                            "Whether to wait, up to the timeout, for what runs in the terminal: true for anything, "
                            "false for nothing; else for other execs only."),
                      field("background_after", &T::background_after,
                            "Answer after so many seconds with a `job_id`; the command goes on as a job.")
                          .range(0, 86400),
                      field("isolated", &T::isolated,
                            "Run it in a fresh terminal beside this one, which is closed when the command has ended."),
                      field("force", &T::force, "Run it even if it is destructive; needs the scope `force`.")};
  }
};

struct Awaiting {
  std::string kind;
  std::string prompt_text;
  bool echo = true;
  static constexpr auto fields() {
    using T = Awaiting;
    return std::tuple{field("kind", &T::kind, "line, password or tui."),
                      field("prompt_text", &T::prompt_text, "Last line on the screen."),
                      field("echo", &T::echo, "Whether typed text is shown.")};
  }
};

struct ForegroundProcess {
  int pid = 0;
  std::string name;
  std::string state;
  bool reads = false;
  bool nested = false;
  static constexpr auto fields() {
    using T = ForegroundProcess;
    return std::tuple{field("pid", &T::pid, "Its process id."), field("name", &T::name, "Its name."),
                      field("state", &T::state, "running, sleeping, disk, stopped or zombie."),
                      field("reads", &T::reads, "Whether it waits for input from the terminal."),
                      field("nested", &T::nested,
                            "Whether it is a shell inside the shell, or shows one from elsewhere (ssh, sudo, docker), "
                            "and waits at its prompt: nothing tells where its commands end.")};
  }
};

struct ExecResult {
  bool ok = false;
  std::string status;
  std::optional<int> exit_code;
  std::string exit_source = "unknown";
  std::optional<std::string> signal;
  std::string stdout_text;
  std::optional<std::string> cwd;
  std::int64_t duration_ms = 0;
  bool truncated = false;
  std::int64_t omitted_bytes = 0;
  std::int64_t total_bytes = 0;
  std::int64_t size = 0;
  bool alive = true;
  std::optional<std::string> reason;
  std::optional<Awaiting> awaiting;
  std::optional<std::string> foreground;
  std::optional<ForegroundProcess> process;
  std::optional<std::string> job_id;
  std::optional<std::string> terminal_id;
  std::optional<GateNote> gate;
  std::optional<std::int64_t> seq;
  std::optional<std::string> output_ref;
  static constexpr auto fields() {
    using T = ExecResult;
    return std::tuple{
        field("ok", &T::ok, "True when the command ran to its end, whatever its exit code."),
        field("status", &T::status, "How it went.")
            .one_of("completed", "running", "awaiting_input", "not_started", "incomplete", "shell_exited", "rejected",
                    "idle", "timeout"),
        field("exit_code", &T::exit_code, "The command's true exit code; null when it is not known. Never guessed."),
        field("exit_source", &T::exit_source, "mark, wait, signal or unknown."),
        field("signal", &T::signal, "Signal that ended the shell.").omit_empty(),
        field("stdout", &T::stdout_text, "What the command printed: no echo, no prompt, no escape sequences."),
        field("cwd", &T::cwd, "Working directory of the shell afterwards."),
        field("duration_ms", &T::duration_ms, "From Enter to the end."),
        field("truncated", &T::truncated, "Whether the middle of a very long output was left out."),
        field("omitted_bytes", &T::omitted_bytes, "How much was left out."),
        field("total_bytes", &T::total_bytes, "Length of the whole output."),
        field("size", &T::size, "Offset of the terminal's output afterwards."),
        field("alive", &T::alive, "Whether the shell still runs."),
        field("reason", &T::reason,
              "Why ok is false: timeout, background, busy, nested, empty_command, destructive, ...")
            .omit_empty(),
        field("awaiting", &T::awaiting, "What the running command waits for, when it reads the keyboard.").omit_empty(),
        field("foreground", &T::foreground, "Program in the foreground when the command has not ended.").omit_empty(),
        field("process", &T::process, "The same program with what it does.").omit_empty(),
        field("job_id", &T::job_id, "The job that the command has become (background_after, isolated).").omit_empty(),
        field("terminal_id", &T::terminal_id, "The fresh terminal it ran in (isolated).").omit_empty(),
        field("seq", &T::seq, "Number of the command in its terminal, as terminal.commands has it.").omit_empty(),
        field("output_ref", &T::output_ref, "Name of the output: terminal.output gives all of it, or parts.")
            .omit_empty(),
        field("gate", &T::gate, "What is to be said about the command; with `rejected`, why.").omit_empty()};
  }
};

struct TerminalSnapshot {
  std::string terminal_id;
  std::optional<std::int64_t> since;
  bool strip_ansi = true;
  std::optional<std::string> pattern;
  int context = 0;
  bool case_insensitive = false;
  static constexpr auto fields() {
    using T = TerminalSnapshot;
    return std::tuple{field("terminal_id", &T::terminal_id, "Id or name of the terminal.").required().range(1, 64),
                      field("since", &T::since, "Only output after this offset (the `size` of an earlier answer)."),
                      field("strip_ansi", &T::strip_ansi, "Plain text; false keeps escape sequences."),
                      field("pattern", &T::pattern, "RE2 pattern: adds the matching lines as `grep`.").range(0, 4096),
                      field("context", &T::context, "Lines around each match.").range(0, 20),
                      field("case_insensitive", &T::case_insensitive, "Ignore case in the pattern.")};
  }
};

struct SnapshotResult {
  std::string output;
  std::int64_t size = 0;
  bool truncated = false;
  bool alive = true;
  std::optional<Json> grep;
  static constexpr auto fields() {
    using T = SnapshotResult;
    return std::tuple{field("output", &T::output, "The retained output, or what came after `since`."),
                      field("size", &T::size, "Offset of its end: the next `since`."),
                      field("truncated", &T::truncated, "True when output at `since` is no longer kept."),
                      field("alive", &T::alive, "Whether the program runs."),
                      field("grep", &T::grep, "Matches of `pattern`: match_count, total_lines, matches.").omit_empty()};
  }
};

struct TerminalStream {
  std::string terminal_id;
  std::int64_t since = 0;
  bool strip_ansi = true;
  static constexpr auto fields() {
    using T = TerminalStream;
    return std::tuple{field("terminal_id", &T::terminal_id, "Id or name of the terminal.").required().range(1, 64),
                      field("since", &T::since, "Offset to start from; Last-Event-ID wins.").range(0, 9e15),
                      field("strip_ansi", &T::strip_ansi, "Plain text; false keeps escape sequences.")};
  }
};

struct StreamItem {
  std::string text;
  std::int64_t size = 0;
  static constexpr auto fields() {
    return std::tuple{field("text", &StreamItem::text, "New output."),
                      field("size", &StreamItem::size, "Offset after it; also the item's id.")};
  }
};

struct TerminalScreen {
  std::string terminal_id;
  std::string format = "plain";
  static constexpr auto fields() {
    using T = TerminalScreen;
    return std::tuple{field("terminal_id", &T::terminal_id, "Id or name of the terminal.").required().range(1, 64),
                      field("format", &T::format, "How rows are given.").one_of("plain", "styled", "ansi", "html")};
  }
};

struct ScreenResult {
  std::vector<std::string> lines;
  std::optional<std::vector<StyledLine>> styled;
  std::string text;
  int cols = 0;
  int rows = 0;
  int cursor_row = 0;
  int cursor_col = 0;
  bool cursor_visible = true;
  bool alternate_screen = false;
  std::string title;
  std::int64_t generation = 0;
  std::int64_t size = 0;
  static constexpr auto fields() {
    using T = ScreenResult;
    return std::tuple{field("lines", &T::lines, "One entry a row, trailing blanks removed."),
                      field("styled", &T::styled, "With format styled: the rows with their looks.").omit_empty(),
                      field("text", &T::text, "The rows joined by newlines."),
                      field("cols", &T::cols, "Columns."),
                      field("rows", &T::rows, "Rows."),
                      field("cursor_row", &T::cursor_row, "Cursor row, from 0."),
                      field("cursor_col", &T::cursor_col, "Cursor column, from 0."),
                      field("cursor_visible", &T::cursor_visible, "Whether the cursor shows."),
                      field("alternate_screen", &T::alternate_screen, "True in full-screen programs."),
                      field("title", &T::title, "Title that the program set."),
                      field("generation", &T::generation, "Grows with every change."),
                      field("size", &T::size, "Offset of the output that this screen has seen.")};
  }
};

struct TerminalResize {
  std::string terminal_id;
  int cols = 0;
  int rows = 0;
  static constexpr auto fields() {
    using T = TerminalResize;
    return std::tuple{field("terminal_id", &T::terminal_id, "Id or name of the terminal.").required().range(1, 64),
                      field("cols", &T::cols, "Columns.").required().range(1, 1000),
                      field("rows", &T::rows, "Rows.").required().range(1, 1000)};
  }
};

struct TerminalSignal {
  std::string terminal_id;
  std::string signal = "INT";
  std::string to = "foreground";
  static constexpr auto fields() {
    using T = TerminalSignal;
    return std::tuple{
        field("terminal_id", &T::terminal_id, "Id or name of the terminal.").required().range(1, 64),
        field("signal", &T::signal, "INT, TERM, KILL, HUP, QUIT, TSTP, CONT, USR1 or USR2, with or without SIG.")
            .required(),
        field("to", &T::to, "The foreground job, the shell's own group, or everything in the session.")
            .one_of("foreground", "group", "tree")};
  }
};

}  // namespace duotty::api
