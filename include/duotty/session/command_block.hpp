#pragma once
// A command of one terminal with what the session knows of it beyond its marks: who ran it, and where it stands.
#include <duotty/exec/command_tracker.hpp>
#include <duotty/session/display_stream.hpp>
#include <duotty/term/types.hpp>
#include <string>

namespace duotty::session {

/// `output_begin` and `output_end` are offsets in the terminal's raw output (Session::raw_output).
struct CommandBlock : exec::Block {
  std::string by = "human";  ///< "human", "agent", "agent:<name>", or "ai": proposed by the AI, entered by a person
  /// Not for the disk: the command begins with a space, or was typed while nothing was echoed (its text is then not
  /// kept at all).
  bool is_private = false;
  std::string signal;  ///< "SIGKILL": that ended the shell with the command; else empty
  int cols = 80;       ///< size of the terminal at the end
  int rows = 24;
  term::AnchorId anchor = term::AnchorId::none;  ///< first row of its prompt
  std::uint64_t rows_above = 0;                  ///< rows from there to the one in which the output begins
  DisplayOffset shown_begin = 0;                 ///< display offset at the start
  DisplayOffset shown_end = 0;                   ///< display offset at the end; 0 while it runs
};

/// Raw output; `begin` is later than what was asked for when older bytes are no longer kept.
struct RawOutput {
  std::uint64_t begin = 0;
  std::string bytes;
};

}  // namespace duotty::session
