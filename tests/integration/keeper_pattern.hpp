#pragma once
// Output whose every byte says where it belongs: line n is n in 14 digits, and the terminal ends it with CR LF. A byte
// lost or doubled anywhere makes the rest disagree.
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace duotty::pty::test {

inline constexpr std::uint64_t kLineBytes = 16;

inline std::string pattern_line(std::uint64_t number) {
  char line[32];
  std::snprintf(line, sizeof line, "%014llu\r\n", static_cast<unsigned long long>(number));
  return line;
}

/// Offset of the first byte of `bytes`, which stand at `offset`, that is not as it must be; or npos.
inline std::size_t first_wrong(std::uint64_t offset, std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::string line = pattern_line((offset + at) / kLineBytes);
    for (std::size_t i = (offset + at) % kLineBytes; i < kLineBytes && at < bytes.size(); ++i, ++at) {
      if (bytes[at] != line[i]) return at;
    }
  }
  return std::string_view::npos;
}

}  // namespace duotty::pty::test
