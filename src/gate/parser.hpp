#pragma once
// Reads shell text into a tree. It never fails: what is no grammar of any shell is read as the nearest thing that is,
// and what is not closed ends with the text.
#include <algorithm>

#include "syntax.hpp"

namespace duotty::gate {

class Parser {
 public:
  /// `tree` receives everything nested. `text` is read as a whole script; it must live until the call of script().
  Parser(std::string_view text, Tree& tree, Budget& budget) : text_(text), tree_(tree), budget_(budget) {}

  /// The whole text as commands.
  List script();
  /// The whole text as the inside of double quotes that nothing closes: a here-document.
  std::vector<Piece> document();

 private:
  enum class Closer : std::uint8_t { none, paren, brace, fi, done, esac, item, end };

  // commands (parser.cpp)
  List list(Closer closer);
  bool at_closer(Closer closer) const;
  Pipeline pipeline(Closer closer);
  Command command();
  void compound(Command& out, std::string_view keyword);
  void loop_head(Command& out);
  void case_items(Command& out);
  void test_words(Command& out);
  void function(Command& out);
  const List* function_body();
  void simple(Command& out);
  bool simple_part(Command& out);
  void after_compound(Command& out);
  bool redirect(Command& out);
  void read_documents();
  const List* keep(List list);

  // words (word_parser.cpp)
  Word word();
  bool assignment(Command& out);
  void pieces(std::vector<Piece>& out, char closing);
  bool bare(std::vector<Piece>& out, bool at_start);
  void escaped(std::vector<Piece>& out);
  void single_quoted(std::vector<Piece>& out);
  void ansi_quoted(std::vector<Piece>& out);
  void double_quoted(std::vector<Piece>& out, bool to_end);
  void dollar(std::vector<Piece>& out, bool quoted);
  void parameter(std::vector<Piece>& out, bool quoted);
  void backquoted(std::vector<Piece>& out, bool quoted);
  void substitution(std::vector<Piece>& out, Piece::Kind kind, bool quoted);
  void bracket(std::vector<Piece>& out);
  void extended_glob(std::vector<Piece>& out);
  void tilde(std::vector<Piece>& out);
  void add_text(std::vector<Piece>& out, std::string_view text, bool quoted);

  char at(std::size_t ahead = 0) const { return here_ + ahead < text_.size() ? text_[here_ + ahead] : '\0'; }
  bool ended() const { return here_ >= text_.size() || budget_.exceeded; }
  bool starts(std::string_view what) const { return text_.substr(here_, what.size()) == what; }
  /// Goes on, at most to the end: what is not closed ends with the text.
  void skip(std::size_t count = 1) { here_ = std::min(here_ + count, text_.size()); }
  void blanks();
  void gap();
  std::string_view keyword() const;
  bool take(std::string_view keyword);

  std::string_view text_;
  Tree& tree_;
  Budget& budget_;
  std::size_t here_ = 0;
  int open_parens_ = 0;
  bool arithmetic_ = false;             ///< directly inside ((: << shifts
  std::vector<std::size_t> documents_;  ///< begun on this line
};

/// True when `c` ends a word that no quotes hold together.
bool is_meta(char c) noexcept;
/// True when `text` is a name of a variable.
bool is_name(std::string_view text) noexcept;

}  // namespace duotty::gate
