#pragma once
// Values as bytes between processes of ours: little-endian numbers, texts and lists behind a 32-bit length. One list of
// a message's fields serves both directions: it is handed to a Writer or a Reader.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace duotty::base {

/// Appends values to `out`.
class Writer {
 public:
  template <class T>
  requires std::is_integral_v<T>
  void operator()(T value) {
    auto bits = static_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < sizeof(T); ++i, bits >>= 8) out.push_back(static_cast<char>(bits & 0xFF));
  }
  /// As a byte.
  template <class E>
  requires std::is_enum_v<E>
  void operator()(E value) { (*this)(static_cast<std::uint8_t>(value)); }
  void operator()(const std::string& text) {
    (*this)(static_cast<std::uint32_t>(text.size()));
    out += text;
  }
  void operator()(const std::vector<std::string>& list) {
    (*this)(static_cast<std::uint32_t>(list.size()));
    for (const std::string& text : list) (*this)(text);
  }

  std::string out;
};

/// Takes values from bytes that may be anything; `finished()` says whether all was well.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <class T>
  requires std::is_integral_v<T>
  void operator()(T& value) {
    if (!take(sizeof(T))) return;
    std::uint64_t bits = 0;
    for (std::size_t i = sizeof(T); i-- > 0;) bits = bits << 8 | static_cast<unsigned char>(taken_[i]);
    if (std::is_same_v<T, bool> && bits > 1) ok_ = false;
    value = static_cast<T>(bits);
  }
  /// The enumeration's last member is `count`.
  template <class E>
  requires std::is_enum_v<E>
  void operator()(E& value) {
    std::uint8_t byte = 0;
    (*this)(byte);
    if (byte >= static_cast<std::uint8_t>(E::count)) ok_ = false;
    value = static_cast<E>(byte);
  }
  void operator()(std::string& text) {
    std::uint32_t size = 0;
    (*this)(size);
    if (take(size)) text = taken_;
  }
  void operator()(std::vector<std::string>& list) {
    std::uint32_t count = 0;
    (*this)(count);
    // Every element takes at least its length: a count beyond that is a lie, and nothing is allocated for it.
    if (count > rest_.size() / sizeof(std::uint32_t)) ok_ = false;
    for (std::uint32_t i = 0; ok_ && i < count; ++i) (*this)(list.emplace_back());
  }

  /// Every value was there, and nothing else.
  bool finished() const { return ok_ && rest_.empty(); }

 private:
  bool take(std::size_t count) {
    if (!ok_ || count > rest_.size()) return ok_ = false;
    taken_ = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return true;
  }

  std::string_view rest_;
  std::string_view taken_;
  bool ok_ = true;
};

/// The alternative of `Variant` that `type` counts, read by `fields(value, reader)`; nothing when there is none of that
/// number or the bytes are not just that.
template <class Variant, class Fields, std::size_t at = 0>
std::optional<Variant> read_alternative(std::size_t type, Reader& reader, Fields fields) {
  if constexpr (at < std::variant_size_v<Variant>) {
    if (type != at) return read_alternative<Variant, Fields, at + 1>(type, reader, fields);
    std::variant_alternative_t<at, Variant> value;
    fields(value, reader);
    if (!reader.finished()) return std::nullopt;
    return Variant(std::in_place_index<at>, std::move(value));
  } else {
    return std::nullopt;
  }
}

}  // namespace duotty::base
