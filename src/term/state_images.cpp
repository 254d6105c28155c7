// Images: what is known of them is kept, nothing is drawn, and nothing is answered, which to programs means that this
// terminal does not draw images.
#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/term/terminal.hpp>

#include "dispatch.hpp"
#include "image_header.hpp"
#include "state.hpp"

namespace duotty::term {
namespace {

constexpr std::uint32_t most_cells = 65535;

std::uint32_t small_number(std::string_view text) {
  const auto value = base::parse_u64(text);
  return value && *value <= 0xffffffff ? static_cast<std::uint32_t>(*value) : 0;
}

/// The cells of an iTerm2 size: a bare number; pixels, percentages and "auto" say none.
std::uint32_t cells_of(std::string_view text) {
  return std::min(small_number(text), most_cells);
}

/// key=value, separated; calls f(key, value).
template <class F>
void for_each_pair(std::string_view text, char separator, F f) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos) f(pair.substr(0, equals), pair.substr(equals + 1));
  }
}

/// What the keys of a kitty command say of its image. Format and medium decide whether its header can be read.
KittyImage kitty_command(std::string_view keys, std::string_view payload) {
  KittyImage image;
  bool is_file = false;
  bool direct = true;
  bool compressed = false;
  for_each_pair(keys, ',', [&](std::string_view key, std::string_view value) {
    const std::uint32_t number = small_number(value);
    if (key == "a" && value.size() == 1) image.action = value[0];
    if (key == "i") image.id = number;
    if (key == "p") image.placement = number;
    if (key == "s") image.width = number;
    if (key == "v") image.height = number;
    if (key == "c") image.cols = std::min(number, most_cells);
    if (key == "r") image.rows = std::min(number, most_cells);
    if (key == "m") image.more = number == 1;
    if (key == "U") image.is_virtual = number == 1;
    if (key == "f") is_file = number == 100;
    if (key == "t") direct = value == "d";
    if (key == "o") compressed = true;
  });
  image.bytes = payload.size();
  if (is_file && direct && !compressed) {
    const PixelSize size = encoded_file_size(payload);
    if (size.width != 0) image.width = size.width;
    if (size.height != 0) image.height = size.height;
  }
  return image;
}

}  // namespace

void ImageList::make_room(Anchors& anchors, std::uint64_t bytes) {
  std::uint64_t sum = bytes;
  for (const Image& image : placed) sum += image.bytes;
  std::size_t gone = 0;
  while (gone < placed.size() && (placed.size() - gone >= max_images || sum > max_image_bytes)) {
    sum -= placed[gone].bytes;
    anchors.drop(placed[gone++].anchor);
  }
  placed.erase(placed.begin(), placed.begin() + static_cast<std::ptrdiff_t>(gone));
}

void State::place_image(Image image) {
  if (image.bytes > max_image_bytes) return;
  const auto lost = [this](const Image& placed) {
    const auto position = anchors.find(placed.anchor);
    return !position || !has_row(position->row);
  };
  images.remove(anchors, lost);
  images.make_room(anchors, image.bytes);
  if (anchors.full()) return;
  image.id = images.next_id++;
  image.anchor = anchors.add({cursor_row(), x});
  images.placed.push_back(image);
}

void State::erase_images(int from, int to) {
  if (images.placed.empty()) return;
  const RowId row = cursor_row();
  images.remove(anchors, [&](const Image& image) {
    const auto position = anchors.find(image.anchor);
    return position && position->row == row && position->col >= from && position->col < to;
  });
}

void sixel_image(State& s, std::string_view data) {
  const PixelSize size = sixel_size(data);
  if (size.width == 0 || size.height == 0) return;
  Image image;
  image.protocol = ImageProtocol::sixel;
  image.width = size.width;
  image.height = size.height;
  image.bytes = data.size();
  s.place_image(image);
}

