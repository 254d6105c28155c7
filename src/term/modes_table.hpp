#pragma once
// The modes as data.
#include <duotty/term/modes.hpp>
#include <span>

namespace duotty::term {

struct ModeEntry {
  enum class Kind : unsigned char { ansi, dec };
  int number;
  Kind kind;
  bool Modes::*flag;     ///< null: handled by number
  const char* mnemonic;  ///< may be empty
  const char* doc;
};

/// Every known mode, ANSI first.
std::span<const ModeEntry> mode_table();
/// Modes that are known and always reset.
std::span<const int> fixed_modes(ModeEntry::Kind kind);
/// The DEC mode that sets a value, 0 for the initial one.
int tracking_mode(MouseTracking tracking);
int encoding_mode(MouseEncoding encoding);

}  // namespace duotty::term
