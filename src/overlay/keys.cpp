#include <duotty/base/plain_text.hpp>
#include <duotty/base/scalars.hpp>
#include <duotty/base/text.hpp>
#include <duotty/overlay/element.hpp>
#include <duotty/overlay/keys.hpp>
#include <optional>
#include <utility>

namespace duotty::overlay {
namespace {

constexpr std::pair<char, const char*> kLetters[] = {{'A', "up"},   {'B', "down"}, {'C', "right"}, {'D', "left"},
                                                     {'H', "home"}, {'F', "end"},  {'P', "f1"},    {'Q', "f2"},
                                                     {'R', "f3"},   {'S', "f4"},   {'M', "enter"}};
constexpr std::pair<int, const char*> kNumbers[] = {
    {1, "home"}, {2, "insert"}, {3, "delete"}, {4, "end"},  {5, "pageup"}, {6, "pagedown"}, {7, "home"},
    {8, "end"},  {11, "f1"},    {12, "f2"},    {13, "f3"},  {14, "f4"},    {15, "f5"},      {17, "f6"},
    {18, "f7"},  {19, "f8"},    {20, "f9"},    {21, "f10"}, {23, "f11"},   {24, "f12"}};

std::string with_modifiers(int parameter, const std::string& key) {
  const int held = parameter > 0 ? (parameter - 1) & 7 : 0;
  std::string out;
  if ((held & 4) != 0) out += "ctrl+";
  if ((held & 2) != 0) out += "alt+";
  if ((held & 1) != 0) out += "shift+";
  return out + key;
}

/// A byte below 0x20, or 0x7F.
std::string control_name(unsigned char byte) {
  switch (byte) {
    case 0x00:
      return "ctrl+space";
    case 0x09:
      return "tab";
    case 0x0D:
      return "enter";
    case 0x1B:
      return "esc";
    case 0x7F:
      return "backspace";
    default:
      break;
  }
  if (byte <= 0x1A) return std::string("ctrl+") + static_cast<char>(byte - 1 + 'a');
  return std::string("ctrl+") + static_cast<char>(byte + '@');
}

struct Parameters {
  int values[4] = {0, 0, 0, 0};
  int event = 1;  ///< kitty: 1 press, 2 repeat, 3 release
};

Parameters parameters(std::string_view text) {
  Parameters out;
  int index = 0;
  int part = 0;
  for (const char c : text) {
    if (c == ';') {
      ++index;
      part = 0;
    } else if (c == ':') {
      ++part;
      if (index == 1 && part == 1) out.event = 0;
    } else if (c >= '0' && c <= '9' && index < 4) {
      int& value = index == 1 && part == 1 ? out.event : out.values[index];
      if (part == 0 || (index == 1 && part == 1)) value = value < 1'000'000 ? value * 10 + (c - '0') : value;
    }
  }
  return out;
}

/// A character with modifiers: CSI code ; modifiers u, CSI 27 ; modifiers ; code ~.
std::optional<Key> coded_key(int code, int modifiers) {
  if (code <= 0 || code > 0x10FFFF) return Key{"unknown", {}};
  const int held = modifiers > 0 ? (modifiers - 1) & 7 : 0;
  if (code < 0x20 || code == 0x7F)
    return Key{with_modifiers(modifiers, control_name(static_cast<unsigned char>(code))), {}};
  if (code >= 57344 && code <= 63743) return Key{"unknown", {}};  // kitty's names for keys that type nothing
  std::string text;
  base::append_utf8(text, static_cast<char32_t>(code));
  if ((held & 6) == 0) {
    if ((held & 1) != 0 && code >= 'a' && code <= 'z') text[0] = static_cast<char>(text[0] - 32);
    return Key{code == ' ' ? "space" : text, text};
  }
  return Key{with_modifiers(modifiers, code == ' ' ? "space" : text), {}};
}

class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : bytes_(bytes) {}

  std::vector<Key> run() {
    while (at_ < bytes_.size()) {
      const auto first = static_cast<unsigned char>(bytes_[at_]);
      if (first == 0x1B && at_ + 1 < bytes_.size()) {
        escape();
      } else if (first < 0x20 || first == 0x7F) {
        ++at_;
        add({control_name(first), {}});
      } else {
        add(character());
      }
    }
    return std::move(keys_);
  }

 private:
  void add(Key key) { keys_.push_back(std::move(key)); }

