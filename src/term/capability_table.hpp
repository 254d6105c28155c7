#pragma once
// What XTGETTCAP tells of terminfo: names and values as tic takes them.

namespace duotty::term {

inline constexpr struct {
  const char* name;
  const char* value;  ///< null: it is there or not, and has none
} capabilities[] = {
    {"TN", "xterm-256color"},
    {"name", "xterm-256color"},
    {"Co", "256"},
    {"colors", "256"},
    {"RGB", "8/8/8"},
    {"Tc", nullptr},
    {"Su", nullptr},
    {"Smulx", "\x1b[4:%p1%dm"},
    {"Setulc", "\x1b[58:2::%p1%{65536}%/%d:%p1%{256}%/%{255}%&%d:%p1%{255}%&%dm"},
    {"setrgbf", "\x1b[38:2:%p1%d:%p2%d:%p3%dm"},
    {"setrgbb", "\x1b[48:2:%p1%d:%p2%d:%p3%dm"},
    {"smxx", "\x1b[9m"},
    {"rmxx", "\x1b[29m"},
    {"Smol", "\x1b[53m"},
    {"Rmol", "\x1b[55m"},
    {"Ss", "\x1b[%p1%d q"},
    {"Se", "\x1b[0 q"},
    {"Ms", "\x1b]52;%p1%s;%p2%s\x07"},
};

}  // namespace duotty::term
