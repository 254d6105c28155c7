#pragma once
// The tables that give control sequences their meaning. They are also the source of docs/vt.md.
#include <duotty/term/modes.hpp>
#include <span>
#include <string>
#include <string_view>

#include "sequence.hpp"
#include "sgr_table.hpp"
#include "tables.hpp"

namespace duotty::term {

class State;

/// One C0 control, or C1 control (also written ESC and a character 0x40 lower).
struct ControlEntry {
  unsigned char code;
  void (*run)(State&);
  const char* mnemonic;
  const char* doc;
};

/// ESC intermediate final, or CSI leader parameters intermediate final. '\0' means none.
struct SequenceEntry {
  char leader;
  char intermediate;
  char final;
  void (*run)(State&, const Sequence&);
  const char* mnemonic;
  const char* doc;
};

struct OscEntry {
  int number;
  void (*run)(State&, std::string_view text);
  const char* doc;
};

struct DcsEntry {
  char intermediate;
  char final;
  void (*run)(State&, std::string_view data);
  const char* mnemonic;
  const char* doc;
};

std::span<const ControlEntry> control_table();
std::span<const SequenceEntry> esc_table();
std::span<const SequenceEntry> csi_table();
std::span<const OscEntry> osc_table();
std::span<const DcsEntry> dcs_table();

/// SGR, from parameter `first` on.
void apply_sgr(Pen& pen, const Params& params);
/// The same as bits that it keeps and adds.
SgrChange sgr_change(const Params& params);

// reports.cpp: answers to queries, from fixed tables
void report_primary_attributes(State& state, const Sequence& sequence);
void report_secondary_attributes(State& state, const Sequence& sequence);
void report_tertiary_attributes(State& state, const Sequence& sequence);
void report_version(State& state, const Sequence& sequence);
void report_status(State& state, const Sequence& sequence);
void report_private_status(State& state, const Sequence& sequence);
void report_parameters(State& state, const Sequence& sequence);
void report_mode(State& state, const Sequence& sequence);
void report_private_mode(State& state, const Sequence& sequence);
void report_presentation(State& state, const Sequence& sequence);
void report_key_options(State& state, const Sequence& sequence);
void report_kitty_flags(State& state, const Sequence& sequence);
void report_graphics(State& state, const Sequence& sequence);
void report_setting(State& state, std::string_view data);
void report_capability(State& state, std::string_view data);

// Images: state_images.cpp.
void sixel_image(State& state, std::string_view data);
void inline_image(State& state, std::string_view text);

}  // namespace duotty::term
