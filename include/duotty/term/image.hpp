#pragma once
// Images that programs have sent (sixel, kitty graphics, iTerm2): where, how large, never what is on them.
#include <cstdint>
#include <duotty/term/types.hpp>
#include <vector>

namespace duotty::term {

class Terminal;

/// How an image was sent.
enum class ImageProtocol : std::uint8_t { sixel, kitty, iterm2 };

/// The largest number of placements that a terminal keeps, and of bytes that were sent for them; the oldest go first.
inline constexpr std::size_t max_images = 256;
inline constexpr std::uint64_t max_image_bytes = 64 << 20;

/// One image in its place. What the program did not say is 0. Only headers are read: a size is what the image claims.
struct ImagePlacement {
  std::uint64_t id = 0;  ///< never given twice in one terminal
  ImageProtocol protocol = ImageProtocol::sixel;
  Position position;        ///< of the cursor when it was sent, where its left upper corner is
  std::uint32_t width = 0;  ///< in pixels
  std::uint32_t height = 0;
  std::uint32_t cols = 0;  ///< cells it is wanted to take
  std::uint32_t rows = 0;
  std::uint64_t bytes = 0;  ///< as sent, encoded
};

/// The images in rows [from, to), oldest first. An image goes with its row (see Terminal::add_anchor), when the cell at
/// its position is erased, or by a delete command of the kitty protocol. The cursor does not move past an image, so
/// text that is written where it is does not remove it.
std::vector<ImagePlacement> images(const Terminal& terminal, RowId from, RowId to);

}  // namespace duotty::term
