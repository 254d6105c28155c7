#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <duotty/base/unique_fd.hpp>
#include <duotty/session/display_stream.hpp>
#include <utility>

namespace duotty::session {

DisplayStream::DisplayStream(DisplayStream&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      capacity_(std::exchange(other.capacity_, 0)),
      head_(std::exchange(other.head_, 0)),
      first_(other.first_),
      on_disk_(other.on_disk_) {}

DisplayStream& DisplayStream::operator=(DisplayStream&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(capacity_, other.capacity_);
  std::swap(head_, other.head_);
  std::swap(first_, other.first_);
  std::swap(on_disk_, other.on_disk_);
  return *this;
}

DisplayStream::~DisplayStream() {
  if (data_) ::munmap(data_, capacity_);
}

base::Result<DisplayStream> DisplayStream::open(const std::string& path, std::size_t capacity) {
  const auto failed = [&](const char* step) {
    return base::Error(base::Errc::io,
                       std::string("Could not ") + step + " the display file: " + std::strerror(errno) + ".");
  };
  base::UniqueFd fd;
  int flags = MAP_SHARED;
  if (path.empty()) {
    flags = MAP_PRIVATE | MAP_ANONYMOUS;
  } else {
    fd = base::UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) return failed("open");
    if (::ftruncate(fd.get(), static_cast<off_t>(capacity)) != 0) return failed("size");
    // All of it now: a store into a mapped hole of a full disk is a SIGBUS.
    if (::fallocate(fd.get(), 0, 0, static_cast<off_t>(capacity)) != 0 && errno != EOPNOTSUPP)
      return failed("allocate");
  }
  void* data = ::mmap(nullptr, capacity, PROT_READ | PROT_WRITE, flags, path.empty() ? -1 : fd.get(), 0);
  if (data == MAP_FAILED) return failed("map");
  return DisplayStream(static_cast<char*>(data), capacity, !path.empty());
}

void DisplayStream::append(std::string_view bytes) noexcept {
  if (bytes.size() > capacity_) {
    head_ += bytes.size() - capacity_;
    bytes.remove_prefix(bytes.size() - capacity_);
  }
  const std::size_t at = head_ & (capacity_ - 1);
  const std::size_t first = std::min(bytes.size(), capacity_ - at);
  std::memcpy(data_ + at, bytes.data(), first);
  std::memcpy(data_, bytes.data() + first, bytes.size() - first);
  head_ += bytes.size();
}

std::string DisplayStream::read(DisplayOffset from, std::size_t max) const {
  from = std::max(from, oldest());
  if (from >= head_) return {};
  const std::size_t size = std::min<std::uint64_t>(max, head_ - from);
  std::string out(size, '\0');
  const std::size_t at = from & (capacity_ - 1);
  const std::size_t first = std::min(size, capacity_ - at);
  std::memcpy(out.data(), data_ + at, first);
  std::memcpy(out.data() + first, data_, size - first);
  return out;
}

}  // namespace duotty::session
