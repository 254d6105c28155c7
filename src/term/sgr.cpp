// SGR: ECMA-48 8.3.117, ITU T.416 colours, kitty underlines, xterm's ctlseqs.
#include <algorithm>
#include <bit>
#include <duotty/term/render.hpp>

#include "dispatch.hpp"
#include "parser_run.hpp"
#include "state.hpp"

namespace duotty::term {
namespace {

inline void apply_simple(Style& style, int code) {
  if (code < static_cast<int>(sgr_codes)) apply_change(style, sgr_changes[static_cast<std::size_t>(code)]);
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
  Style& style = pen.style;
  if (params.is_zero()) {
    // DECSCA and the link are not SGR's.
    const std::uint16_t kept = style.attributes & guarded;
    style = {};
    style.attributes = kept;
    return;
  }
  const bool has_subs = params.has_subs();
  for (std::size_t i = 0; i < params.size(); ++i) {
    const int code = params.get(i, 0);
    if (code == 38) {
      read_color(params, i, style.foreground);
    } else if (code == 48) {
      read_color(params, i, style.background);
    } else if (code == 58) {
      read_color(params, i, style.underline_color);
    } else if (has_subs && code == 4 && params.is_sub(i + 1)) {
      const int kind = params.get(++i, 1);
      if (kind <= static_cast<int>(Underline::dashed)) style.underline = static_cast<Underline>(kind);
    } else {
      apply_simple(style, code);
    }
    // Sub-parameters nobody asked for.
    while (has_subs && params.is_sub(i + 1)) ++i;
  }
}

SgrChange sgr_change(const Params& params) {
  // SGR sets and clears bits whatever the others are: what none of them and what all of them become says it all.
  Pen none;
  Pen all{std::bit_cast<Style>(StyleBits{~std::uint64_t{0}, ~std::uint64_t{0}}), 0};
  apply_sgr(none, params);
  apply_sgr(all, params);
  const StyleBits a = bits_of(none.style);
  const StyleBits b = bits_of(all.style);
  return {{a[0] ^ b[0], a[1] ^ b[1]}, a};
}

const unsigned char* State::learn_sgr(const unsigned char* at, const SgrText& text) {
  Params params;
  const unsigned char* const final = read_parameters(at, params);
  if (final == nullptr) return nullptr;
  const SgrChange change = sgr_change(params);
  sgr_memo.keep(text, change);
  apply_change(pen.style, change);
  touch_pen();
  return final + 1;
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
