#pragma once
// The keys that have a name, and what xterm sends for them.
#include <string_view>

namespace duotty::term {

/// Keys that xterm writes as CSI 1 ; modifiers letter, or as CSI letter or SS3 letter without modifiers.
struct LetterKey {
  std::string_view name;
  char letter;
  bool follows_decckm;  ///< SS3 in application cursor mode; else always SS3
};
inline constexpr LetterKey letter_keys[] = {
    {"up", 'A', true},  {"down", 'B', true}, {"right", 'C', true}, {"left", 'D', true}, {"home", 'H', true},
    {"end", 'F', true}, {"f1", 'P', false},  {"f2", 'Q', false},   {"f3", 'R', false},  {"f4", 'S', false},
};

/// Keys that xterm writes as CSI number [; modifiers] ~.
struct TildeKey {
  std::string_view name;
  int number;
};
inline constexpr TildeKey tilde_keys[] = {
    {"insert", 2}, {"delete", 3}, {"pageup", 5}, {"pagedown", 6}, {"f5", 15},  {"f6", 17},  {"f7", 18},  {"f8", 19},
    {"f9", 20},    {"f10", 21},   {"f11", 23},   {"f12", 24},     {"f13", 25}, {"f14", 26}, {"f15", 28}, {"f16", 29},
    {"f17", 31},   {"f18", 32},   {"f19", 33},   {"f20", 34},     {"f21", 35}, {"f22", 36}, {"f23", 37}, {"f24", 38},
};

struct Alias {
  std::string_view name;
  std::string_view means;
};
inline constexpr Alias aliases[] = {
    {"return", "enter"},    {"cr", "enter"},       {"escape", "esc"},         {"del", "backspace"},
    {"bs", "backspace"},    {"ins", "insert"},     {"pgup", "pageup"},        {"pgdn", "pagedown"},
    {"pgdown", "pagedown"}, {"page_up", "pageup"}, {"page_down", "pagedown"}, {"backtab", "shift+tab"},
    {"arrowup", "up"},      {"arrowdown", "down"}, {"arrowleft", "left"},     {"arrowright", "right"}};

struct Modifiers {
  bool shift = false;
  bool alt = false;
  bool ctrl = false;
  bool any() const { return shift || alt || ctrl; }
  int parameter() const { return 1 + (shift ? 1 : 0) + (alt ? 2 : 0) + (ctrl ? 4 : 0); }
};

/// What may stand before a key.
inline constexpr struct {
  std::string_view name;
  bool Modifiers::*flag;
} modifier_words[] = {{"ctrl", &Modifiers::ctrl}, {"control", &Modifiers::ctrl}, {"alt", &Modifiers::alt},
                      {"meta", &Modifiers::alt},  {"option", &Modifiers::alt},   {"shift", &Modifiers::shift},
                      {"c", &Modifiers::ctrl},    {"m", &Modifiers::alt},        {"s", &Modifiers::shift}};

}  // namespace duotty::term
