#include "ring_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <duotty/pty/ring.hpp>
#include <new>

namespace duotty::pty {
namespace {
// Pages are allocated before the kernel copies into them: a full disk must not turn into lost output.
constexpr std::uint64_t kAllocateAhead = 256 * 1024;
}  // namespace

RingFile::~RingFile() {
  if (header_ != nullptr) ::munmap(header_, kHeaderBytes + capacity_);
}

int RingFile::create(const std::string& path, std::uint64_t capacity) {
  if (!valid_capacity(capacity)) return EINVAL;
  const int fd = path.empty() ? ::memfd_create("duotty-ring", MFD_CLOEXEC)
                              : ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return errno;
  fd_ = std::make_shared<base::UniqueFd>(fd);
  const auto size = static_cast<off_t>(kHeaderBytes + capacity);
  if (::ftruncate(fd, size) != 0) return errno;
  if (::fallocate(fd, 0, 0, sizeof(RingHeader)) != 0) {
    if (errno != EOPNOTSUPP && errno != ENOSYS) return errno;
    sparse_ = false;
  }
  void* map = ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED) return errno;
  ::madvise(map, static_cast<std::size_t>(size), MADV_DONTFORK);
  // Page by page: read-ahead would fill memory with the empty rest of a ring that is hardly used.
  ::madvise(map, static_cast<std::size_t>(size), MADV_RANDOM);
  capacity_ = capacity;
  header_ = new (map) RingHeader{kRingMagic, kRingVersion, capacity, {0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}};
  data_ = static_cast<char*>(map) + kHeaderBytes;
  return allocate(std::min(capacity, kAllocateAhead)) ? 0 : errno;
}

bool RingFile::allocate(std::uint64_t end) {
  end = std::min(end, capacity_);
  if (!sparse_ || end <= allocated_) return true;
  const auto from = static_cast<off_t>(kHeaderBytes + allocated_);
  while (::fallocate(fd_->get(), 0, from, static_cast<off_t>(end - allocated_)) != 0) {
    if (errno == EINTR) continue;
    if (errno != EOPNOTSUPP && errno != ENOSYS) return false;
    sparse_ = false;
    return true;
  }
  allocated_ = end;
  return true;
}

std::size_t RingFile::space(Pace pace) {
  const std::uint64_t floor = header_->floor.load();
  const std::uint64_t parsed = std::min(header_->parsed.load(), head_);
  if (floor <= head_) floor_ = std::max(floor_, floor);
  const std::uint64_t used = head_ - floor_;
  std::uint64_t space = used < capacity_ ? capacity_ - used : 0;
  if (pace == Pace::worker) {
    const std::uint64_t slack = std::min<std::uint64_t>(kReadAhead, capacity_);
    const std::uint64_t lag = head_ - parsed;
    space = std::min(space, lag < slack ? slack - lag : 0);
  }
  return static_cast<std::size_t>(space);
}

std::size_t RingFile::prepare(std::size_t wanted, iovec (&out)[2], int& pieces) {
  const std::uint64_t start = head_ & (capacity_ - 1);
  if (head_ < capacity_ && start + wanted > allocated_ && !allocate(start + wanted + kAllocateAhead)) {
    // Little room on the disk: take what is allocated already, or page by page.
    if (!allocate(start + std::min<std::size_t>(wanted, 4096)) && allocated_ <= start) return 0;
    wanted = std::min<std::size_t>(wanted, allocated_ - start);
  }
  if (head_ + wanted > capacity_) {
    const std::uint64_t tail = head_ + wanted - capacity_;
    if (tail > header_->tail.load(std::memory_order_relaxed)) {
      header_->tail.store(tail, std::memory_order_relaxed);
      std::atomic_thread_fence(std::memory_order_seq_cst);  // before any of those bytes changes
    }
  }
  const std::size_t first = std::min<std::size_t>(wanted, capacity_ - start);
  out[0] = {data_ + start, first};
  out[1] = {data_, wanted - first};
  pieces = wanted > first ? 2 : 1;
  return wanted;
}

bool RingFile::publish() {
  header_->head.store(head_);
  // The load keeps the shared line unwritten while the worker is awake anyway.
  return header_->worker_armed.load() != 0 && header_->worker_armed.exchange(0) != 0;
}

bool RingFile::pause(Pace pace) {
  header_->keeper_paused.store(1);
  if (space(pace) == 0) return true;
  unpause();
  return false;
}

}  // namespace duotty::pty
