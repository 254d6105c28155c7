#pragma once
// Shell text as a tree: lists of pipelines of commands of words. Nothing is expanded yet.
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::gate {

struct List;

/// A part of a word. What quotes protected is `quoted`.
struct Piece {
  enum class Kind : std::uint8_t {
    text,      ///< `text` as it is
    variable,  ///< $text, or ${text OP operand}
    command,   ///< $(list) or `list`
    process,   ///< <(list) or >(list)
    star,      ///< *, **, @(...)
    one,       ///< ? or [...]
    open,      ///< { of a brace expansion
    comma,     ///< , of a brace expansion
    close,     ///< } of a brace expansion
    tilde,     ///< ~text at the start of a word
  };
  Kind kind = Kind::text;
  bool quoted = false;
  char op = 0;  ///< of a variable: - ? + = as in ${x:-y}; 'x' for every other; 0 for none
  std::string text;
  std::vector<Piece> operand;
  const List* list = nullptr;
};

struct Word {
  std::vector<Piece> pieces;
  std::string source;  ///< as it was written, shortened
};

struct Assignment {
  std::string name;
  Word value;
};

struct Redirect {
  enum class Kind : std::uint8_t { read, write, append, here_document, here_string, duplicate };
  Kind kind = Kind::read;
  Word target;               ///< file, here-string, descriptor
  std::size_t document = 0;  ///< index in Tree::documents
};

struct HereDocument {
  std::string delimiter;
  bool quoted = false;  ///< nothing in it is expanded
  bool strip_tabs = false;
  std::string text;
  std::vector<Piece> pieces;  ///< when it is expanded
};

struct Pipeline;

/// Pipelines in order, however they are joined.
struct List {
  std::vector<Pipeline> pipelines;
};

struct Command {
  enum class Kind : std::uint8_t {
    simple,    ///< assignments, words, redirects
    group,     ///< { list; }, and every compound command with all its lists in order
    subshell,  ///< ( list )
    loop,      ///< for `name` in `words`; do list; done
    function,  ///< `name` () list
  };
  Kind kind = Kind::simple;
  std::string name;
  std::vector<Assignment> assignments;
  std::vector<Word> words;
  std::vector<Redirect> redirects;
  const List* list = nullptr;
};

struct Pipeline {
  std::vector<Command> commands;
  bool background = false;
};

/// Owner of everything nested. Addresses stay.
struct Tree {
  std::deque<List> lists;
  std::deque<HereDocument> documents;
};

/// How much more work may be done for one judgement. Shared by everything that reads its text, however nested.
struct Budget {
  std::size_t steps = 0;
  int depth = 0;  ///< nesting now
  bool exceeded = false;

  static constexpr int max_depth = 64;

  /// False once there is nothing left; then the caller gives up.
  bool spend(std::size_t count) noexcept {
    if (count > steps) {
      steps = 0;
      exceeded = true;
    } else {
      steps -= count;
    }
    return !exceeded;
  }
};

/// One level of nesting while it lives.
class Nest {
 public:
  explicit Nest(Budget& budget) noexcept : budget_(budget) {
    if (++budget_.depth > Budget::max_depth) budget_.exceeded = true;
  }
  Nest(const Nest&) = delete;
  Nest& operator=(const Nest&) = delete;
  ~Nest() { --budget_.depth; }

 private:
  Budget& budget_;
};

/// `text` as it is shown in a finding.
std::string shown(std::string_view text);

}  // namespace duotty::gate
