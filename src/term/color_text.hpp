#pragma once
// Colours as X11 writes them (XParseColor) and the palette that queries are answered from.
#include <duotty/term/style.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::term {

/// `rgb:r/g/b` with one to four hex digits each, or `#rgb` to `#rrrrggggbbbb`.
std::optional<Color> parse_color(std::string_view text);
/// `rgb:rrrr/gggg/bbbb`; the colour is RGB.
std::string color_text(Color color);
/// The palette's colour 0 to 255 as RGB: xterm's defaults.
Color palette_color(int index);

}  // namespace duotty::term
