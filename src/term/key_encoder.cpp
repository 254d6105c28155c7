#include <duotty/term/key_encoder.hpp>

#include <algorithm>
#include <duotty/base/text.hpp>

#include "key_table.hpp"

namespace duotty::term {
namespace {

/// Takes one modifier and its separator off the front.
bool take_modifier(std::string_view& name, Modifiers& out) {
  for (const auto& word : modifier_words) {
    const std::size_t size = word.name.size();
    if (name.size() < size + 2 || !base::iequals(name.substr(0, size), word.name)) continue;
    const bool joined = name[size] == '+' || name[size] == '-';
    if (!joined || (size == 1 && name[size] == '+')) continue;
    out.*word.flag = true;
    name.remove_prefix(size + 1);
    return true;
  }
  return false;
}

/// Ctrl with a character, as a VT does it: the low five bits.
std::optional<char> control(std::string_view key) {
  if (key == "space" || key == "@" || key == "2") return '\0';
  if (key == "?" || key == "8") return '\x7f';
  if (key == "/" || key == "7") return '\x1f';
  if (key.size() != 1) return std::nullopt;
  const char c = key[0];
  if (c >= 'a' && c <= 'z') return static_cast<char>(c - 'a' + 1);
  if (c >= '[' && c <= '_') return static_cast<char>(c - '@');
  if (c >= '3' && c <= '6') return static_cast<char>(c - '3' + 0x1b);
  return std::nullopt;
}

std::optional<std::string> function_key(std::string_view key, const Modifiers& held, const Modes& modes) {
  for (const LetterKey& entry : letter_keys) {
    if (entry.name != key) continue;
    if (held.any()) return "\x1b[1;" + std::to_string(held.parameter()) + entry.letter;
    const bool ss3 = !entry.follows_decckm || modes.application_cursor;
    return std::string(ss3 ? "\x1bO" : "\x1b[") + entry.letter;
  }
  for (const TildeKey& entry : tilde_keys) {
    if (entry.name != key) continue;
    std::string out = "\x1b[" + std::to_string(entry.number);
    if (held.any()) out += ";" + std::to_string(held.parameter());
    return out + "~";
  }
  return std::nullopt;
}

/// Keys that have one byte of their own, and characters.
std::optional<std::string> plain_key(std::string_view key, std::string_view original, const Modifiers& held,
                                     const Modes& modes) {
  if (held.ctrl) {
    if (key == "backspace") return "\x08";
    if (key == "enter") return "\n";
    if (const auto byte = control(key)) return std::string(1, *byte);
    return std::nullopt;
  }
  if (key == "enter") return modes.newline ? "\r\n" : "\r";
  if (key == "tab") return held.shift ? "\x1b[Z" : "\t";
  if (key == "esc") return "\x1b";
  if (key == "space") return " ";
  if (key == "plus") return "+";
  if (key == "minus") return "-";
  if (key == "backspace") return "\x7f";
  if (base::count_scalars(original) != 1 || !base::is_utf8(original)) return std::nullopt;
  if (static_cast<unsigned char>(original[0]) < 0x20 || original[0] == '\x7f') return std::nullopt;
  std::string out(original);
  if (held.shift && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 32);
  return out;
}

}  // namespace

std::optional<std::string> encode_key(std::string_view name, const Modes& modes) {
  std::string compact(name);
  if (compact != " ") std::erase(compact, ' ');
  std::string_view rest = compact == " " ? "space" : std::string_view(compact);
  Modifiers held;
  while (take_modifier(rest, held)) {
  }
  std::string key = base::to_lower(rest);
  for (const Alias& alias : aliases) {
    if (alias.name == key) key = alias.means;
  }
  if (key == "shift+tab") {
    held.shift = true;
    key = "tab";
  }
  if (auto bytes = function_key(key, held, modes)) return bytes;
  auto bytes = plain_key(key, rest, held, modes);
  if (bytes && held.alt) bytes->insert(0, "\x1b");
  return bytes;
}

std::vector<std::string> key_names() {
  std::vector<std::string> names = {"enter", "tab", "shift+tab", "esc", "space", "backspace"};
  for (const LetterKey& key : letter_keys) names.emplace_back(key.name);
  for (const TildeKey& key : tilde_keys) names.emplace_back(key.name);
  for (char c = 'a'; c <= 'z'; ++c) names.push_back(std::string("ctrl+") + c);
  for (const char* const key : {"ctrl+space", "ctrl+@", "ctrl+[", "ctrl+\\", "ctrl+]", "ctrl+^", "ctrl+_"})
    names.emplace_back(key);
  return names;
}

std::string encode_paste(std::string_view text, const Modes& modes) {
  std::string clean;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1) {
      ++i;
    } else if (byte == '\r' || byte == '\n') {
      if (byte == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
      clean.push_back('\r');
    } else if (byte == '\t' || (byte >= 0x20 && byte != 0x7f)) {
      clean.push_back(text[i]);
    }
  }
  return modes.bracketed_paste ? "\x1b[200~" + clean + "\x1b[201~" : clean;
}

}  // namespace duotty::term
