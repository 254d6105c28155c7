#include "image_header.hpp"

#include <algorithm>
#include <duotty/base/text.hpp>

namespace duotty::term {
namespace {

constexpr std::uint32_t most_pixels = 1'000'000;            // a side; a claim beyond it is cut
constexpr std::size_t most_header = std::size_t{64} << 10;  // a JPEG has its size behind its other headers

std::uint32_t big_endian(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

PixelSize cut(std::uint64_t width, std::uint64_t height) {
  const auto side = [](std::uint64_t value) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, most_pixels));
  };
  return {side(width), side(height)};
}

/// The segments before the first frame header (ITU T.81, B.2.2).
PixelSize jpeg_size(std::string_view bytes) {
  std::size_t at = 2;
  while (at + 9 <= bytes.size() && static_cast<unsigned char>(bytes[at]) == 0xff) {
    const std::uint32_t marker = big_endian(bytes, at + 1, 1);
    const std::uint32_t length = big_endian(bytes, at + 2, 2);
    const bool is_frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (is_frame) return cut(big_endian(bytes, at + 7, 2), big_endian(bytes, at + 5, 2));
    if (length < 2) return {};
    at += 2 + length;
  }
  return {};
}

/// A decimal number at `at`, which moves behind it.
std::uint64_t read_decimal(std::string_view data, std::size_t& at) {
  std::uint64_t value = 0;
  for (; at < data.size() && data[at] >= '0' && data[at] <= '9'; ++at) {
    value = std::min<std::uint64_t>(value * 10 + static_cast<std::uint64_t>(data[at] - '0'), most_pixels);
  }
  return value;
}

/// " Pan ; Pad ; Ph ; Pv
PixelSize raster_size(std::string_view data) {
  std::uint64_t numbers[4] = {0, 0, 0, 0};
  std::size_t at = 1;
  for (std::uint64_t& number : numbers) {
    number = read_decimal(data, at);
    if (at < data.size() && data[at] == ';') ++at;
  }
  return cut(numbers[2], numbers[3]);
}

}  // namespace

PixelSize file_size(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG\r\n\x1a\n") && bytes.size() >= 24 && bytes.substr(12, 4) == "IHDR") {
    return cut(big_endian(bytes, 16, 4), big_endian(bytes, 20, 4));
  }
  if ((bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) && bytes.size() >= 10) {
    return cut(big_endian(bytes, 7, 1) << 8 | big_endian(bytes, 6, 1),
               big_endian(bytes, 9, 1) << 8 | big_endian(bytes, 8, 1));
  }
  if (bytes.starts_with("\xff\xd8\xff")) return jpeg_size(bytes);
  return {};
}

PixelSize encoded_file_size(std::string_view base64) {
  // A JPEG begins with these; the others say their size in the first bytes.
  const std::size_t most = base64.starts_with("/9j/") ? most_header : 64;
  std::string_view head = base64.substr(0, most);
  if (head.size() < base64.size() || head.size() % 4 != 0) head = head.substr(0, head.size() / 4 * 4);
  const auto bytes = base::base64_decode(head);
  return bytes ? file_size(*bytes) : PixelSize{};
}

PixelSize sixel_size(std::string_view data) {
  if (data.starts_with('"')) {
    const PixelSize said = raster_size(data);
    if (said.width != 0 && said.height != 0) return said;
  }
  std::uint64_t x = 0;
  std::uint64_t width = 0;
  std::uint64_t bands = 0;
  bool in_band = false;
  for (std::size_t at = 0; at < data.size();) {
    const char c = data[at++];
    std::uint64_t count = 1;
    if (c == '!') {
      count = read_decimal(data, at);
      if (at >= data.size() || data[at] < '?' || data[at] > '~') continue;
      ++at;
    } else if (c == '$' || c == '-') {
      x = 0;
      in_band = in_band && c == '$';
      continue;
    } else if (c < '?' || c > '~') {
      continue;
    }
    x = std::min<std::uint64_t>(x + count, most_pixels);
    width = std::max(width, x);
    if (!in_band) ++bands;
    in_band = true;
  }
  return cut(width, bands * 6);
}

}  // namespace duotty::term
