#pragma once
// What the worker counts while it works: plain numbers that the part where a thing happens adds to. They begin at zero
// with every worker. Loop thread only.
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace duotty::core {

struct Meters {
  std::uint64_t output_bytes = 0;       ///< what programs have printed
  std::uint64_t viewer_bytes = 0;       ///< output and snapshots that were sent to viewers
  std::uint64_t viewer_skips = 0;       ///< snapshots sent in place of output that a viewer was too late for
  std::uint64_t websockets = 0;         ///< open now
  std::uint64_t websockets_opened = 0;  ///< since the start
  std::array<std::uint64_t, 6> http{};  ///< answers by the first digit of their status
  /// Execs by the status they were answered with; its words are the server's, never a client's.
  std::map<std::string, std::uint64_t, std::less<>> execs;
  /// Requests and sign-ins whose credential did not hold, by the code of the error.
  std::map<std::string, std::uint64_t, std::less<>> rejected;

  /// Adds one to the count called `word`.
  static void count(std::map<std::string, std::uint64_t, std::less<>>& counts, std::string_view word);
};

/// The ones of this process.
Meters& meters() noexcept;

}  // namespace duotty::core
