#pragma once
// What a terminal sends on its own must not reach the program: the server has answered its queries already. The
// attached terminal sees the same queries in the output and answers them too; this filter takes those answers out of
// what the person types. Pure and bounded; sources: ECMA-48, xterm ctlseqs, the kitty keyboard protocol.
//
// Taken out: device attributes (DA1, DA2, DA3), status and cursor position reports, mode reports (DECRPM), window and
// colour reports (CSI t, OSC 4/10/11/12/52), DCS answers (DECRQSS, XTGETTCAP, XTVERSION), kitty keyboard flags, kitty
// graphics answers. Left alone: keys, mouse, focus, and everything inside a bracketed paste.
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::cli {

class ReplyFilter {
 public:
  /// Input that goes on. Escape sequences are never split between two pieces.
  struct Piece {
    enum class Kind { typed, pasted };
    Kind kind = Kind::typed;
    std::string bytes;
  };
  using Pieces = std::vector<Piece>;

  /// Longest wait for the rest of what may still be one pressed key (ESC, Alt+[).
  static constexpr std::chrono::milliseconds kKeyPatience{30};
  /// Longest wait for the rest of a sequence that no finger types.
  static constexpr std::chrono::milliseconds kSequencePatience{250};
  /// Longest wait for the end of an answer that has begun.
  static constexpr std::chrono::milliseconds kReplyPatience{1000};
  /// Longest sequence that is looked at, and longest answer that is taken out, in bytes.
  static constexpr std::size_t kMaxSequence = 96;
  static constexpr std::size_t kMaxReply = 1024 * 1024;

  /// Bytes from the person's terminal; what goes on is appended to `out`.
  void feed(std::string_view input, Pieces& out);
  /// When nothing comes within this time, flush() is due; nothing when nothing is held back.
  std::optional<std::chrono::milliseconds> patience() const;
  /// Gives up waiting: what is held back was typed; an answer without an end is forgotten.
  void flush(Pieces& out);
  /// Bytes that were written to the person's terminal. Counts the cursor position queries in them: only after one is
  /// `CSI 1 ; 2 R` an answer and not Shift+F3.
  void note_output(std::string_view output);

 private:
  enum class State { ground, escape, csi, header, reply, reply_escape, paste };
  void step(char byte, Pieces& out);
  void begin_escape();
  void on_csi(char byte, Pieces& out);
  void on_header(char byte, Pieces& out);
  void on_paste(char byte, Pieces& out);
  void release(Pieces& out);
  bool is_reply();

  State state_ = State::ground;
  std::string held_;
  std::size_t swallowed_ = 0;
  std::size_t paste_end_ = 0;  ///< how much of the paste's end mark has been seen
  std::size_t query_at_ = 0;   ///< how much of a cursor position query the output has ended with
  int queries_ = 0;
};

}  // namespace duotty::cli
