#pragma once
// The seat belt for text that agents and models send to a shell: what a command line would do is read from its grammar,
// and what would destroy more than one could have meant is named. Pure: no I/O, no clock; the directory, the home and
// the variables that are known come in as values. It stops mistakes, not an adversary (docs/security.md).
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::gate {

/// What is to be done about a command.
enum class Level : std::uint8_t {
  caution,      ///< runs; whoever proposes or sends it is told
  destructive,  ///< an agent's is refused unless it insists and may; a proposed one carries a warning
};

/// The wire name of a level: `caution`, `destructive`.
std::string_view name(Level level) noexcept;

/// One row of the table of what is looked for.
struct Rule {
  std::string_view id;      ///< stable, on the wire: `rm-root`
  Level level;              ///< how grave it is
  std::string_view what;    ///< what such a command does, as the end of "This command ..."
  std::string_view why;     ///< why it is stopped, and what to do instead; one sentence
  std::string_view caught;  ///< a command that the rule is for
  std::string_view let_by;  ///< one that looks like it and is none of it
};

/// The whole table, in the order of the documentation.
std::span<const Rule> rules() noexcept;
/// The row of an id, or nullptr.
const Rule* find_rule(std::string_view id) noexcept;

/// What is known of the shell that will read the text. Empty means unknown.
struct Context {
  std::string cwd;                               ///< absolute working directory
  std::string home;                              ///< absolute home directory
  std::map<std::string, std::string> variables;  ///< variables that are certainly set, with their values
};

/// What was found.
struct Finding {
  const Rule* rule = nullptr;  ///< never nullptr in a finding that is handed out
  std::string word;            ///< the word it hangs on, as it was written, shortened to 120 bytes

  /// A sentence for people and models: what the command does, by which word, and why that is stopped.
  std::string message() const;
};

/// Longest text that is read with the grammar; a longer one is judged by its words alone.
constexpr std::size_t max_text = 1024 * 1024;

/// Judges shell text (POSIX sh with what bash, zsh and fish add), several lines included. The gravest finding, the
/// first of equals; nothing when there is none. Never fails: text that is too deep or too costly to read (nesting
/// beyond 64, more than a bounded number of steps) is refused as `unreadable` when it has a word that can destroy, and
/// let by otherwise. Time is linear in the text.
std::optional<Finding> judge(std::string_view text, const Context& context);
/// The same for a program with its arguments, which no shell reads.
std::optional<Finding> judge_program(const std::vector<std::string>& argv, const Context& context);
/// The same for text that `program` reads from its terminal: SQL for psql, commands for bash.
std::optional<Finding> judge_stdin(std::string_view program, std::string_view text, const Context& context);

}  // namespace duotty::gate
