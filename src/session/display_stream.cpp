#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/log.hpp>
#include <duotty/session/display_stream.hpp>
#include <utility>

namespace duotty::session {

DisplayStream::DisplayStream(DisplayStream&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      small_(std::move(other.small_)),
      path_(std::move(other.path_)),
      capacity_(std::exchange(other.capacity_, 0)),
      head_(other.head_),
      first_(other.first_),
      on_disk_(other.on_disk_) {}

DisplayStream& DisplayStream::operator=(DisplayStream&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(small_, other.small_);
  std::swap(path_, other.path_);
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
  DisplayStream stream;
  stream.capacity_ = capacity;
  stream.path_ = path;
  struct stat there {};
  if (path.empty() || ::lstat(path.c_str(), &there) != 0) return stream;
  if (auto mapped = stream.map(path); !mapped) return mapped.error();
  return stream;
}

base::Result<> DisplayStream::map(const std::string& path) {
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
    if (::ftruncate(fd.get(), static_cast<off_t>(capacity_)) != 0) return failed("size");
    // All of it now: a store into a mapped hole of a full disk is a SIGBUS.
    if (::fallocate(fd.get(), 0, 0, static_cast<off_t>(capacity_)) != 0 && errno != EOPNOTSUPP)
      return failed("allocate");
  }
  void* data = ::mmap(nullptr, capacity_, PROT_READ | PROT_WRITE, flags, path.empty() ? -1 : fd.get(), 0);
  if (data == MAP_FAILED) return failed("map");
  // Else the first byte of a terminal has the kernel read ahead: 128 KiB of zeros, made, kept and never asked for.
  ::madvise(data, capacity_, MADV_RANDOM);
  data_ = static_cast<char*>(data);
  on_disk_ = !path.empty();
  return {};
}

void DisplayStream::keep() noexcept {
  if (data_ || capacity_ == 0) return;
  auto mapped = map(path_);
  if (!mapped) {
    core::log_warning("{} History will not survive a restart.", mapped.error().message());
    // A file that was made and not filled would be read by the next worker.
    if (!path_.empty()) ::unlink(path_.c_str());
    mapped = map({});
  }
  if (!mapped) {  // no memory either: the newest bytes are all there is
    first_ = head_;
    small_.clear();
    return;
  }
  const std::string kept = std::exchange(small_, {});
  first_ = head_ - kept.size();
  head_ = first_;
  put(kept);
}

void DisplayStream::append(std::string_view bytes) noexcept {
  const std::size_t room = std::min(kSmallDisplay, capacity_);
  if (!data_ && small_.size() + bytes.size() > room) keep();
  if (data_) return put(bytes);
  head_ += bytes.size();
  small_.append(bytes.substr(bytes.size() - std::min(bytes.size(), room)));
  first_ = head_ - small_.size();
}

void DisplayStream::put(std::string_view bytes) noexcept {
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
  if (!data_) return small_.substr(small_.size() - static_cast<std::size_t>(head_ - from), size);
  std::string out(size, '\0');
  const std::size_t at = from & (capacity_ - 1);
  const std::size_t first = std::min(size, capacity_ - at);
  std::memcpy(out.data(), data_ + at, first);
  std::memcpy(out.data() + first, data_, size - first);
  return out;
}

}  // namespace duotty::session
