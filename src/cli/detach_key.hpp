#pragma once
// The keys that leave `duotty attach`. Pure.
#include <duotty/base/error.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::cli {

/// Watches typed bytes for a sequence of keys. Control keys are known in every form a terminal sends them: the plain
/// byte, `CSI code ; modifiers u` (kitty keyboard protocol, xterm's formatOtherKeys) and `CSI 27 ; modifiers ; code ~`
/// (xterm's modifyOtherKeys).
class DetachKey {
 public:
  /// `spec` is one or more keys with blanks between: "ctrl+\", "^]", "ctrl+] q". "none" or "" never detaches. Errors:
  /// invalid_params.
  static base::Result<DetachKey> parse(std::string_view spec);

  struct Verdict {
    std::string forward;  ///< what the program gets
    bool detach = false;  ///< the keys were pressed; nothing behind them is forwarded
  };
  /// `typed` holds whole escape sequences. A beginning of the sequence is held back until the next key decides.
  Verdict feed(std::string_view typed);

  /// For people: "Ctrl+\", "Ctrl+] q"; empty when there is none.
  std::string name() const;

 private:
  struct Key {
    char32_t code = 0;  ///< lower case, without modifiers
    bool control = false;
  };
  bool matches(std::string_view token, const Key& key) const;

  std::vector<Key> keys_;
  std::size_t at_ = 0;
  std::string held_;
};

}  // namespace duotty::cli
