#pragma once
// The shared memory of a ring: this header, then the bytes at kHeaderBytes. Both processes map the same file.
//
// Who writes what: the keeper `head`, `tail`, `keeper_reading`, `keeper_paused = 1`, `worker_armed = 0`; the worker `parsed`, `floor`,
// `calm_until`, `worker_armed = 1`, `keeper_paused = 0`.
//
// Two wake-ups must not get lost, and both are the same dance (Dekker): each side first writes its own word, then reads
// the other's, all sequentially consistent, so at least one of them sees the other.
//   output   keeper: publish head, then take worker_armed      worker: set worker_armed, then look at head again
//   space    keeper: set keeper_paused, then look at parsed    worker: publish parsed/floor, then take keeper_paused
// The bytes themselves need only head's release/acquire, which sequential consistency includes.
//
// Below `floor` the ring is a seqlock: the keeper raises `tail` before it overwrites, a reader copies and then checks
// that `tail` has not passed what it copied.
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace duotty::pty {

inline constexpr std::uint32_t kRingMagic = 0x474E5244;  // "DRNG"
inline constexpr std::uint32_t kRingVersion = 1;
/// The bytes start here: a multiple of every page size Linux uses. All but the first page of it is a hole in the file.
inline constexpr std::size_t kHeaderBytes = 64 * 1024;
inline constexpr std::size_t kMinRingCapacity = 4096;
inline constexpr std::size_t kMaxRingCapacity = std::size_t{1} << 30;

/// Whatever a worker writes there, no terminal is held back for longer.
inline constexpr std::int64_t kMaxCalm = 1'000'000'000;

struct RingHeader {
  std::uint32_t magic;
  std::uint32_t version;
  std::uint64_t capacity;
  alignas(64) std::atomic<std::uint64_t> head;    // one past the last published byte
  std::atomic<std::uint64_t> tail;                // bytes before this are, or are just being, overwritten
  std::atomic<std::uint32_t> keeper_paused;       // the keeper does not read until it is told to
  std::atomic<std::uint32_t> keeper_reading;      // between taking bytes from the PTY and publishing them
  alignas(64) std::atomic<std::uint64_t> parsed;  // the worker has consumed everything before
  std::atomic<std::uint64_t> floor;               // the worker needs everything from here on
  std::atomic<std::uint32_t> worker_armed;        // the worker sleeps and wants one notification
  std::atomic<std::int64_t> calm_until;           // CLOCK_MONOTONIC, ns: until then others' output comes first
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);
/// Behind the header, in its page: memory of the worker's own, which outlives it. Starts zeroed.
inline constexpr std::size_t kWorkerBytesAt = 1024;
inline constexpr std::size_t kWorkerBytes = 1024;
static_assert(sizeof(RingHeader) <= kWorkerBytesAt && kWorkerBytesAt + kWorkerBytes <= 4096);

constexpr bool valid_capacity(std::uint64_t capacity) noexcept {
  return capacity >= kMinRingCapacity && capacity <= kMaxRingCapacity && (capacity & (capacity - 1)) == 0;
}

}  // namespace duotty::pty
