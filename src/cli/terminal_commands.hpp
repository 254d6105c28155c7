#pragma once
// The commands that make, list, read and drive terminals. Each turns its options into calls of the method table and
// prints what comes back.
#include <cstdint>
#include <duotty/record/json_members.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "context.hpp"

namespace duotty::cli {

// Results are read forgivingly: older servers leave members out.
using record::flag_of;
using record::number_of;
using record::text_of;

struct Cell;

/// `duotty new`. Prints the id.
struct NewOptions {
  std::string name;
  std::string cwd;  ///< empty: the caller's directory on the same machine, else the server's default
  std::string shell;
  std::vector<std::string> env;  ///< K=V
  std::vector<std::string> tags;
  std::optional<int> cols;
  std::optional<int> rows;
  double ttl = 0;  ///< seconds; 0: never closed for being idle
  bool hidden = false;
  bool integration = true;
  bool force = false;
  std::string type = "local";
  std::string connection;
  std::vector<std::string> command;
};
Task<int> new_command(Context& context, Remote& remote, NewOptions options);

/// `duotty ls`.
struct ListOptions {
  bool names = false;  ///< one id or name a line, for scripts and completions
};
Task<int> list_command(Context& context, Remote& remote, ListOptions options);

/// `duotty send`.
struct SendOptions {
  std::string terminal;
  std::vector<std::string> keys;
  bool no_enter = false;
  bool enter = false;
  bool raw = false;
  bool wait = false;
  bool force = false;
  std::optional<double> timeout;  ///< seconds
  std::optional<double> idle;     ///< seconds
  std::vector<std::string> words;
};
Task<int> send_command(Context& context, Remote& remote, SendOptions options);

/// `duotty read`.
struct ReadOptions {
  std::string terminal;
  std::optional<std::int64_t> since;
  std::optional<std::size_t> tail;  ///< lines
  std::string pattern;
  int around = 0;  ///< lines of context
  bool ignore_case = false;
  bool raw = false;
  bool follow = false;
  std::string mode;        ///< of terminal.read; empty: the output as it is
  std::string reduce;      ///< a reducer's name
  std::string output_ref;  ///< which command's output
  std::optional<int> lines;
  std::optional<int> max_chars;
};
Task<int> read_command(Context& context, Remote& remote, ReadOptions options);

/// `duotty wait`.
struct WaitOptions {
  std::string terminal;
  std::optional<double> idle_ms;
  std::string pattern;
  bool prompt = false;
  bool exit = false;
  std::optional<std::int64_t> since;
  double timeout_ms = 30'000;
};
Task<int> wait_command(Context& context, Remote& remote, WaitOptions options);

/// `duotty screen`.
struct ScreenOptions {
  std::string terminal;
  std::string format = "plain";
};
Task<int> screen_command(Context& context, Remote& remote, ScreenOptions options);

/// `duotty close`. Goes on after a failure and returns the first one's status.
struct CloseOptions {
  std::vector<std::string> terminals;
};
Task<int> close_command(Context& context, Remote& remote, CloseOptions options);

/// The parameters of terminal.create. Error invalid_params for an entry of env without `=`.
base::Result<Json> create_params(const NewOptions& options, const Context& context);
/// K=V entries as an object. Error invalid_params.
base::Result<Json> env_object(const std::vector<std::string>& entries);
/// The last `lines` lines of `text`.
std::string last_lines(const std::string& text, std::size_t lines);
/// table() as wide and as colourful as the terminal is; whole and plain elsewhere.
void print_table(Context& context, const std::vector<std::string>& header, const std::vector<std::vector<Cell>>& rows);

}  // namespace duotty::cli