void inline_image(State& s, std::string_view text) {
  constexpr std::string_view name = "File=";
  if (!text.starts_with(name)) return s.host->osc(1337, text);
  const std::size_t colon = std::min(text.find(':'), text.size());
  const std::string_view payload = text.substr(std::min(colon + 1, text.size()));
  Image image;
  image.protocol = ImageProtocol::iterm2;
  bool shown = false;
  for_each_pair(text.substr(name.size(), colon - std::min(colon, name.size())), ';',
                [&](std::string_view key, std::string_view value) {
                  if (key == "inline") shown = value == "1";
                  if (key == "width") image.cols = cells_of(value);
                  if (key == "height") image.rows = cells_of(value);
                });
  // Anything else is a file to download, which is not offered.
  if (!shown || payload.empty()) return;
  const PixelSize size = encoded_file_size(payload);
  image.width = size.width;
  image.height = size.height;
  image.bytes = payload.size();
  s.place_image(image);
}

/// APC G keys ; payload ST: the kitty graphics protocol.
void State::apc(std::string_view text) {
  if (!text.starts_with('G')) return;
  const std::size_t semicolon = std::min(text.find(';'), text.size());
  const std::string_view payload = text.substr(std::min(semicolon + 1, text.size()));
  const std::string_view keys = text.substr(1, semicolon - 1);
  KittyImage image = kitty_command(keys, payload);
  if (images.pending.more && image.action == 't') {
    // Of a piece that is not the first only `m` counts.
    images.pending.more = image.more;
    images.pending.bytes += image.bytes;
    image = images.pending;
  }
  images.pending = image.more ? image : KittyImage{};
  if (image.more) return;
  kitty_image(image, keys);
}

void State::kitty_image(const KittyImage& image, std::string_view keys) {
  const auto same = [&](const auto& other) { return image.id != 0 && other.id == image.id; };
  if (image.action == 'd') return delete_kitty_images(image, keys);
  if (image.action != 't' && image.action != 'T' && image.action != 'p') return;
  KittyImage source = image;
  if (image.action == 'p') {
    const auto known = std::find_if(images.received.begin(), images.received.end(), same);
    if (known == images.received.end()) return;
    source = *known;
  } else if (image.id != 0) {
    std::erase_if(images.received, same);
    if (images.received.size() == max_kitty_images) images.received.erase(images.received.begin());
    images.received.push_back(image);
  }
  if (image.action == 't' || image.is_virtual) return;
  if (image.id != 0 && image.placement != 0) {
    images.remove(anchors, [&](const Image& placed) {
      return placed.kitty_id == image.id && placed.kitty_placement == image.placement;
    });
  }
  Image placed;
  placed.protocol = ImageProtocol::kitty;
  placed.width = source.width;
  placed.height = source.height;
  placed.cols = image.cols;
  placed.rows = image.rows;
  placed.bytes = source.bytes;
  placed.kitty_id = image.id;
  placed.kitty_placement = image.placement;
  place_image(placed);
}

/// All that are on the screen, or those of one number; the other ways to choose are not understood.
void State::delete_kitty_images(const KittyImage& image, std::string_view keys) {
  std::string_view what = "a";
  for_each_pair(keys, ',', [&](std::string_view key, std::string_view value) {
    if (key == "d") what = value;
  });
  const bool all = what == "a" || what == "A";
  if (!all && what != "i" && what != "I") return;
  images.remove(anchors, [&](const Image& placed) {
    if (placed.protocol != ImageProtocol::kitty) return false;
    if (!all) return placed.kitty_id == image.id && (image.placement == 0 || placed.kitty_placement == image.placement);
    const auto position = anchors.find(placed.anchor);
    return !position || (position->row >= grid().base() && is_alternate_row(position->row) == (active != &main));
  });
  if (what == "I") std::erase_if(images.received, [&](const KittyImage& other) { return other.id == image.id; });
}

std::vector<ImagePlacement> images(const Terminal& terminal, RowId from, RowId to) {
  const State& s = terminal.state();
  std::vector<ImagePlacement> out;
  for (const Image& image : s.images.placed) {
    const auto position = s.anchors.find(image.anchor);
    if (!position || position->row < from || position->row >= to || !s.has_row(position->row)) continue;
    out.push_back(
        {image.id, image.protocol, *position, image.width, image.height, image.cols, image.rows, image.bytes});
  }
  return out;
}

}  // namespace duotty::term
