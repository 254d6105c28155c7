#pragma once
// What a terminal does to the world around it. The terminal itself only changes its own state; everything else it asks
// of its host, who may take it or leave it. Nothing here can ask a person, block, or reach a network.
#include <string_view>

namespace duotty::term {

/// How far a program says it is (OSC 9;4, ConEmu).
enum class ProgressState : unsigned char { none, running, failed, indeterminate, paused };

/// Effects of Terminal::feed, called in the order of the bytes that cause them, with the terminal's state exactly as it
/// stands after those bytes: Terminal::cursor(), bytes_fed() and sequence_begin() are right inside an effect. An effect
/// may read the terminal and its anchors and may add, move or drop anchors; it must not feed, resize or restore the
/// same terminal. Views are valid during the call. All do nothing unless overridden. Text is what the program wrote:
/// hostile, bounded by max_string_bytes, made valid UTF-8 where it is text.
class Host {
 public:
  virtual ~Host() = default;

  /// Bytes the terminal answers to a query; to be written to the program's input, once, whatever the number of viewers.
  virtual void reply(std::string_view /*bytes*/) {}
  /// OSC 0, 2, or a title popped from the stack: the window title as it is now. Control characters are removed.
  virtual void title(std::string_view /*text*/) {}
  /// BEL outside a string.
  virtual void bell() {}
  /// OSC 7: the working directory as the program wrote it, usually `file://host/path`.
  virtual void cwd(std::string_view /*uri*/) {}
  /// OSC 52: the program wants `text` (decoded) in the clipboard; `selection` names which (`c`, `p`, `s`, digits).
  /// Reading the clipboard is refused by the terminal itself.
  virtual void clipboard_write(std::string_view /*selection*/, std::string_view /*text*/) {}
  /// OSC 9 (iTerm2), OSC 777;notify, OSC 99 plain: a notification; `title` may be empty.
  virtual void notify(std::string_view /*title*/, std::string_view /*body*/) {}
  /// OSC 9;4: progress, percent 0 to 100.
  virtual void progress(ProgressState /*state*/, int /*percent*/) {}
  /// OSC 133: a semantic mark; kind is the letter (`A`, `B`, `C`, `D`, ...), params what follows its `;`.
  virtual void mark133(char /*kind*/, std::string_view /*params*/) {}
  /// Any other OSC: its number and the raw bytes after the first `;`. For marks of our own, 633 and 1337.
  virtual void osc(int /*number*/, std::string_view /*text*/) {}
  /// The program switched to the alternate screen or back.
  virtual void screen_switched(bool /*alternate*/) {}
};

}  // namespace duotty::term
