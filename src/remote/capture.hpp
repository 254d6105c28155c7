#pragma once
// What a command writes, kept to a limit: the beginning and the end of what is too long.
#include <cstdint>
#include <string>
#include <string_view>

namespace duotty::remote {

class Capture {
 public:
  /// Keeps at most `most` bytes and a little more.
  explicit Capture(std::size_t most) : half_(most / 2) {}

  void add(std::string_view bytes);
  /// What was kept, with a line that says what is missing.
  std::string text() const;
  std::uint64_t total() const noexcept { return total_; }
  std::uint64_t omitted() const noexcept { return total_ - head_.size() - tail_.size(); }

 private:
  std::size_t half_;
  std::string head_;
  std::string tail_;  ///< at most twice `half_` while it grows
  std::uint64_t total_ = 0;
};

}  // namespace duotty::remote
