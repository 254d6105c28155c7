#pragma once
// What surrounds one run of the command line: variables, directory, the streams a person sees. Values, so that tests
// can make any surroundings.
#include <duotty/base/error.hpp>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace duotty::cli {

struct Environment {
  std::map<std::string, std::string> variables;
  std::string cwd;
  bool in_is_tty = false;
  bool out_is_tty = false;
  int columns = 80;  ///< of the terminal standard output is

  /// Empty when unset.
  std::string get(const std::string& name) const;
  /// Colours are for terminals, and not when NO_COLOR is set (no-color.org) or TERM is "dumb".
  bool wants_colour() const;
};

/// The surroundings of this process.
Environment process_environment();

/// Standard output and standard error. Remembers when nobody reads standard output any more.
class Console {
 public:
  /// Takes everything or returns false.
  using Write = std::function<bool(std::string_view)>;

  Console(Write out, Write err) : out_(std::move(out)), err_(std::move(err)) {}

  void out(std::string_view text);
  void out_line(std::string_view text);
  void err(std::string_view text) { err_(text); }
  /// "duotty: <text>" and a newline on standard error; control characters in it are made visible.
  void note(std::string_view text);

  bool broken() const noexcept { return broken_; }
  /// Called once, at the first write that fails.
  void when_broken(std::function<void()> call) { when_broken_ = std::move(call); }

 private:
  Write out_;
  Write err_;
  std::function<void()> when_broken_;
  bool broken_ = false;
};

/// Everything that standard input has. Errors: io, too_large (beyond 8 MiB).
base::Result<std::string> read_standard_input();

}  // namespace duotty::cli
