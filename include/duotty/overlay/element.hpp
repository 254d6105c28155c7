#pragma once
// What programs draw over and around a terminal: overlays on top of its cells, panels in rows of their own. Values and
// the limits they are held to.
#include <cstddef>
#include <cstdint>
#include <duotty/base/error.hpp>
#include <duotty/term/style.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace duotty::overlay {

/// An overlay covers cells of the terminal; a panel takes rows away from it.
enum class Kind : std::uint8_t { overlay, panel };
/// Where a panel stands.
enum class Edge : std::uint8_t { top, bottom };
/// Each terminal has two sets of elements; those of the mode that is on are shown.
enum class ScreenMode : std::uint8_t { normal, alt };

inline constexpr std::size_t kMaxElements = 64;          ///< of one terminal, both kinds and modes together
inline constexpr std::size_t kMaxSpans = 256;            ///< of one element
inline constexpr std::size_t kMaxWrites = 2048;          ///< of one element
inline constexpr std::size_t kMaxTextBytes = 64 * 1024;  ///< of all elements of one terminal
inline constexpr int kMaxExtent = 1000;                  ///< columns or rows of an element
inline constexpr int kFarthest = 10'000;                 ///< of a position, in both directions
/// Rows that panels leave to the program, whatever is asked for.
inline constexpr int kLeastRows = 3;

/// A stretch of text in one look. '\n' begins a new line.
struct Span {
  std::string id;  ///< for changing it alone; may be empty
  std::string text;
  term::Style style;
  friend bool operator==(const Span&, const Span&) = default;
};

/// Text at a place of its own inside an element, over its spans.
struct Write {
  int row = 0;
  int col = 0;
  std::string text;
  term::Style style;
  friend bool operator==(const Write&, const Write&) = default;
};

/// One overlay or panel.
struct Element {
  std::string id;
  Kind kind = Kind::overlay;
  ScreenMode mode = ScreenMode::normal;
  int x = 0;  ///< of an overlay: its left column; negative counts from the right edge
  int y = 0;  ///< of an overlay: its top row; negative counts from the bottom
  int width = 1;
  int height = 1;
  Edge edge = Edge::bottom;  ///< of a panel
  int z = 0;                 ///< higher lies above; a panel with a higher one stands nearer to the edge
  term::Color background;
  std::vector<Span> spans;
  std::vector<Write> writes;
  bool focusable = false;
  std::string by;         ///< who made it
  double expires_at = 0;  ///< seconds since 1970; 0: with its terminal
  friend bool operator==(const Element&, const Element&) = default;
};

/// What to set on an element; what is empty stays as it is, or gets its default when the element is made.
struct Change {
  std::optional<int> x;
  std::optional<int> y;
  std::optional<int> width;
  std::optional<int> height;
  std::optional<Edge> edge;
  std::optional<int> z;
  std::optional<term::Color> background;
  std::optional<std::vector<Span>> spans;
  std::optional<bool> focusable;
  std::optional<double> expires_at;
};

/// Words on the wire.
std::string_view name(Kind kind) noexcept;
std::string_view name(Edge edge) noexcept;
std::string_view name(ScreenMode mode) noexcept;
std::optional<Edge> edge(std::string_view word) noexcept;

/// A colour by its name ("red", "bright_blue", "gray", "default"), its number in the palette ("0" to "255") or as
/// "#rrggbb".
std::optional<term::Color> color(std::string_view text);
/// The colour as a number or "#rrggbb"; empty for the default.
std::string color_text(term::Color color);

/// Whether `id` may name an element or a span: 1 to 64 letters, digits, '.', '_', ':', '-'.
bool valid_id(std::string_view id) noexcept;

}  // namespace duotty::overlay
