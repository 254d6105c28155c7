#pragma once
// What viewers see of a terminal, as bytes with absolute offsets: the program's output without our marks, plus inserted
// answers. The last part of it lives in a file that is mapped shared, so a worker that is killed loses none of it.
#include <cstdint>
#include <duotty/base/error.hpp>
#include <string>
#include <string_view>

namespace duotty::session {

/// Absolute position in a terminal's display stream, in bytes.
using DisplayOffset = std::uint64_t;

/// Bytes of display stream kept per terminal; a power of two.
inline constexpr std::size_t kDisplayCapacity = std::size_t{1} << 20;
/// Bytes of it that need no file.
inline constexpr std::size_t kSmallDisplay = 2048;

/// The first bytes of a new terminal, up to kSmallDisplay of them, are in no file yet: many terminals never have more,
/// a page and a file each would be most of what they cost, and a killed worker's successor reads them from the ring
/// again. keep() says when that is over. Move only. Loop thread only. Written by the worker alone.
class DisplayStream {
 public:
  DisplayStream() noexcept = default;
  DisplayStream(DisplayStream&& other) noexcept;
  DisplayStream& operator=(DisplayStream&& other) noexcept;
  ~DisplayStream();

  /// Opens the file (0600), which is made when it is needed, or takes memory of this process when `path` is empty.
  /// Errors: `io`.
  static base::Result<DisplayStream> open(const std::string& path, std::size_t capacity = kDisplayCapacity);

  /// Puts what is there into the file, because the ring may lose it from now on. Without room for the file the stream
  /// goes on in memory of this process.
  void keep() noexcept;

  void append(std::string_view bytes) noexcept;
  /// One past the last byte.
  DisplayOffset head() const noexcept { return head_; }
  /// Oldest offset still kept.
  DisplayOffset oldest() const noexcept { return head_ > first_ + capacity_ ? head_ - capacity_ : first_; }
  /// Copies [from, min(head, from + max)); `from` before oldest() reads from oldest().
  std::string read(DisplayOffset from, std::size_t max) const;
  /// Before replaying: the bytes before `offset` are trusted as they are, the rest is about to be written again. In
  /// anonymous memory nothing is left before it.
  void rewind(DisplayOffset offset) noexcept {
    head_ = offset;
    small_.clear();
    if (!on_disk_) first_ = offset;
  }

 private:
  base::Result<> map(const std::string& path);
  void put(std::string_view bytes) noexcept;
  char* data_ = nullptr;  ///< null while all of it is in `small_`
  std::string small_;
  std::string path_;
  std::size_t capacity_ = 0;
  DisplayOffset head_ = 0;
  DisplayOffset first_ = 0;  // nothing before it was ever written here
  bool on_disk_ = false;
};

}  // namespace duotty::session
