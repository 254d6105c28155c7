// The one responder: every query is answered here, from the state and fixed tables. Nothing a program could use to put
// text of its own on the input line is ever reported: no title, no font, no selection.
#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/term/render.hpp>
#include <iterator>

#include "capability_table.hpp"
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
  if (name == "t" || name == "*|") return std::to_string(s.rows()) + std::string(name);
  if (name == "$|") return std::to_string(s.cols()) + "$|";
  if (name == "*x") return s.rectangular_extent ? "2*x" : "0*x";
  // The status line does not exist: not active, of no type.
  if (name == "$}" || name == "$~") return "0" + std::string(name);
  return {};
}

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

// Images are not drawn: there is no item that could be asked for or set.
void report_graphics(State& s, const Sequence& q) {
  s.host->reply("\x1b[?" + std::to_string(q.params.get(0, 0)) + ";1;0S");
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
    case 53:
    case 55:
      s.host->reply("\x1b[?50n");
      break;
    case 56:
      s.host->reply("\x1b[?57;0n");
      break;
    case 62:
      s.host->reply("\x1b[0*{");
      break;
    case 63:
      s.host->reply("\x1bP" + std::to_string(q.params.get(1, 0)) + "!~0000\x1b\\");
      break;
    case 75:
      s.host->reply("\x1b[?70n");
      break;
    case 85:
      s.host->reply("\x1b[?83n");
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

/// DECCIR or DECTABSR: where the cursor and the tab stops are, nothing of what is shown.
void report_presentation(State& s, const Sequence& q) {
  const int what = q.params.get(0, 0);
  if (what == 2) {
    std::string stops;
    for (int col = 0; col < s.cols(); ++col) {
      if (!s.tabs[static_cast<std::size_t>(col)]) continue;
      if (!stops.empty()) stops += '/';
      stops += std::to_string(col + 1);
    }
    s.host->reply("\x1bP2$u" + stops + "\x1b\\");
  }
  if (what != 1) return;
  const Style& look = s.pen.style;
  const auto bit = [](bool on, int value) { return on ? value : 0; };
  const int rendition = bit(look.has(bold), 1) | bit(look.underline != Underline::none, 2) | bit(look.has(blink), 4) |
                        bit(look.has(inverse), 8);
  const int flags = bit(s.modes.origin, 1) | bit(s.charsets.single_shift == 2, 2) |
                    bit(s.charsets.single_shift == 3, 4) | bit(s.pending_wrap, 8);
  const auto character = [](int value) { return std::string(1, static_cast<char>(0x40 | value)); };
  std::string out = "\x1bP1$u" + std::to_string(s.y + 1) + ";" + std::to_string(s.x + 1) + ";1;";
  out += character(rendition) + ";" + character(bit(look.has(guarded), 1)) + ";" + character(flags) + ";";
  out += std::to_string(s.charsets.gl) + ";2;@;";
  for (const Charset set : s.charsets.g) out += set;
  s.host->reply(out + "\x1b\\");
}

/// modifyOtherKeys is never on.
void report_key_options(State& s, const Sequence& q) {
  if (q.params.get(0, 0) == 4) s.host->reply("\x1b[>4;0m");
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
    const auto* const known = std::find_if(std::begin(capabilities), std::end(capabilities),
                                           [&](const auto& capability) { return plain == capability.name; });
    if (known == std::end(capabilities)) {
      s.host->reply("\x1bP0+r\x1b\\");
      continue;
    }
    // The name in the program's own spelling, for those that compare it. A capability that is only there or not has no
    // value.
    const std::string value = known->value == nullptr ? "" : "=" + base::hex_encode(known->value);
    s.host->reply("\x1bP1+r" + std::string(name.substr(0, 2 * plain.size())) + value + "\x1b\\");
  }
}

}  // namespace duotty::term
