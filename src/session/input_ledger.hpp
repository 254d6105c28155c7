#pragma once
// Which input frames have arrived, by client: so that a frame that is sent again after a lost connection, or after a
// worker was killed, is not typed twice. It lives in the ring's memory for the worker.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace duotty::session {

/// The newest 64 clients of one terminal. Loop thread only.
class InputLedger {
 public:
  /// `memory`: a kilobyte, aligned for numbers, zeroed when the terminal was made; it outlives the ledger.
  explicit InputLedger(std::span<std::byte> memory);

  /// True when frame `sequence` of client `token` has been taken before.
  bool seen(std::string_view token, std::uint32_t sequence) const;
  void take(std::string_view token, std::uint32_t sequence);

 private:
  struct Entry {
    std::uint64_t client;
    std::uint32_t sequence;
    std::uint32_t age;
  };
  static constexpr std::size_t kEntries = 64;
  Entry* find(std::uint64_t client) const;
  std::span<Entry> entries_;
};

}  // namespace duotty::session
