#pragma once
// Numbers and strings as bytes, written and read by the same calls.
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace duotty::term {

class BinaryWriter {
 public:
  static constexpr bool reading = false;

  std::string& bytes() { return bytes_; }
  bool good() const { return true; }
  bool has(std::uint64_t) const { return true; }
  void require(bool) {}

  void raw(std::string_view bytes) { bytes_ += bytes; }
  template <class T>
  requires std::integral<T>
  void number(T value, std::int64_t = -1) {
    auto rest = static_cast<std::uint64_t>(static_cast<std::make_unsigned_t<T>>(value));
    char bytes[sizeof(T)];
    for (std::size_t i = 0; i < sizeof(T); ++i, rest >>= 8) bytes[i] = static_cast<char>(rest);
    bytes_.append(bytes, sizeof bytes);
  }
  void flag(bool value) { bytes_.push_back(value ? 1 : 0); }
  template <class T>
  void enumeration(T value, T) {
    number(static_cast<std::underlying_type_t<T>>(value));
  }
  void text(std::string_view value, std::size_t = 0) {
    number(static_cast<std::uint32_t>(value.size()));
    bytes_ += value;
  }

 private:
  std::string bytes_;
};

/// Remembers the first thing that did not fit; reads zeroes from then on.
class BinaryReader {
 public:
  static constexpr bool reading = true;

  explicit BinaryReader(std::string_view bytes) : rest_(bytes) {}
  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }
  /// At least so many bytes are left: a bound on what a count may promise.
  bool has(std::uint64_t count) const { return count <= rest_.size(); }
  void require(bool fits) { good_ = good_ && fits; }

  /// `highest` -1: any.
  template <class T>
  requires std::integral<T>
  void number(T& value, std::int64_t highest = -1) {
    value = 0;
    require(rest_.size() >= sizeof(T));
    if (!good_) return;
    std::uint64_t bits = 0;
    for (std::size_t i = sizeof(T); i-- > 0;) bits = bits << 8 | static_cast<unsigned char>(rest_[i]);
    rest_.remove_prefix(sizeof(T));
    const auto read = static_cast<T>(bits);
    require(highest < 0 || (read >= 0 && static_cast<std::uint64_t>(read) <= static_cast<std::uint64_t>(highest)));
    if (good_) value = read;
  }
  void flag(bool& value) {
    std::uint8_t byte = 0;
    number(byte, 1);
    value = byte == 1;
  }
  template <class T>
  void enumeration(T& value, T highest) {
    using Raw = std::underlying_type_t<T>;
    Raw raw = 0;
    number(raw, static_cast<std::int64_t>(highest));
    value = static_cast<T>(raw);
  }
  /// A string where it lies.
  std::string_view view() {
    std::uint32_t size = 0;
    number(size);
    require(has(size));
    if (!good_) return {};
    const std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }
  void text(std::string& value, std::size_t most) {
    const std::string_view bytes = view();
    require(bytes.size() <= most);
    if (good_) value = bytes;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

/// In the manner of FNV-1a, eight bytes at a time: against accidents, not against people.
inline std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325u ^ bytes.size();
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 32U;
  };
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < 8; ++i)
      word |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << 8 * i;
    mix(word);
  }
  for (const char byte : bytes) mix(static_cast<unsigned char>(byte));
  return hash;
}

}  // namespace duotty::term
