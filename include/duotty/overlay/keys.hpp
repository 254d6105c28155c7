#pragma once
// What a person has pressed, from the bytes that a terminal sends for it; and a line of text made of such keys. Pure.
#include <string>
#include <string_view>
#include <vector>

namespace duotty::overlay {

/// One key. Names are those that `terminal.input` takes: "a", "ctrl+c", "enter", "shift+up"; besides them "paste" (with
/// the text) and "mouse".
struct Key {
  std::string name;
  std::string text;  ///< what it types; empty for keys that type nothing
  friend bool operator==(const Key&, const Key&) = default;
};

/// The keys in `bytes`, which hold whole sequences: as xterm sends them in each of its modes, and kitty's protocol.
/// Reports of the focus and releases of keys are left out; what is not known becomes "unknown".
std::vector<Key> decode_keys(std::string_view bytes);

/// A line that a person types: characters, backspace, ctrl+u, ctrl+w; enter ends it, esc and ctrl+c give it up.
class LineInput {
 public:
  enum class State { open, entered, given_up };
  /// At most `limit` characters.
  explicit LineInput(std::size_t limit) : limit_(limit) {}
  State feed(const Key& key);
  const std::string& text() const noexcept { return text_; }

 private:
  void add(std::string_view text);
  std::size_t limit_;
  std::string text_;
};

}  // namespace duotty::overlay
