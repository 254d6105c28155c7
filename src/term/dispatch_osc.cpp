// OSC strings (xterm ctlseqs, "Operating System Commands") and DCS strings.
#include <algorithm>
#include <duotty/base/text.hpp>

#include "color_text.hpp"
#include "dispatch.hpp"
#include "state.hpp"

namespace duotty::term {
namespace {

/// What stands before the first `separator`; `text` keeps the rest.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view head = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return head;
}

/// A small decimal number, or -1.
int number(std::string_view text) {
  const auto value = base::parse_u64(text);
  return value && *value <= 65535 ? static_cast<int>(*value) : -1;
}

void title(State& s, std::string_view text) {
  s.set_title(std::string(text));
}

/// The slot of a number of OSC 4: behind the palette stand the special colours. -1 when there is none.
int palette_slot(int index) {
  if (index >= 256 + special_colors) return -1;
  return index < 256 ? index : special_slot + index - 256;
}

void answer_color(State& s, const std::string& command, int slot) {
  const auto custom = s.palette.find(slot);
  Color color = slot == background_slot ? s.options.background : s.options.foreground;
  if (slot < 256) color = palette_color(slot);
  if (custom != s.palette.end()) color = custom->second;
  s.host->reply("\x1b]" + command + ";" + color_text(color) + "\x1b\\");
}

/// OSC 4, and OSC 5 for the special colours alone.
template <int command_number>
void palette(State& s, std::string_view text) {
  while (!text.empty()) {
    const int index = number(take(text, ';'));
    const std::string_view spec = take(text, ';');
    const int slot = index < 0 ? -1 : palette_slot(command_number == 4 ? index : index + 256);
    if (slot < 0) continue;
    if (spec == "?") {
      answer_color(s, std::to_string(command_number) + ";" + std::to_string(index), slot);
    } else if (const auto color = parse_color(spec)) {
      s.palette[slot] = *color;
    }
  }
}

void reset_palette(State& s, std::string_view text) {
  if (text.empty()) std::erase_if(s.palette, [](const auto& entry) { return entry.first < 256; });
  while (!text.empty()) {
    const int index = number(take(text, ';'));
    if (index >= 0) s.palette.erase(palette_slot(index));
  }
}

void reset_special(State& s, std::string_view text) {
  if (text.empty()) std::erase_if(s.palette, [](const auto& entry) { return entry.first >= special_slot; });
  while (!text.empty()) {
    const int index = number(take(text, ';'));
    if (index >= 0) s.palette.erase(palette_slot(index + 256));
  }
}

/// OSC 10, 11, 12: each further field is for the next number.
template <int first>
void dynamic_color(State& s, std::string_view text) {
  for (int command = first; command <= 12 && !text.empty(); ++command) {
    const std::string_view spec = take(text, ';');
    const int slot = foreground_slot + command - 10;
    if (spec == "?") {
      answer_color(s, std::to_string(command), slot);
    } else if (const auto color = parse_color(spec)) {
      s.palette[slot] = *color;
    }
  }
}

template <int slot>
void reset_dynamic(State& s, std::string_view) {
  s.palette.erase(slot);
}

void working_directory(State& s, std::string_view text) {
  std::string uri = base::to_valid_utf8(text);
  if (uri.size() > max_title_bytes) return;
  s.cwd = std::move(uri);
  s.host->cwd(s.cwd);
}

/// OSC 8 ; key=value:... ; target. The limits are of what is kept, in which a malformed byte takes three: a snapshot
/// writes that, and it must be understood again.
void hyperlink(State& s, std::string_view text) {
  std::string_view parameters = take(text, ';');
  Link link;
  if (std::string uri = base::to_valid_utf8(text); uri.size() <= max_link_uri) link.uri = std::move(uri);
  while (!parameters.empty() && !link.uri.empty()) {
    const std::string_view pair = take(parameters, ':');
    if (!pair.starts_with("id=")) continue;
    if (std::string id = base::to_valid_utf8(pair.substr(3)); id.size() <= max_link_id) link.id = std::move(id);
  }
  s.pen.link = link.uri.empty() ? 0 : s.intern_link(std::move(link));
  s.touch_pen();
}

/// OSC 9: a notification (iTerm2) or progress (ConEmu).
void notification(State& s, std::string_view text) {
  if (text != "4" && !text.starts_with("4;")) {
    s.host->notify({}, base::to_valid_utf8(text));
    return;
  }
  take(text, ';');
  const int kind = number(take(text, ';'));
  const int percent = std::clamp(number(take(text, ';')), 0, 100);
  if (kind >= 0 && kind <= 4) s.host->progress(static_cast<ProgressState>(kind), percent);
}

/// OSC 99 (kitty): metadata ; text. Only plain, whole notifications.
void kitty_notification(State& s, std::string_view text) {
  std::string_view metadata = take(text, ';');
  while (!metadata.empty()) {
    const std::string_view pair = take(metadata, ':');
    if (pair.starts_with("e=1") || pair.starts_with("d=0")) return;
    if (pair.starts_with("p=") && pair != "p=title" && pair != "p=body") return;
  }
  s.host->notify({}, base::to_valid_utf8(text));
}

/// OSC 777 ; notify ; title ; body (urxvt)
void urxvt_notification(State& s, std::string_view text) {
  if (take(text, ';') != "notify") return;
  const std::string title_text = base::to_valid_utf8(take(text, ';'));
  s.host->notify(title_text, base::to_valid_utf8(text));
}

void clipboard(State& s, std::string_view text) {
  const std::string_view selection = take(text, ';');
  if (text == "?") return;
  if (const auto bytes = base::base64_decode(text)) s.host->clipboard_write(selection, *bytes);
}

void semantic_mark(State& s, std::string_view text) {
  if (text.empty() || (text.size() > 1 && text[1] != ';')) return;
  s.host->mark133(text[0], text.size() > 2 ? text.substr(2) : std::string_view{});
}

constexpr OscEntry entries[] = {
    {0, title, "title"},
    {2, title, "title"},
    {4, palette<4>, "set or query palette colours; from 256 on, special colours"},
    {5, palette<5>, "set or query special colours: bold (0), underline, blink, reverse, italic (4); kept, no effect"},
    {7, working_directory, "working directory"},
    {8, hyperlink, "hyperlink"},
    {9, notification, "notification; 9;4 progress"},
    {10, dynamic_color<10>, "set or query the foreground"},
    {11, dynamic_color<11>, "set or query the background"},
    {12, dynamic_color<12>, "set or query the cursor's colour"},
    {52, clipboard, "write the clipboard; reading is refused"},
    {99, kitty_notification, "notification (kitty), plain"},
    {104, reset_palette, "reset palette colours"},
    {105, reset_special, "reset special colours"},
    {110, reset_dynamic<foreground_slot>, "reset the foreground"},
    {111, reset_dynamic<background_slot>, "reset the background"},
    {112, reset_dynamic<cursor_slot>, "reset the cursor's colour"},
    {133, semantic_mark, "semantic prompt marks"},
    {777, urxvt_notification, "notification (urxvt)"},
    {1337, inline_image, "image (iTerm2, File= with inline=1): noted, not drawn"},
};

constexpr DcsEntry strings[] = {
    {0, 'q', sixel_image, "", "image (sixel): noted, not drawn"},
    {'$', 'q', report_setting, "DECRQSS",
     "query: SGR (m), margins (r, s), DECSCUSR ( q), DECSCA (\"q), DECSCL (\"p), size (t, $|, *|), DECSACE (*x), "
     "status line ($}, $~)"},
    {'+', 'q', report_capability, "XTGETTCAP",
     "query: TN, Co, RGB, Tc, Su, Smulx, Setulc, setrgbf, setrgbb, smxx, rmxx, Smol, Rmol, Ss, Se, Ms"},
};

}  // namespace

std::span<const OscEntry> osc_table() {
  return entries;
}
std::span<const DcsEntry> dcs_table() {
  return strings;
}

void State::osc(std::string_view text) {
  printed = false;
  const int command = number(take(text, ';'));
  if (command < 0 || command == 1) return;
  const auto* const entry =
      std::find_if(std::begin(entries), std::end(entries), [&](const OscEntry& e) { return e.number == command; });
  if (entry != std::end(entries)) {
    entry->run(*this, text);
  } else {
    host->osc(command, text);
  }
}

void State::dcs(const Sequence& sequence, std::string_view data) {
  printed = false;
  if (sequence.leader != 0 || sequence.intermediates[1] != 0) return;
  for (const DcsEntry& entry : strings) {
    if (entry.intermediate == sequence.intermediates[0] && entry.final == sequence.final) entry.run(*this, data);
  }
}

}  // namespace duotty::term
