#pragma once
// What becomes of a model's text before anyone sees it: cleaned of everything that is not text, and the proposed
// command taken out. Pure, and indifferent to how the stream is cut.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::agent {

/// Removes from a stream all that could act on a terminal or deceive a reader: C0 but TAB and LF, DEL, C1, whole escape
/// sequences (ECMA-48), bidirectional controls, zero-width and tag characters, malformed UTF-8 (becomes U+FFFD). CR LF
/// and CR become LF. Joiners (U+200C, U+200D) stay inside non-ASCII text, where languages and emoji need them.
class DisplaySanitizer {
 public:
  std::string feed(std::string_view bytes);
  /// What was held back for the end of a sequence that never came.
  std::string finish();

 private:
  enum class State { text, escape, csi, string, string_escape };
  void take(std::string& out, char32_t scalar);
  void take_text(std::string& out, char32_t scalar);

  std::string pending_;
  State state_ = State::text;
  std::size_t sequence_length_ = 0;
  bool after_cr_ = false;
  bool after_non_ascii_ = false;
};

/// DisplaySanitizer over a whole text.
std::string sanitize_display(std::string_view text);

/// `text` as a command for the input line: cleaned like display text, joiners dropped, TAB and no-break spaces become
/// spaces, trimmed, a copied `$ ` prompt taken off. nullopt when nothing is left, when it has more than one line or
/// more than 4096 bytes.
std::optional<std::string> sanitize_command(std::string_view text);

/// How a stream ended.
enum class AnswerEnd {
  complete,
  cut,  ///< by a limit or a lost connection: an unfinished block is no command
};

/// Splits an answer into text to show and the command it proposes. The command is the first block fenced as `command`,
/// or else a fenced shell block with a single line that is the last thing in the answer (in a block without a name or a
/// console block, the line must have a `$ ` prompt: such blocks often hold output). It is not part of the display text;
/// every other block is shown as lines indented by four spaces. Fence marks are never shown.
class AnswerSplitter {
 public:
  /// Display text that is certain now. Input should be clean already (DisplaySanitizer).
  std::string feed(std::string_view text);

  struct Rest {
    std::string display;
    std::optional<std::string> command;
  };
  /// The remaining display text, and the command. The splitter must not be fed afterwards.
  Rest finish(AnswerEnd end);

 private:
  enum class Kind { text, command, shell, prompted, code };

  void take(std::string& out, char c);
  void begin_line(std::string& out);
  void end_text_line(std::string& out);
  void end_block_line(std::string& out);
  bool open_block(std::string& out, std::string_view line);
  void close_block(std::string& out);
  void show(std::string& out, std::string_view text);
  void show_code(std::string& out, std::string_view line);
  void end_shown_line();
  void release_held(std::string& out);

  std::string line_;         ///< the current line, as far as it is not shown
  bool line_shown_ = false;  ///< part of the current line is out: the rest follows at once
  bool any_shown_ = false;
  std::string breaks_;  ///< line ends not yet shown: dropped at both ends of the answer
  Kind kind_ = Kind::text;
  char fence_char_ = '`';
  std::size_t fence_length_ = 0;
  std::size_t fence_indent_ = 0;
  std::optional<std::string> single_;  ///< the only line so far of a block that may be the command
  std::optional<std::string> held_;    ///< a closed one-line shell block: the command if nothing follows
  std::string held_breaks_;            ///< the line ends before it
  std::optional<std::string> command_;
};

}  // namespace duotty::agent
