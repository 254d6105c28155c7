// Setting, resetting and reporting modes.
#include "modes_table.hpp"

#include <algorithm>

#include "state.hpp"

namespace duotty::term {
namespace {

using enum ModeEntry::Kind;

const ModeEntry* find(int number, bool is_private) {
  const ModeEntry::Kind kind = is_private ? dec : ansi;
  const std::span<const ModeEntry> entries = mode_table();
  const auto at = std::find_if(entries.begin(), entries.end(),
                               [&](const ModeEntry& entry) { return entry.number == number && entry.kind == kind; });
  return at == entries.end() ? nullptr : &*at;
}

MouseTracking tracking_of(int number) {
  switch (number) {
    case 9:
      return MouseTracking::x10;
    case 1000:
      return MouseTracking::normal;
    case 1002:
      return MouseTracking::button;
    case 1003:
      return MouseTracking::any;
    default:
      return MouseTracking::off;
  }
}

MouseEncoding encoding_of(int number) {
  switch (number) {
    case 1005:
      return MouseEncoding::utf8;
    case 1006:
      return MouseEncoding::sgr;
    case 1015:
      return MouseEncoding::urxvt;
    case 1016:
      return MouseEncoding::sgr_pixels;
    default:
      return MouseEncoding::x10;
  }
}

}  // namespace

int tracking_mode(MouseTracking tracking) {
  constexpr int numbers[] = {0, 9, 1000, 1002, 1003};
  return numbers[static_cast<std::size_t>(tracking)];
}

int encoding_mode(MouseEncoding encoding) {
  constexpr int numbers[] = {0, 1005, 1006, 1015, 1016};
  return numbers[static_cast<std::size_t>(encoding)];
}

void State::set_mode(int number, bool is_private, bool on) {
  const ModeEntry* const entry = find(number, is_private);
  if (entry == nullptr) return;
  if (entry->flag == &Modes::left_right_margins) {
    set_left_right_margins(on);
    return;
  }
  if (entry->flag != nullptr) {
    modes.*entry->flag = on;
    if (entry->flag == &Modes::origin) home();
    return;
  }
  if (tracking_of(number) != MouseTracking::off) {
    modes.mouse = on ? tracking_of(number) : MouseTracking::off;
  } else if (encoding_of(number) != MouseEncoding::x10) {
    modes.mouse_encoding = on ? encoding_of(number) : MouseEncoding::x10;
  } else if (number == 1048) {
    on ? save_cursor() : restore_cursor();
  } else {
    if (number == 1049 && on) save_cursor();
    use_alternate(on);
    if (number == 1049 && !on) restore_cursor();
  }
}

int State::mode_report(int number, bool is_private) const {
  const ModeEntry* const entry = find(number, is_private);
  if (entry == nullptr) {
    const std::span<const int> fixed = fixed_modes(is_private ? dec : ansi);
    return std::find(fixed.begin(), fixed.end(), number) != fixed.end() ? 4 : 0;
  }
  bool on = false;
  if (entry->flag != nullptr) {
    on = modes.*entry->flag;
  } else if (tracking_of(number) != MouseTracking::off) {
    on = modes.mouse == tracking_of(number);
  } else if (encoding_of(number) != MouseEncoding::x10) {
    on = modes.mouse_encoding == encoding_of(number);
  } else if (number == 1048) {
    on = active->saved.set;
  } else {
    on = active != &main;
  }
  return on ? 1 : 2;
}

void State::save_mode(int number) {
  if (number != 1048 && find(number, true) != nullptr) saved_modes[number] = mode_report(number, true) == 1;
}

void State::restore_mode(int number) {
  const auto saved = saved_modes.find(number);
  if (saved != saved_modes.end()) set_mode(number, true, saved->second);
}

}  // namespace duotty::term
