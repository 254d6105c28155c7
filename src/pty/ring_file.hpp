#pragma once
// The keeper's side of a ring: makes the file, hands out where to read to, publishes. See ring_layout.hpp.
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <duotty/base/unique_fd.hpp>
#include <memory>
#include <string>

#include "ring_layout.hpp"

namespace duotty::pty {

/// Who may hold the keeper back.
enum class Pace {
  worker,   ///< stay within kReadAhead of the worker
  capacity  ///< read on until the ring is full (no worker, or a last drain)
};

class RingFile {
 public:
  RingFile() = default;
  RingFile(const RingFile&) = delete;
  RingFile& operator=(const RingFile&) = delete;
  ~RingFile();

  /// Makes a sparse file (0600, must not exist) or, with an empty path, a memfd. Returns 0 or an errno.
  int create(const std::string& path, std::uint64_t capacity);

  const std::shared_ptr<base::UniqueFd>& fd() const { return fd_; }

  /// Bytes that may be read now. The worker's words are checked: no value of them can make the keeper leave the ring.
  std::size_t space(Pace pace);
  /// Makes up to `wanted` bytes ready to be read into: allocates pages, raises the tail. Returns how many (0 with errno
  /// ENOSPC or EDQUOT when there is no room on the disk) and fills `out`; `pieces` of it are in use.
  std::size_t prepare(std::size_t wanted, iovec (&out)[2], int& pieces);
  /// `count` bytes were read into what prepare() gave. Not visible before publish().
  void add(std::size_t count) { head_ += count; }
  /// Makes everything added visible. True when the worker sleeps and must be notified.
  bool publish();
  /// Told around a turn of reading, publish() included: what was read and is not published yet is nowhere to be seen.
  void set_reading(bool on) { header_->keeper_reading.store(on ? 1 : 0); }
  /// Declares that reading stops for lack of space; false when space appeared meanwhile (and reading goes on).
  bool pause(Pace pace);
  void unpause() { header_->keeper_paused.store(0); }
  /// True while the worker wants this terminal's output slowly, because a person types into another one.
  bool calm(std::int64_t monotonic_ns) const {
    const std::int64_t until = header_->calm_until.load(std::memory_order_relaxed);
    return until > monotonic_ns && until - monotonic_ns <= kMaxCalm;
  }

 private:
  bool allocate(std::uint64_t end);

  std::shared_ptr<base::UniqueFd> fd_;
  RingHeader* header_ = nullptr;
  char* data_ = nullptr;
  std::uint64_t capacity_ = 0;
  std::uint64_t head_ = 0;       // including what is added but not published
  std::uint64_t floor_ = 0;      // highest valid floor seen
  std::uint64_t allocated_ = 0;  // bytes from the start of the ring that have pages behind them
  bool sparse_ = true;           // the file system can allocate ahead
};

}  // namespace duotty::pty
