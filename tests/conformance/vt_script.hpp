#pragma once
// The language of tests/conformance/vt/*.vt: what a terminal is fed, and what it must then be.
//
//   # a comment
//   test "name"                begins a case: a fresh 80x24 terminal
//   size 10 5 [scrollback]     another size, before anything is fed
//   feed "bytes"               \e \n \r \t \b \a \0 \" \\ \xHH, and UTF-8 as it stands
//   resize 20 5
//   rows "a" "b"               the visible rows from the top; those not named are blank
//   row 2 "text"               one visible row; trailing blanks do not count
//   above 1 "text"             a row of the scrollback, 1 being the newest
//   scrollback 3               how many there are
//   ansi 0 "bytes"             one visible row with its looks (ansi_lines)
//   wrapped 0 yes|no           whether a visible row goes on in the next
//   cursor 3 1 [pending]       column and row, from 0
//   reply "bytes"              what was answered since the last `reply`; "" for nothing
//   effect "text"              host effects since the last `effect`, one a line, see Recorder
//   mode bracketed_paste on    by the name of the member of Modes
//   mouse any sgr              tracking and encoding
//   screen main|alternate
//   title "text"
//   shape 3                    DECSCUSR
//   kitty 5                    keyboard flags
//   ground yes|no              nothing half received
#include <string>
#include <string_view>
#include <vector>

namespace duotty::term::testing {

struct Command {
  int line = 0;
  std::string name;
  std::vector<std::string> arguments;  ///< strings are decoded
};

struct Script {
  std::string name;
  std::string file;
  std::vector<Command> commands;
};

/// The cases of a file; `error` says what is wrong with it, with its line.
std::vector<Script> parse_scripts(const std::string& file, std::string_view text, std::string& error);

}  // namespace duotty::term::testing
