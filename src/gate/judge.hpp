#pragma once
// Walks the tree as a shell would: expands words as far as values are known, follows directories, variables and
// functions, takes wrappers off, and shows every program that would run to the rules.
#include <duotty/gate/gate.hpp>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "syntax.hpp"

namespace duotty::gate {

/// What stands in an expanded word for what is not known. Control characters of the text itself never get this far.
namespace mark {
constexpr char any = '\x01';    ///< some text
constexpr char unset = '\x02';  ///< the value of a variable that may not be set
constexpr char star = '\x03';   ///< an unquoted *
constexpr char one = '\x04';    ///< an unquoted ? or [...]
constexpr char open = '\x05';
constexpr char comma = '\x06';
constexpr char close = '\x07';
constexpr char split = '\x0b';  ///< where an unquoted value falls apart into words
}  // namespace mark

/// One word of a command after expansion.
struct Arg {
  std::string value;  ///< with marks
  std::string shown;  ///< as it was written
};
using Args = std::vector<Arg>;

/// What a shell knows at one point of the text.
struct State {
  std::string cwd;  ///< absolute, or empty when unknown
  std::map<std::string, std::string, std::less<>> variables;
  std::map<std::string, const List*, std::less<>> functions;
  std::size_t bytes = 0;  ///< of the values of `variables`

  /// What a copy costs.
  std::size_t weight() const noexcept { return 1 + variables.size() + functions.size() + bytes / 16; }
};

/// What comes in by a pipe or a redirection, or goes out of one.
struct Stream {
  std::optional<std::string> text;  ///< when it is known
  bool found = false;               ///< it stands for all that a search finds below these places
  bool fetched = false;             ///< it comes from the network
  bool opaque = false;              ///< it comes from a program whose output is not known
};

class Judge {
 public:
  Judge(const Context& context, std::size_t size);

  void script(std::string_view text, State& state, const Stream& in);
  /// A program with its arguments, wrappers and all.
  Stream program(std::span<const Arg> args, State& state, const Stream& in);
  void report(std::string_view rule, std::string_view word);

  State initial() const;
  const std::string& home() const noexcept { return context_.home; }
  Budget& budget() noexcept { return budget_; }
  /// True when nothing worse can be found or no work is left.
  bool done() const noexcept;
  const std::optional<Finding>& finding() const noexcept { return finding_; }

 private:
  // judge.cpp
  void list(const List& list, State& state, const Stream& in, Stream* out);
  Stream pipeline(const Pipeline& pipeline, State& state, const Stream& in);
  Stream command(const Command& command, State& state, Stream in);
  Stream simple(const Command& command, State& state, const Stream& in);
  void loop(const Command& command, State& state, const Stream& in, Stream* out);
  void define(const Command& command, State& state);
  void redirects(const Command& command, State& state, Stream& in);
  void assign(State& state, std::string_view name, std::string value);
  bool declare(std::span<const Arg> args, State& state);
  void read_names(std::span<const Arg> args, State& state, const Stream& in);
  std::optional<Stream> builtin(std::span<const Arg> args, State& state, const Stream& in);
  Stream call_function(const List& body, std::span<const Arg> args, State& state, const Stream& in);
  void change_directory(std::span<const Arg> args, State& state);

  // expand.cpp
  Args expand(const Word& word, State& state);
  std::string one_value(const Word& word, State& state);
  std::string value(const std::vector<Piece>& pieces, State& state);
  std::string variable(const Piece& piece, State& state);
  std::string tilde(const Piece& piece, const State& state) const;
  std::string substituted(const Piece& piece, State& state);
  std::optional<std::string> look_up(std::string_view name, const State& state) const;

  // unwrap.cpp
  bool unwrap(std::span<const Arg> args, State& state, const Stream& in, Stream& out);

  const Context& context_;
  Budget budget_;
  Tree tree_;
  std::optional<Finding> finding_;
  int loops_ = 0;  ///< loops that are being gone through
};

/// A program as the rules see it.
struct Call {
  std::string_view name;      ///< without its directory
  std::span<const Arg> args;  ///< all words, the program's first
  State& state;
  const Stream& in;
  Judge& judge;

  std::span<const Arg> rest() const { return args.subspan(1); }
  void report(std::string_view rule, std::string_view word) const { judge.report(rule, word); }
};

/// The last part of a path.
std::string_view base_name(std::string_view path) noexcept;
/// `value` with marks as something that can be shown.
std::string without_marks(std::string_view value);
/// True when `value` has a part that is not known.
bool is_open(std::string_view value) noexcept;
/// Words of `pieces` texts as arguments.
Args make_args(const std::vector<std::string>& words);

}  // namespace duotty::gate