  Key character() {
    const base::Scalar scalar = base::scalar_at(bytes_, at_);
    const std::string text = base::to_valid_utf8(bytes_.substr(at_, scalar.size));
    at_ += std::min(scalar.size, bytes_.size() - at_);
    return {text == " " ? "space" : text, text};
  }

  void escape() {
    const char second = bytes_[at_ + 1];
    if (second == '[' && at_ + 2 < bytes_.size()) return csi();
    if (second == 'O' && at_ + 2 < bytes_.size()) {
      const char letter = bytes_[at_ + 2];
      at_ += 3;
      for (const auto& [known, key] : kLetters) {
        if (known == letter) return add({key, {}});
      }
      return add({"unknown", {}});
    }
    ++at_;
    const auto next = static_cast<unsigned char>(second);
    if (next == 0x1B) return add({"esc", {}});
    if (next < 0x20 || next == 0x7F) {
      ++at_;
      return add({"alt+" + control_name(next), {}});
    }
    add({"alt+" + character().name, {}});
  }

  void csi() {
    std::size_t end = at_ + 2;
    while (end < bytes_.size() && static_cast<unsigned char>(bytes_[end]) < 0x40) ++end;
    if (end >= bytes_.size()) {
      at_ = bytes_.size();
      return add({"unknown", {}});
    }
    const std::string_view middle = bytes_.substr(at_ + 2, end - at_ - 2);
    const char final = bytes_[end];
    at_ = end + 1;
    if (middle == "200" && final == '~') return paste();
    if (final == 'M' && middle.empty()) {  // a mouse report of the old form: three bytes follow
      at_ = std::min(bytes_.size(), at_ + 3);
      return add({"mouse", {}});
    }
    if ((final == 'M' || final == 'm') && !middle.empty()) return add({"mouse", {}});
    if ((final == 'I' || final == 'O') && middle.empty()) return;
    const Parameters given = parameters(middle);
    if (given.event == 3) return;
    add(sequence(given, final));
  }

  static Key sequence(const Parameters& given, char final) {
    if (final == 'Z') return {"shift+tab", {}};
    if (final == 'u') return coded_key(given.values[0], given.values[1]).value_or(Key{"unknown", {}});
    if (final == '~') {
      if (given.values[0] == 27) return coded_key(given.values[2], given.values[1]).value_or(Key{"unknown", {}});
      for (const auto& [number, key] : kNumbers) {
        if (number == given.values[0]) return {with_modifiers(given.values[1], key), {}};
      }
      return {"unknown", {}};
    }
    for (const auto& [letter, key] : kLetters) {
      if (letter == final) return {with_modifiers(given.values[1], key), {}};
    }
    return {"unknown", {}};
  }

  void paste() {
    constexpr std::string_view kEnd = "\x1b[201~";
    const std::size_t end = std::min(bytes_.find(kEnd, at_), bytes_.size());
    const std::string text = base::replace_all(std::string(bytes_.substr(at_, end - at_)), "\r", "\n");
    at_ = std::min(bytes_.size(), end + kEnd.size());
    add({"paste", base::clean_text(text, true)});
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::vector<Key> keys_;
};

}  // namespace

std::vector<Key> decode_keys(std::string_view bytes) {
  return Decoder(bytes).run();
}

LineInput::State LineInput::feed(const Key& key) {
  if (key.name == "enter") return State::entered;
  if (key.name == "esc" || key.name == "ctrl+c") return State::given_up;
  if (key.name == "backspace" || key.name == "ctrl+h") {
    while (!text_.empty() && (static_cast<unsigned char>(text_.back()) & 0xC0u) == 0x80u) text_.pop_back();
    if (!text_.empty()) text_.pop_back();
  } else if (key.name == "ctrl+u") {
    text_.clear();
  } else if (key.name == "ctrl+w") {
    while (!text_.empty() && text_.back() == ' ') text_.pop_back();
    while (!text_.empty() && text_.back() != ' ') text_.pop_back();
  } else {
    add(base::clean_text(key.text, false));
  }
  return State::open;
}

void LineInput::add(std::string_view text) {
  std::size_t have = base::count_scalars(text_);
  for (std::size_t at = 0; at < text.size() && have < limit_; ++have) {
    const base::Scalar scalar = base::scalar_at(text, at);
    text_ += text.substr(at, scalar.size);
    at += scalar.size;
  }
}

}  // namespace duotty::overlay
