#pragma once
// What stands on an input line because programs typed it, piece by piece. Pure: bytes come in, lines go out.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace duotty::exec {

/// Follows plain typing: text, Backspace, Ctrl-W, Ctrl-U, Ctrl-C, Enter and Ctrl-O. Keys that move the cursor or recall
/// other lines are passed over, so after them the line is a guess; the screen knows better. Holds at most 1 MiB.
class TypedLine {
 public:
  /// These bytes went to the program.
  void type(std::string_view bytes);
  /// The lines that would have been entered if `bytes` were typed now, joined by newlines; empty when there is no Enter
  /// in them.
  std::string submitted(std::string_view bytes) const;
  /// The line was entered or dropped by someone else.
  void clear() noexcept;
  /// What stands on the line.
  const std::string& text() const noexcept { return line_; }

 private:
  enum class Escape : std::uint8_t { none, begun, sequence };
  /// Takes one byte; true when it entered the line.
  bool take(char byte);

  std::string line_;
  Escape escape_ = Escape::none;
};

}  // namespace duotty::exec
