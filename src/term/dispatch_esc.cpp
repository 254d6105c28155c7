// C0 and C1 controls and ESC sequences.
#include <algorithm>
#include <iterator>

#include "dispatch.hpp"
#include "state.hpp"

namespace duotty::term {
namespace {

void nothing(State&) {}

constexpr ControlEntry controls[] = {
    {0x05, nothing, "ENQ", "no answerback"},
    {0x07, [](State& s) { s.host->bell(); }, "BEL", "bell"},
    {0x08, [](State& s) { s.move_back(1); }, "BS", "backspace"},
    {0x09, [](State& s) { s.tab(1); }, "HT", "tab"},
    {0x0a, [](State& s) { s.linefeed(); }, "LF", "line feed"},
    {0x0b, [](State& s) { s.linefeed(); }, "VT", "as LF"},
    {0x0c, [](State& s) { s.linefeed(); }, "FF", "as LF"},
    {0x0d, [](State& s) { s.carriage_return(); }, "CR", "carriage return"},
    {0x0e, [](State& s) { s.charsets.gl = 1; }, "SO", "G1 into GL"},
    {0x0f, [](State& s) { s.charsets.gl = 0; }, "SI", "G0 into GL"},
    {0x84, [](State& s) { s.pending_wrap = false, s.index_line(false); }, "IND", "down one row, scrolling"},
    {0x85, [](State& s) { s.pending_wrap = false, s.index_line(false), s.carriage_return(); }, "NEL", "next line"},
    {0x88, [](State& s) { s.tabs.set(static_cast<std::size_t>(s.x)); }, "HTS", "set a tab stop"},
    {0x8d, [](State& s) { s.reverse_index(); }, "RI", "up one row, scrolling"},
    {0x8e, [](State& s) { s.charsets.single_shift = 2; }, "SS2", "G2 for one character"},
    {0x8f, [](State& s) { s.charsets.single_shift = 3; }, "SS3", "G3 for one character"},
    {0x96, [](State& s) { s.guard(true, true); }, "SPA", "guard what follows, also from ED, EL and ECH"},
    {0x97, [](State& s) { s.guard(false, true); }, "EPA", "guard no longer"},
    {0x9a, [](State& s) { report_primary_attributes(s, {}); }, "DECID", "query: attributes, as DA1"},
};

template <std::size_t slot>
void designate(State& s, const Sequence& q) {
  s.charsets.g[slot] = is_charset(q.final) ? q.final : ascii;
}

/// DECFI, DECBI: at the margin the columns move instead of the cursor.
void forward_index(State& s, const Sequence&) {
  if (s.x == s.margins().right - 1 && s.in_margins()) {
    s.shift_columns(s.margins().left, 1, false);
  } else {
    s.move_right(1);
  }
}

void back_index(State& s, const Sequence&) {
  if (s.x == s.margins().left && s.in_margins()) {
    s.shift_columns(s.margins().left, 1, true);
  } else {
    s.move_left(1);
  }
}

/// '\0' as final: any.
constexpr SequenceEntry escapes[] = {
    {0, 0, '6', back_index, "DECBI", "back one column, shifting at the margin"},
    {0, 0, '7', [](State& s, const Sequence&) { s.save_cursor(); }, "DECSC", "save the cursor"},
    {0, 0, '8', [](State& s, const Sequence&) { s.restore_cursor(); }, "DECRC", "restore the cursor"},
    {0, 0, '9', forward_index, "DECFI", "forward one column, shifting at the margin"},
    {0, 0, '=', [](State& s, const Sequence&) { s.modes.application_keypad = true; }, "DECKPAM", "application keypad"},
    {0, 0, '>', [](State& s, const Sequence&) { s.modes.application_keypad = false; }, "DECKPNM", "numeric keypad"},
    {0, 0, 'c', [](State& s, const Sequence&) { s.full_reset(); }, "RIS", "full reset"},
    {0, 0, 'n', [](State& s, const Sequence&) { s.charsets.gl = 2; }, "LS2", "G2 into GL"},
    {0, 0, 'o', [](State& s, const Sequence&) { s.charsets.gl = 3; }, "LS3", "G3 into GL"},
    {0, '#', '8', [](State& s, const Sequence&) { s.align(); }, "DECALN", "fill the screen with E"},
    {0, '(', 0, designate<0>, "SCS", "designate G0: B ASCII, 0 DEC graphics, A British and other national sets"},
    {0, ')', 0, designate<1>, "SCS", "designate G1"},
    {0, '*', 0, designate<2>, "SCS", "designate G2"},
    {0, '+', 0, designate<3>, "SCS", "designate G3"},
};

}  // namespace

std::span<const ControlEntry> control_table() {
  return controls;
}
std::span<const SequenceEntry> esc_table() {
  return escapes;
}

void State::execute_control(unsigned char control) {
  for (const ControlEntry& entry : controls) {
    if (entry.code == control) return entry.run(*this);
  }
}

void State::esc(const Sequence& sequence) {
  printed = false;
  if (sequence.intermediates[1] != 0) return;
  for (const SequenceEntry& entry : escapes) {
    if (entry.intermediate != sequence.intermediates[0] || (entry.final != 0 && entry.final != sequence.final))
      continue;
    return entry.run(*this, sequence);
  }
}

}  // namespace duotty::term
