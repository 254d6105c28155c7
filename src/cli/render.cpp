#include "render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <duotty/base/scalars.hpp>
#include <duotty/base/text.hpp>

namespace duotty::cli {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
bool within(char32_t scalar, const std::array<Range, N>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& r) { return scalar >= r.first && scalar <= r.last; });
}

constexpr std::array<Range, 8> kInvisible = {{{0x00, 0x1f},
                                              {0x7f, 0x9f},
                                              {0xad, 0xad},
                                              {0x200b, 0x200f},
                                              {0x2028, 0x202e},
                                              {0x2060, 0x206f},
                                              {0xfeff, 0xfeff},
                                              {0xfff9, 0xfffb}}};
constexpr std::array<Range, 10> kWide = {{{0x1100, 0x115f},
                                          {0x2e80, 0x303e},
                                          {0x3041, 0xa4cf},
                                          {0xac00, 0xd7a3},
                                          {0xf900, 0xfaff},
                                          {0xfe30, 0xfe6f},
                                          {0xff00, 0xff60},
                                          {0xffe0, 0xffe6},
                                          {0x1f300, 0x1f9ff},
                                          {0x20000, 0x3fffd}}};
constexpr std::array<Range, 4> kCombining = {{{0x300, 0x36f}, {0x1ab0, 0x1aff}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}}};

int width_of(char32_t scalar) {
  if (within(scalar, kCombining)) return 0;
  return within(scalar, kWide) ? 2 : 1;
}

}  // namespace

std::string visible(std::string_view text) {
  const std::string valid = base::to_valid_utf8(text);
  std::string out;
  out.reserve(valid.size());
  base::for_each_scalar(valid, [&](char32_t scalar) {
    const bool keep = scalar == '\n' || scalar == '\t' || !within(scalar, kInvisible);
    base::append_utf8(out, keep ? scalar : char32_t{0xfffd});
  });
  return out;
}

std::string visible_line(std::string_view text) {
  std::string out = visible(text);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return out;
}

int display_width(std::string_view text) {
  int width = 0;
  base::for_each_scalar(text, [&](char32_t scalar) { width += width_of(scalar); });
  return width;
}

std::string fit(std::string_view text, int columns) {
  if (display_width(text) <= columns) return std::string(text);
  std::string out;
  int width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto [scalar, size] = base::scalar_at(text, at);
    width += width_of(scalar);
    if (width > columns - 1) break;
    out.append(text.substr(at, size));
    at += size;
  }
  return columns > 0 ? out + "…" : std::string();
}

std::string short_duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::max(0.0, seconds));
  if (whole < 60) return fmt::format("{}s", whole);
  if (whole < 3600) return fmt::format("{}m", whole / 60);
  if (whole < 86400) return fmt::format("{}h", whole / 3600);
  return fmt::format("{}d", whole / 86400);
}

std::string long_duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::max(0.0, seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  if (whole < 86400) return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
  return fmt::format("{} d {} h", whole / 86400, whole / 3600 % 24);
}

std::string byte_count(double bytes) {
  constexpr std::array<const char*, 5> units = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < units.size()) {
    bytes /= 1024;
    ++unit;
  }
  return unit == 0 || bytes >= 10 ? fmt::format("{:.0f} {}", bytes, units[unit])
                                  : fmt::format("{:.1f} {}", bytes, units[unit]);
}

std::string table(const std::vector<std::string>& header, const std::vector<std::vector<Cell>>& rows, int columns,
                  Colour colour) {
  std::vector<int> widths;
  widths.reserve(header.size());
  for (const auto& title : header) widths.push_back(display_width(title));
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i].text));
  }
  int before_last = 0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) before_last += widths[i] + 2;
  const int left = columns > 0 ? std::max(1, columns - before_last) : 0;

  std::string out;
  const auto append = [&](const std::string& text, const std::string& style, std::size_t column) {
    const bool last = column + 1 == widths.size();
    const std::string shown = last && left > 0 ? fit(text, left) : text;
    const bool styled = colour == Colour::on && !style.empty() && !shown.empty();
    out += styled ? "\x1b[" + style + "m" + shown + "\x1b[0m" : shown;
    if (last) {
      out += "\n";
    } else {
      const int blanks = widths[column] - display_width(shown) + 2;
      out.append(static_cast<std::size_t>(blanks), ' ');
    }
  };
  for (std::size_t i = 0; i < header.size(); ++i) append(header[i], "1", i);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) append(row[i].text, row[i].style, i);
  }
  return out;
}

}  // namespace duotty::cli
