#pragma once
// The values that go in and out of a terminal session.
#include <chrono>
#include <cstdint>
#include <duotty/session/display_stream.hpp>
#include <duotty/session/size_policy.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace duotty::session {

/// What is known of a terminal besides its bytes. Kept by the keeper, so it outlives the worker.
struct Meta {
  std::string id;
  std::string name;  ///< unique when not empty
  std::string type = "local";
  std::string created_by;  ///< "user" or "agent:<client>"
  std::string owner;       ///< isolation label of the token that made it
  double created_at = 0;   ///< seconds since 1970
  double ttl_seconds = 0;  ///< 0: never
  bool user_visible = true;
  bool transient = false;
  std::vector<std::string> tags;
  std::string shell;       ///< program that was started
  std::string epoch;       ///< random word; offsets are comparable while it is the same
  std::string nonce;       ///< secret of the shell's marks; never leaves the worker and keeper
  std::string script_dir;  ///< private directory for rc files and exec scripts; empty: none
  bool integration_planned = false;
  bool ask_enabled = true;
  SizePolicy size_policy = SizePolicy::active;
  int cols = 80;
  int rows = 24;
};

/// Meta as bytes for the keeper, and back. Unknown members are ignored, missing ones keep their defaults.
std::string encode_meta(const Meta& meta);
std::optional<Meta> decode_meta(std::string_view bytes);

/// Who types.
enum class InputBy {
  person,  ///< a viewer's keyboard
  agent,   ///< API input or exec
  ai,      ///< the prefill of a `#` answer
  reply,   ///< the terminal answers a query; goes first, never waits
};

/// Where the shell is, as far as its marks tell.
enum class ShellState { unknown, prompt, running, exited };
std::string_view name(ShellState state) noexcept;

/// A piece of the display stream.
struct OutputRange {
  std::string bytes;
  DisplayOffset begin = 0;
  DisplayOffset end = 0;
  bool truncated = false;  ///< output before `begin` was asked for but is no longer kept
};

/// One command to run.
struct ExecCommand {
  enum class OnTimeout { nothing, interrupt, kill };
  std::string text;
  std::optional<std::string> cwd;
  std::map<std::string, std::string> env;
  std::chrono::milliseconds timeout{30'000};
  OnTimeout on_timeout = OnTimeout::nothing;
  std::string by;  ///< who runs it, as CommandBlock::by
  /// Asked with the shell's directory when the command is about to be typed; false answers `rejected`, `destructive`.
  std::function<bool(const std::string& cwd)> allow;
};

/// Who would get a line that was entered now.
struct LineReader {
  enum class Kind {
    shell,     ///< the terminal's shell
    program,   ///< the program in the foreground
    password,  ///< one that reads without echo
  };
  Kind kind = Kind::shell;
  std::string program;    ///< its name, when it is not the shell
  bool by_lines = false;  ///< the program leaves editing to the terminal; what it does not read, the shell gets
  std::string shown;      ///< what stands on the shell's input line, as the screen shows it
};

/// How it went. `status` is one of api.md's words.
struct ExecOutcome {
  std::string status;
  std::optional<int> exit_code;
  std::string exit_source = "unknown";
  std::optional<std::string> signal;
  std::string output;
  std::optional<std::string> cwd;
  std::chrono::milliseconds duration{0};
  bool truncated = false;
  std::uint64_t omitted_bytes = 0;
  std::uint64_t total_bytes = 0;
  std::uint64_t seq = 0;  ///< number of the command in its terminal; 0 when none started
  DisplayOffset size = 0;
  bool alive = true;
  std::string reason;
  struct Awaiting {
    std::string kind;
    std::string prompt_text;
    bool echo = true;
  };
  std::optional<Awaiting> awaiting;
  std::string foreground;
};

/// What to wait for; the first that comes true ends the wait.
struct WaitFor {
  std::optional<std::chrono::milliseconds> idle;
  std::optional<std::string> pattern;  ///< RE2
  bool prompt = false;
  bool exit = false;
  bool need_output = false;  ///< idle counts only after some output; without any the reason is no_output
  std::optional<DisplayOffset> since;
  std::optional<std::uint64_t> last_generation;
  std::chrono::milliseconds max_wait{30'000};
};

struct Waited {
  std::string reason;  ///< idle, pattern, prompt, exit, timeout, no_output
  std::uint64_t generation = 0;
  DisplayOffset begin = 0;
  DisplayOffset offset = 0;
  std::string text;
  std::optional<std::string> match;
  std::optional<int> exit_code;
  bool alive = true;
};

/// The last command that ran, for the AI's context.
struct CommandRecord {
  std::string command;
  std::string cwd;
  std::optional<int> exit_code;
  std::chrono::milliseconds duration{0};
  std::string output;  ///< plain text, head and tail
};

}  // namespace duotty::session
