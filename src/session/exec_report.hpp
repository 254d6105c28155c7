#pragma once
// What an exec answers, before its output is text.
#include <cstddef>
#include <cstdint>
#include <duotty/session/types.hpp>
#include <duotty/term/types.hpp>
#include <string>

namespace duotty::session {

/// Output on its way to being text. It owns its bytes, so that any thread may fold them.
struct Printed {
  enum class As { command_output, shown_text };
  As as = As::command_output;
  std::string head;  ///< all of it, or its beginning
  std::string tail;
  std::uint64_t between = 0;  ///< bytes left out
  term::Size size;

  std::size_t bytes() const noexcept { return head.size() + tail.size(); }
  /// Pure; takes about 2 ms a megabyte, and up to twenty times that where the cursor moves.
  std::string text() const;
};

struct ExecReport {
  ExecOutcome outcome;  ///< all but its output
  Printed printed;
};

}  // namespace duotty::session
