#include <array>
#include <charconv>
#include <duotty/files/file_system.hpp>
#include <utility>

namespace duotty::files {

const char* name(Kind kind) noexcept {
  static constexpr std::array names = {"file", "folder", "link", "other"};
  return names[static_cast<std::size_t>(kind)];
}

std::string Info::etag() const {
  std::array<char, 40> text{};
  char* end = std::to_chars(text.data(), text.data() + 18, size, 16).ptr;
  *end++ = '-';
  end = std::to_chars(end, text.data() + text.size(), static_cast<std::uint64_t>(mtime_ns), 16).ptr;
  return {text.data(), end};
}

void Removal::fail(std::string path, std::string reason) {
  ++failed;
  if (failures.size() < kMostFailures) failures.push_back({std::move(path), std::move(reason)});
}

}  // namespace duotty::files
