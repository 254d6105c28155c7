#pragma once
// A recorded program: what it wrote, and the sizes its window had (recordings/README.md).
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::tests {

struct Recording {
  struct Resize {
    std::size_t offset = 0;  ///< bytes of output before it
    int cols = 0;
    int rows = 0;
  };
  std::string name;
  int cols = 80;  ///< at the beginning
  int rows = 24;
  std::string output;
  std::vector<Resize> resizes;  ///< in order
};

/// How a failing test calls it.
inline void PrintTo(const Recording& recording, std::ostream* out) {
  *out << recording.name;
}

/// Reads one unpacked file; `error` says what is wrong with it.
Recording parse_recording(std::string name, std::string_view bytes, std::string& error);

/// All recordings of a folder, by name. Prints what is wrong and returns nothing when one of them cannot be read.
std::vector<Recording> load_recordings(const std::string& folder);

}  // namespace duotty::tests
