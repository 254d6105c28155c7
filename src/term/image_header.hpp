#pragma once
// How large an image says it is. Pixels are never decoded: what these functions do is bounded by the header.
#include <cstdint>
#include <string_view>

namespace duotty::term {

struct PixelSize {
  std::uint32_t width = 0;  ///< 0: it does not say
  std::uint32_t height = 0;
  friend bool operator==(const PixelSize&, const PixelSize&) = default;
};

/// Of a PNG, GIF or JPEG file, from its beginning.
PixelSize file_size(std::string_view bytes);
/// The same of its base64 form; what is malformed has no size.
PixelSize encoded_file_size(std::string_view base64);
/// Of the data of a sixel string: what its raster attributes say, else what its sixels cover.
PixelSize sixel_size(std::string_view data);

}  // namespace duotty::term
