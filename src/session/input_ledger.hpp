#pragma once
// Which input frames have arrived, by client: so that a frame that is sent again after a lost connection, or after a
// worker was killed, is not typed twice. It lives in a mapped file beside the ring.
#include <cstdint>
#include <string>
#include <string_view>

namespace duotty::session {

/// The newest 64 clients of one terminal. Move-free; loop thread only.
class InputLedger {
 public:
  /// Without a path, or when the file cannot be used, it lives in this process only.
  explicit InputLedger(const std::string& path);
  ~InputLedger();
  InputLedger(const InputLedger&) = delete;
  InputLedger& operator=(const InputLedger&) = delete;

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
  Entry* entries_ = nullptr;
};

}  // namespace duotty::session
