#include "detach_key.hpp"

#include <algorithm>
#include <duotty/base/text.hpp>
#include <optional>

namespace duotty::cli {
namespace {

using base::Errc;
using base::Error;

/// A key as the keyboard protocols write it.
struct KeyEvent {
  long code = 0;
  long modifiers = 0;  ///< bits: 1 shift, 2 alt, 4 control; locks are left out
  bool release = false;
};

/// The number at the beginning of `text`, which loses it.
std::optional<long> take_number(std::string_view& text) {
  long value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 7 && text[digits] >= '0' && text[digits] <= '9') {
    value = value * 10 + (text[digits++] - '0');
  }
  text.remove_prefix(digits);
  if (digits == 0) return std::nullopt;
  return value;
}

std::optional<KeyEvent> parse_key_event(std::string_view token) {
  if (token.size() < 4 || !token.starts_with("\x1b[")) return std::nullopt;
  const char final = token.back();
  if (final != 'u' && final != '~') return std::nullopt;
  std::string_view body = token.substr(2, token.size() - 3);
  const auto fields = base::split(body, ';');
  const bool other_keys = final == '~';  // CSI 27 ; modifiers ; code ~
  if (other_keys && (fields.size() != 3 || fields[0] != "27")) return std::nullopt;
  KeyEvent out;
  std::string_view code = other_keys ? fields[2] : fields[0];
  const auto number = take_number(code);
  if (!number) return std::nullopt;
  out.code = *number;
  if (fields.size() > 1) {
    std::string_view modifiers = fields[1];
    constexpr long kLocks = 64 | 128;
    out.modifiers = (std::max(1L, take_number(modifiers).value_or(1)) - 1) & ~kLocks;
    if (modifiers.starts_with(":")) {
      modifiers.remove_prefix(1);
      out.release = take_number(modifiers).value_or(1) == 3;
    }
  }
  return out;
}

/// The first key of `typed`: one byte, ESC with the byte behind it, or a whole CSI or SS3 sequence.
std::string_view first_token(std::string_view typed) {
  if (typed.front() != '\x1b' || typed.size() == 1) return typed.substr(0, 1);
  if (typed[1] == '[') {
    std::size_t at = 2;
    while (at < typed.size() && static_cast<unsigned char>(typed[at]) < 0x40) ++at;
    return typed.substr(0, std::min(at + 1, typed.size()));
  }
  if (typed[1] == 'O') return typed.substr(0, std::min<std::size_t>(3, typed.size()));
  return typed.substr(0, 2);
}

}  // namespace

base::Result<DetachKey> DetachKey::parse(std::string_view spec) {
  DetachKey out;
  if (spec.empty() || base::iequals(spec, "none")) return out;
  for (const auto word : base::split(spec, ' ')) {
    if (word.empty()) continue;
    const std::string lower = base::to_lower(word);
    std::string_view rest = lower;
    Key key;
    for (const std::string_view prefix : {"ctrl+", "ctrl-", "c-", "^"}) {
      if (rest.size() > prefix.size() && rest.starts_with(prefix)) {
        key.control = true;
        rest.remove_prefix(prefix.size());
        break;
      }
    }
    if (rest == "space") rest = " ";
    const bool printable = rest.size() == 1 && rest[0] >= ' ' && rest[0] < '\x7f';
    const bool has_code = printable && ((rest[0] >= 'a' && rest[0] <= 'z') ||
                                        std::string_view("@[\\]^_ ").find(rest[0]) != std::string_view::npos);
    if (!printable || (key.control && !has_code)) {
      return Error(Errc::invalid_params,
                   "\"" + std::string(word) + "\" is no key for --detach-key. Write ctrl+\\, \"ctrl+] q\" or none.",
                   "detach-key");
    }
    key.code = static_cast<unsigned char>(rest[0]);
    out.keys_.push_back(key);
  }
  return out;
}

std::string DetachKey::name() const {
  std::string out;
  for (const auto& key : keys_) {
    if (!out.empty()) out += " ";
    if (key.control) out += "Ctrl+";
    std::string shown;
    base::append_utf8(shown, key.code);
    if (key.control && shown[0] >= 'a' && shown[0] <= 'z') shown[0] = static_cast<char>(shown[0] - 'a' + 'A');
    out += shown == " " ? "Space" : shown;
  }
  return out;
}

bool DetachKey::matches(std::string_view token, const Key& key) const {
  const auto code = static_cast<long>(key.code);
  if (const auto event = parse_key_event(token)) {
    return event->code == code && event->modifiers == (key.control ? 4 : 0);
  }
  if (token.size() != 1) return false;
  const long byte = static_cast<unsigned char>(token[0]);
  return key.control ? byte == (code & 0x1f) : byte == code;
}

DetachKey::Verdict DetachKey::feed(std::string_view typed) {
  Verdict out;
  while (!typed.empty()) {
    const std::string_view token = first_token(typed);
    typed.remove_prefix(token.size());
    const auto event = parse_key_event(token);
    const bool release = event && event->release;
    if (!release && at_ < keys_.size()) {
      if (!matches(token, keys_[at_]) && at_ > 0) {
        out.forward += held_;
        held_.clear();
        at_ = 0;
      }
      if (matches(token, keys_[at_])) {
        held_ += token;
        if (++at_ == keys_.size()) {
          out.detach = true;
          at_ = 0;
          held_.clear();
          return out;
        }
        continue;
      }
    }
    // The release of a key that is held back stays behind its press.
    (at_ > 0 ? held_ : out.forward) += token;
  }
  return out;
}

}  // namespace duotty::cli
