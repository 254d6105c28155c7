// The one responder: every query is answered here, from the state and fixed tables. Nothing a program could use to put
// text of its own on the input line is ever reported: no title, no font, no selection.
#include <duotty/base/text.hpp>

#include "dispatch.hpp"
#include "state.hpp"

namespace duotty::term {
namespace {

std::string position_report(const State& s, const char* start) {
  const bool origin = s.modes.origin;
  const int line = s.y - (origin ? s.margins().top : 0) + 1;
  const int column = s.x - (origin ? s.margins().left : 0) + 1;
  return start + std::to_string(line) + ";" + std::to_string(column) + "R";
}

void answer_mode(State& s, const Sequence& q, bool is_private) {
  const int number = q.params.get(0, 0);
  s.host->reply((is_private ? "\x1b[?" : "\x1b[") + std::to_string(number) + ";" +
                std::to_string(s.mode_report(number, is_private)) + "$y");
}

/// The answer to DECRQSS without its frame; empty for an unknown setting.
std::string setting(const State& s, std::string_view name) {
  const Rect& m = s.margins();
  if (name == "m") {
    const std::string codes = sgr_parameters(s.pen.style);
    return codes.empty() ? "0m" : "0;" + codes + "m";
  }
  if (name == "r") return std::to_string(m.top + 1) + ";" + std::to_string(m.bottom) + "r";
  if (name == "s") return std::to_string(m.left + 1) + ";" + std::to_string(m.right) + "s";
  if (name == " q") return std::to_string(static_cast<int>(s.shape)) + " q";
  if (name == "\"q") return s.pen.style.has(guarded) ? "1\"q" : "0\"q";
  if (name == "\"p") return "62;1\"p";
  return {};
}

constexpr struct {
  const char* name;
  const char* value;
} capabilities[] = {{"TN", "xterm-256color"}, {"Co", "256"}, {"colors", "256"}, {"RGB", "8/8/8"}};

std::string hex_decode(std::string_view digits) {
  std::string escaped;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) (escaped += '%') += digits.substr(i, 2);
  return base::percent_decode(escaped, false).value_or("");
}

}  // namespace

// VT220 with ANSI colour and clipboard access, as tmux and others read it.
void report_primary_attributes(State& s, const Sequence& q) {
  if (q.params.get(0, 0) == 0) s.host->reply("\x1b[?62;22;52c");
}
void report_secondary_attributes(State& s, const Sequence& q) {
  if (q.params.get(0, 0) == 0) s.host->reply("\x1b[>0;276;0c");
}
void report_tertiary_attributes(State& s, const Sequence& q) {
  if (q.params.get(0, 0) == 0) s.host->reply("\x1bP!|00000000\x1b\\");
}
void report_version(State& s, const Sequence& q) {
  if (q.params.get(0, 0) == 0) s.host->reply("\x1bP>|duotty(1)\x1b\\");
}

void report_status(State& s, const Sequence& q) {
  if (q.params.get(0, 0) == 5) s.host->reply("\x1b[0n");
  if (q.params.get(0, 0) == 6) s.host->reply(position_report(s, "\x1b["));
}

void report_private_status(State& s, const Sequence& q) {
  switch (q.params.get(0, 0)) {
    case 6:
      s.host->reply(position_report(s, "\x1b[?"));
      break;
    case 15:
      s.host->reply("\x1b[?13n");
      break;
    case 25:
      s.host->reply("\x1b[?20n");
      break;
    case 26:
      s.host->reply("\x1b[?27;1;0;0n");
      break;
    case 996:
      s.host->reply("\x1b[?997;1n");
      break;
    default:
      break;
  }
}

void report_parameters(State& s, const Sequence& q) {
  const int kind = q.params.get(0, 0);
  if (kind <= 1) s.host->reply("\x1b[" + std::to_string(kind + 2) + ";1;1;128;128;1;0x");
}

void report_mode(State& s, const Sequence& q) {
  answer_mode(s, q, false);
}
void report_private_mode(State& s, const Sequence& q) {
  answer_mode(s, q, true);
}

void report_kitty_flags(State& s, const Sequence&) {
  s.host->reply("\x1b[?" + std::to_string(s.active->kitty.flags) + "u");
}

void report_setting(State& s, std::string_view data) {
  const std::string answer = setting(s, data);
  s.host->reply(answer.empty() ? "\x1bP0$r\x1b\\" : "\x1bP1$r" + answer + "\x1b\\");
}

void report_capability(State& s, std::string_view data) {
  std::size_t answered = 0;
  for (const std::string_view name : base::split(data, ';')) {
    if (++answered > 16) return;
    const std::string plain = hex_decode(name);
    const char* value = nullptr;
    for (const auto& capability : capabilities) {
      if (plain == capability.name) value = capability.value;
    }
    if (value == nullptr) {
      s.host->reply("\x1bP0+r\x1b\\");
    } else {
      s.host->reply("\x1bP1+r" + base::hex_encode(plain) + "=" + base::hex_encode(value) + "\x1b\\");
    }
  }
}

}  // namespace duotty::term
