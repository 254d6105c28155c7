#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <duotty/pty/ring.hpp>

#include "ring_layout.hpp"

namespace duotty::pty {

using base::Errc;
using base::Error;

namespace {
constexpr std::size_t kHeaderMapped = kWorkerBytesAt + kWorkerBytes;
}

base::Result<Ring> Ring::map(const base::UniqueFd& fd) {
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0)
    return Error(Errc::io, std::string("Cannot look at a ring: ") + std::strerror(errno));
  if (st.st_size < static_cast<off_t>(kHeaderBytes + kMinRingCapacity))
    return Error(Errc::protocol, "The keeper passed a file that is too small for a ring.");
  void* header = ::mmap(nullptr, kHeaderMapped, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (header == MAP_FAILED) return Error(Errc::io, std::string("Cannot map a ring: ") + std::strerror(errno));
  Ring ring(static_cast<RingHeader*>(header), nullptr, 0);
  const std::uint64_t capacity = ring.header_->capacity;
  if (ring.header_->magic != kRingMagic || ring.header_->version != kRingVersion || !valid_capacity(capacity) ||
      st.st_size != static_cast<off_t>(kHeaderBytes + capacity))
    return Error(Errc::protocol, "The keeper passed a ring of an unknown format: restart duotty as a whole.");
  void* data = ::mmap(nullptr, capacity, PROT_READ, MAP_SHARED, fd.get(), kHeaderBytes);
  if (data == MAP_FAILED) return Error(Errc::io, std::string("Cannot map a ring: ") + std::strerror(errno));
  ::madvise(data, capacity, MADV_RANDOM);  // as the keeper maps it: no read-ahead of what is not there
  ring.data_ = static_cast<const char*>(data);
  ring.capacity_ = capacity;
  return ring;
}

Ring::Ring(Ring&& other) noexcept
    : header_(std::exchange(other.header_, nullptr)),
      data_(std::exchange(other.data_, nullptr)),
      capacity_(std::exchange(other.capacity_, 0)) {}

Ring& Ring::operator=(Ring&& other) noexcept {
  std::swap(header_, other.header_);
  std::swap(data_, other.data_);
  std::swap(capacity_, other.capacity_);
  return *this;
}

Ring::~Ring() {
  if (data_ != nullptr) ::munmap(const_cast<char*>(data_), capacity_);
  if (header_ != nullptr) ::munmap(header_, kHeaderMapped);
}

Offset Ring::head() const noexcept {
  return header_->head.load();
}
bool Ring::keeper_reads() const noexcept {
  return header_->keeper_reading.load() != 0;
}
Offset Ring::parsed() const noexcept {
  return header_->parsed.load(std::memory_order_relaxed);
}
Offset Ring::floor() const noexcept {
  return header_->floor.load(std::memory_order_relaxed);
}

Offset Ring::oldest() const noexcept {
  // The fence keeps this load after the reads of the bytes it judges.
  std::atomic_thread_fence(std::memory_order_acquire);
  return header_->tail.load(std::memory_order_relaxed);
}

std::array<std::string_view, 2> Ring::bytes(Offset from, Offset to) const noexcept {
  const Offset end = head();
  if (from >= to || to > end || from < oldest() || to - from > capacity_) return {};
  const std::size_t start = from & (capacity_ - 1);
  const std::size_t first = std::min<std::size_t>(to - from, capacity_ - start);
  return {std::string_view(data_ + start, first), std::string_view(data_, to - from - first)};
}

std::string Ring::copy(Offset from, Offset to) const {
  const auto pieces = bytes(from, to);
  std::string out;
  out.reserve(pieces[0].size() + pieces[1].size());
  out.append(pieces[0]).append(pieces[1]);
  if (from < oldest()) out.clear();
  return out;
}

bool Ring::resume_due() noexcept {
  if (header_->keeper_paused.load() == 0) return false;
  // Paused, so head stands still. Half of the slack must be free, so that a flood does not cost a message each turn.
  const Offset end = header_->head.load();
  const Offset slack = std::min<Offset>(kReadAhead, capacity_);
  if (end - parsed() > slack / 2 || end - floor() >= capacity_) return false;
  return header_->keeper_paused.exchange(0) != 0;
}

bool Ring::set_parsed(Offset offset) noexcept {
  header_->parsed.store(offset);
  return resume_due();
}

bool Ring::set_floor(Offset offset) noexcept {
  if (offset > floor()) header_->floor.store(offset);
  return resume_due();
}

std::span<std::byte> Ring::worker_bytes() noexcept {
  return {reinterpret_cast<std::byte*>(header_) + kWorkerBytesAt, kWorkerBytes};
}

bool Ring::arm_and_recheck() noexcept {
  header_->worker_armed.store(1);
  return header_->head.load() != parsed();
}

void Ring::calm_for(std::chrono::nanoseconds time) noexcept {
  const auto until = std::chrono::steady_clock::now().time_since_epoch() + time;
  header_->calm_until.store(std::chrono::nanoseconds(until).count(), std::memory_order_relaxed);
}

}  // namespace duotty::pty
