#pragma once
// The worker's view of a ring: the raw output of one terminal, written by the keeper, at absolute byte offsets that
// start at 0 and never shift. Offsets outlive the worker; the bytes do too, as far back as the capacity reaches.
//
// The session's turn:   consume [parsed, head) -> set_parsed -> (checkpoint -> set_floor) -> arm_and_recheck.
// This class neither waits nor talks to the keeper: it says when KeeperClient::resume() is due.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/base/unique_fd.hpp>
#include <span>
#include <string>
#include <string_view>

namespace duotty::pty {

struct RingHeader;

/// Absolute position in a terminal's raw output, in bytes.
using Offset = std::uint64_t;

/// Default number of bytes a ring holds.
inline constexpr std::size_t kRingCapacity = std::size_t{16} << 20;
/// The keeper stops reading a terminal that is this many bytes ahead of the worker (fewer when the ring is smaller).
inline constexpr std::size_t kReadAhead = std::size_t{256} << 10;

/// Move only. Loop thread only; the other side is another process.
class Ring {
 public:
  Ring() noexcept = default;
  Ring(Ring&& other) noexcept;
  Ring& operator=(Ring&& other) noexcept;
  ~Ring();

  /// Maps a ring that the keeper passed (the bytes read-only). Errors: `io`; `protocol` when it is not a ring.
  static base::Result<Ring> map(const base::UniqueFd& fd);

  /// False only for a default-made or moved-from ring; nothing else may be called then.
  explicit operator bool() const noexcept { return header_ != nullptr; }

  /// End of the output so far: one past the last byte that the keeper has published.
  Offset head() const noexcept;
  /// The keeper is taking bytes from the terminal that head() does not count yet. To know that all is counted, look in
  /// this order: nothing unread in the terminal, this false, head().
  bool keeper_reads() const noexcept;
  /// What the worker last said with set_parsed(); survives the worker.
  Offset parsed() const noexcept;
  /// What the worker last said with set_floor(); survives the worker.
  Offset floor() const noexcept;
  /// Bytes that the ring can hold; a power of two.
  std::size_t capacity() const noexcept { return capacity_; }
  /// Oldest offset whose bytes are still there and are not being overwritten right now. Bytes at or above floor() stay;
  /// older ones may be overwritten while they are read: copy them, then check that oldest() has not passed them.
  Offset oldest() const noexcept;

  /// The bytes [from, to) in at most two pieces (the second one is empty unless the range wraps). Both are empty when
  /// the range is not within [oldest(), head()]. Valid until set_floor() or, below the floor, as oldest() says.
  std::array<std::string_view, 2> bytes(Offset from, Offset to) const noexcept;
  /// The same bytes as one string; empty when they were overwritten meanwhile.
  std::string copy(Offset from, Offset to) const;

  /// Everything before `offset` has been consumed. True when the keeper waits for that: call KeeperClient::resume().
  [[nodiscard]] bool set_parsed(Offset offset) noexcept;
  /// Bytes before `offset` are no longer needed for recovery (a checkpoint covers them) and may be overwritten. The
  /// keeper stops at floor() + capacity(), so move the floor long before that. Never moves back. True as above.
  [[nodiscard]] bool set_floor(Offset offset) noexcept;

  /// A kilobyte, zeroed when the terminal was made, for what the worker must remember of it and the next one must know.
  std::span<std::byte> worker_bytes() noexcept;

  /// Asks for one on_output() at the next output, then looks again. True: output beyond parsed() is already there, go
  /// on consuming (the notification may still come and is harmless). False: wait for on_output().
  [[nodiscard]] bool arm_and_recheck() noexcept;

  /// Asks the keeper to read this terminal's output slowly for `time` (at most a second) from now on, so that other
  /// terminals' programs get the processors. It goes on reading: nothing is lost and nothing stops.
  void calm_for(std::chrono::nanoseconds time) noexcept;

 private:
  Ring(RingHeader* header, const char* data, std::size_t capacity) noexcept
      : header_(header), data_(data), capacity_(capacity) {}
  bool resume_due() noexcept;

  RingHeader* header_ = nullptr;
  const char* data_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace duotty::pty
