#pragma once
// Which lines of a program's output say that something went wrong: the lines that no reduction may lose.
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace duotty::digest {

enum class Trouble : std::uint8_t {
  none,
  warning,  ///< says of itself that it is a warning, or that something is deprecated
  error,    ///< an error, failure, crash, refusal or diagnostic of any program
};

/// What a line looks like, whatever program wrote it. Words count where they stand alone ("error:", "2 failed"), not in
/// names ("error.cpp", "--fail-fast"), and not where a count says that there were none ("0 errors", "Failures: 0"). In
/// doubt a line is trouble. Linear in the length of the line.
Trouble trouble_of(std::string_view line) noexcept;

/// The same, with the place of the first word that made it so (0 when there is none).
struct TroubleAt {
  Trouble kind = Trouble::none;
  std::size_t at = 0;
};
TroubleAt find_trouble(std::string_view line) noexcept;

}  // namespace duotty::digest
