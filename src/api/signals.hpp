#pragma once
// Signals by the names that people give them.
#include <csignal>
#include <duotty/base/error.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace duotty::api {

/// The number of a name, with or without SIG, in any case. Error invalid_params (field `signal`).
inline base::Result<int> signal_number(std::string name) {
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  if (name.compare(0, 3, "SIG") == 0) name.erase(0, 3);
  constexpr std::pair<std::string_view, int> kSignals[] = {
      {"INT", SIGINT},   {"TERM", SIGTERM}, {"KILL", SIGKILL}, {"HUP", SIGHUP},   {"QUIT", SIGQUIT},  {"TSTP", SIGTSTP},
      {"CONT", SIGCONT}, {"STOP", SIGSTOP}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"WINCH", SIGWINCH}};
  for (const auto& [word, number] : kSignals) {
    if (name == word) return number;
  }
  return base::Error(base::Errc::invalid_params,
                     "\"signal\" must be one of INT, TERM, KILL, HUP, QUIT, TSTP, CONT, STOP, USR1, USR2, WINCH.",
                     "signal");
}

}  // namespace duotty::api
