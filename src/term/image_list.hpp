#pragma once
// The images of a terminal, within their quota. Where they are is an anchor each, so that they follow their rows.
#include <cstdint>
#include <duotty/term/image.hpp>
#include <string_view>
#include <vector>

#include "anchors.hpp"

namespace duotty::term {

/// A placement and what it is known by inside.
struct Image {
  std::uint64_t id = 0;
  ImageProtocol protocol = ImageProtocol::sixel;
  AnchorId anchor = AnchorId::none;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t cols = 0;
  std::uint32_t rows = 0;
  std::uint64_t bytes = 0;
  std::uint32_t kitty_id = 0;         ///< `i` of the kitty protocol
  std::uint32_t kitty_placement = 0;  ///< `p`
  friend bool operator==(const Image&, const Image&) = default;
};

/// A kitty command that comes in pieces, and what it has said so far.
struct KittyImage {
  char action = 't';
  std::uint32_t id = 0;
  std::uint32_t placement = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t cols = 0;
  std::uint32_t rows = 0;
  std::uint64_t bytes = 0;
  bool more = false;        ///< m=1: the next command goes on
  bool is_virtual = false;  ///< shown by placeholder characters only
  friend bool operator==(const KittyImage&, const KittyImage&) = default;
};

inline constexpr std::size_t max_kitty_images = 64;

struct ImageList {
  std::vector<Image> placed;         ///< by id
  std::vector<KittyImage> received;  ///< sent without being placed yet, or placed by their number again
  KittyImage pending;                ///< while pending.more
  std::uint64_t next_id = 1;

  /// The placed ones and what they sum up to must leave room for one of so many bytes; those at the front go.
  void make_room(Anchors& anchors, std::uint64_t bytes);
  /// Removes those for which `gone` is true, with their anchors.
  template <class Gone>
  void remove(Anchors& anchors, Gone gone) {
    std::erase_if(placed, [&](const Image& image) {
      if (!gone(image)) return false;
      anchors.drop(image.anchor);
      return true;
    });
  }
  friend bool operator==(const ImageList&, const ImageList&) = default;
};

}  // namespace duotty::term
