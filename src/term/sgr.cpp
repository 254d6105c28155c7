// SGR: ECMA-48 8.3.117, ITU T.416 colours, kitty underlines, xterm's ctlseqs.
#include <algorithm>

#include "dispatch.hpp"

namespace duotty::term {
namespace {

void set(Style& style, int bits) {
  style.attributes = static_cast<std::uint16_t>(style.attributes | bits);
}
void unset(Style& style, int bits) {
  style.attributes = static_cast<std::uint16_t>(style.attributes & ~bits);
}

std::uint8_t channel(int value) {
  return static_cast<std::uint8_t>(std::clamp(value, 0, 255));
}

/// Reads the colour after 38, 48 or 58 at `i`, in either form, and leaves `i` on the last parameter that belongs to it.
/// `out` is unchanged when the parameters make no colour.
void read_color(const Params& params, std::size_t& i, Color& out) {
  if (params.is_sub(i + 1)) {
    const std::size_t first = i + 1;
    std::size_t end = first;
    while (params.is_sub(end)) ++end;
    const std::size_t count = end - first;
    i = end - 1;
    const int kind = params.get(first, 0);
    if (kind == 5 && count >= 2 && params.get(first + 1, 0) < 256)
      out = Color::palette(channel(params.get(first + 1, 0)));
    // 2:r:g:b, or 2:space:r:g:b with what follows ignored.
    const std::size_t rgb = count >= 5 ? first + 2 : first + 1;
    if (kind == 2 && count >= 4) {
      out = Color::rgb(channel(params.get(rgb, 0)), channel(params.get(rgb + 1, 0)), channel(params.get(rgb + 2, 0)));
    }
    return;
  }
  const int kind = params.get(i + 1, 0);
  if (kind == 5) {
    if (i + 2 < params.size() && params.get(i + 2, 0) < 256) out = Color::palette(channel(params.get(i + 2, 0)));
    i += 2;
  } else if (kind == 2) {
    if (i + 4 < params.size()) {
      out = Color::rgb(channel(params.get(i + 2, 0)), channel(params.get(i + 3, 0)), channel(params.get(i + 4, 0)));
    }
    i += 4;
  } else {
    ++i;
  }
}

void read_underline(const Params& params, std::size_t& i, Style& style) {
  int kind = 1;
  if (params.is_sub(i + 1)) kind = params.get(++i, 1);
  if (kind <= static_cast<int>(Underline::dashed)) style.underline = static_cast<Underline>(kind);
}

void apply_simple(Pen& pen, int code) {
  Style& style = pen.style;
  switch (code) {
    case 1:
      set(style, bold);
      break;
    case 2:
      set(style, faint);
      break;
    case 3:
      set(style, italic);
      break;
    case 5:
      set(style, blink);
      break;
    case 7:
      set(style, inverse);
      break;
    case 8:
      set(style, invisible);
      break;
    case 9:
      set(style, strike);
      break;
    case 21:
      style.underline = Underline::twice;
      break;
    case 22:
      unset(style, bold | faint);
      break;
    case 23:
      unset(style, italic);
      break;
    case 24:
      style.underline = Underline::none;
      break;
    case 25:
      unset(style, blink);
      break;
    case 27:
      unset(style, inverse);
      break;
    case 28:
      unset(style, invisible);
      break;
    case 29:
      unset(style, strike);
      break;
    case 39:
      style.foreground = {};
      break;
    case 49:
      style.background = {};
      break;
    case 53:
      set(style, overline);
      break;
    case 55:
      unset(style, overline);
      break;
    case 59:
      style.underline_color = {};
      break;
    default:
      if (code >= 30 && code <= 37) style.foreground = Color::palette(channel(code - 30));
      if (code >= 40 && code <= 47) style.background = Color::palette(channel(code - 40));
      if (code >= 90 && code <= 97) style.foreground = Color::palette(channel(code - 90 + 8));
      if (code >= 100 && code <= 107) style.background = Color::palette(channel(code - 100 + 8));
  }
}

void reset(Pen& pen) {
  // DECSCA and the link are not SGR's.
  const std::uint16_t kept = pen.style.attributes & guarded;
  pen.style = {};
  pen.style.attributes = kept;
}

void add_color(std::string& out, int base, Color color) {
  if (color.is_default()) return;
  if (!out.empty()) out += ';';
  const int index = color.index();
  if (color.kind() == Color::Kind::rgb) {
    out += std::to_string(base + 8) + ";2;" + std::to_string(color.r()) + ";" + std::to_string(color.g()) + ";" +
           std::to_string(color.b());
  } else if (base != 50 && index < 8) {
    out += std::to_string(base + index);
  } else if (base != 50 && index < 16) {
    out += std::to_string(base + 60 + index - 8);
  } else {
    out += std::to_string(base + 8) + ";5;" + std::to_string(index);
  }
}

}  // namespace

void apply_sgr(Pen& pen, const Params& params) {
  if (params.empty()) reset(pen);
  for (std::size_t i = 0; i < params.size(); ++i) {
    const int code = params.get(i, 0);
    switch (code) {
      case 0:
        reset(pen);
        break;
      case 4:
        read_underline(params, i, pen.style);
        break;
      case 38:
        read_color(params, i, pen.style.foreground);
        break;
      case 48:
        read_color(params, i, pen.style.background);
        break;
      case 58:
        read_color(params, i, pen.style.underline_color);
        break;
      default:
        apply_simple(pen, code);
    }
    // Sub-parameters nobody asked for.
    while (params.is_sub(i + 1)) ++i;
  }
}

std::string sgr_parameters(const Style& style) {
  static constexpr struct {
    Attribute bit;
    const char* code;
  } codes[] = {{bold, "1"},    {faint, "2"},     {italic, "3"}, {blink, "5"},
               {inverse, "7"}, {invisible, "8"}, {strike, "9"}, {overline, "53"}};
  std::string out;
  const auto add = [&](std::string_view code) {
    if (!out.empty()) out += ';';
    out += code;
  };
  for (const auto& [bit, code] : codes) {
    if (style.has(bit)) add(code);
  }
  if (style.underline == Underline::single) add("4");
  if (style.underline > Underline::single) add("4:" + std::to_string(static_cast<int>(style.underline)));
  add_color(out, 30, style.foreground);
  add_color(out, 40, style.background);
  add_color(out, 50, style.underline_color);
  return out;
}

}  // namespace duotty::term
