#pragma once
// The values that go in and out of a terminal session.
#include <chrono>
#include <cstdint>
#include <duotty/session/display_stream.hpp>
#include <duotty/session/size_policy.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace duotty::session {

/// What is known of a terminal besides its bytes. Kept by the keeper, so it outlives the worker.
struct Meta {
  std::string id;
  std::string name;            ///< unique when not empty
  std::string type = "local";  ///< or "ssh"
  std::string connection_id;   ///< ssh: the stored connection
  std::string host;            ///< ssh
  int port = 0;                ///< ssh
  std::string username;        ///< ssh
  std::string created_by;      ///< "user" or "agent:<client>"
  std::string owner;           ///< isolation label of the token that made it
  double created_at = 0;       ///< seconds since 1970
  double ttl_seconds = 0;      ///< 0: never
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

/// A connected host, on which a terminal's shell shall run.
struct RemoteHost {
  std::string connection_id;
  std::string host;
  int port = 22;
  std::string username;
  std::string socket;     ///< of the link
  std::string directory;  ///< to start in where nobody says otherwise
  std::vector<std::pair<std::string, std::string>> env;
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

/// Where an exec stands while it has not ended: the session tells, and is told. Notify Session::changed() after a
/// change.
struct ExecLive {
  bool withdrawn = false;         ///< told: do not type it any more
  bool background = false;        ///< told: its caller waits no longer, so that other execs do not wait for it either
  bool typed = false;             ///< its turn has come
  std::uint64_t seq = 0;          ///< number of its command once that has started, as far as that can be told
  std::function<void()> on_news;  ///< called when `typed` or `seq` has changed; may be empty
};

/// One command to run.
struct ExecCommand {
  enum class OnTimeout { nothing, interrupt, kill };
  /// What it waits for before it is typed, at most `timeout`.
  enum class Queue {
    execs,    ///< for other execs of this terminal that are not in the background; anything else that runs has a second
              ///< to end
    anybody,  ///< for whatever runs, and for the person
    nobody,   ///< what runs has a second to end, execs too
  };
  std::string text;
  std::optional<std::string> cwd;
  std::map<std::string, std::string> env;
  std::chrono::milliseconds timeout{30'000};
  OnTimeout on_timeout = OnTimeout::nothing;
  std::string by;  ///< who runs it, as CommandBlock::by
  std::optional<std::string> stdin_bytes;
  Queue queue = Queue::execs;
  bool to_its_end = false;         ///< `timeout` bounds only the wait for its turn, unless `on_timeout` acts
  std::shared_ptr<ExecLive> live;  ///< null: nobody looks
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
  std::string foreground;  ///< name of the program in the foreground of a terminal whose command has not ended
  /// The same program with what it does.
  struct Process {
    int pid = 0;
    std::string name;
    std::string state;    ///< running, sleeping, disk, stopped, zombie, or the kernel's letter
    bool reads = false;   ///< it or another process of its group waits in a read of the terminal
    bool nested = false;  ///< a shell of its own, or what shows one from elsewhere, whose prompt is on the screen
  };
  std::optional<Process> process;
};

/// Gets clean output of an exec while it runs, and the display offset behind it.
using ExecProgress = std::function<void(const std::string&, DisplayOffset)>;

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
