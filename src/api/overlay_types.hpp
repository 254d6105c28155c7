#pragma once
// Parameters and results of the methods about overlays, panels and captured input.
#include <duotty/record/codec.hpp>
#include <tuple>

namespace duotty::api {

using record::field;
using record::Json;

/// How text looks.
struct TextLook {
  Json fg;
  Json bg;
  bool bold = false;
  bool faint = false;
  bool italic = false;
  bool underline = false;
  bool strike = false;
  bool inverse = false;
  static constexpr auto look_fields() {
    using T = TextLook;
    return std::tuple{
        field("fg", &T::fg,
              "Colour of the text: a name (red, bright_blue, gray, ...), a number of the palette (0 to 255), "
              "\"#rrggbb\" or {\"r\", \"g\", \"b\"}."),
        field("bg", &T::bg, "Colour behind it; the element's by default."),
        field("bold", &T::bold, "Bold."),
        field("faint", &T::faint, "Faint."),
        field("italic", &T::italic, "Italic."),
        field("underline", &T::underline, "Underlined."),
        field("strike", &T::strike, "Struck through."),
        field("inverse", &T::inverse, "Colours exchanged.")};
  }
};

struct SpanText : TextLook {
  std::string id;
  std::string text;
  static constexpr auto fields() {
    using T = SpanText;
    return std::tuple_cat(
        std::tuple{field("id", &T::id, "Name of the span, to change it alone.").range(0, 64),
                   field("text", &T::text, "Plain text; a line end begins a new row.").range(0, 65536)},
        look_fields());
  }
};

struct PlacedText : TextLook {
  int row = 0;
  int col = 0;
  std::string text;
  static constexpr auto fields() {
    using T = PlacedText;
    return std::tuple_cat(
        std::tuple{field("row", &T::row, "Row inside the element, from 0.").range(0, 999),
                   field("col", &T::col, "Column inside the element, from 0.").range(0, 999),
                   field("text", &T::text, "Text to put there; empty takes away what was put there.").range(0, 65536)},
        look_fields());
  }
};

/// What overlays and panels have in common.
struct ElementShape {
  std::string id;
  std::optional<int> height;
  std::optional<int> z;
  Json background;
  std::optional<std::vector<SpanText>> spans;
  std::optional<bool> focusable;
  std::optional<double> ttl_seconds;
  static constexpr auto shape_fields() {
    using T = ElementShape;
    return std::tuple{
        field("id", &T::id, "Its name in this terminal: letters, digits, '.', '_', ':', '-'. Made up when empty.")
            .range(0, 64),
        field("height", &T::height, "Rows; by default as many as the text has.").range(1, 1000),
        field("z", &T::z, "Higher lies above others; a panel with a higher one stands nearer to the edge. Default 0.")
            .range(-1000000, 1000000),
        field("background", &T::background, "Colour of the whole element, as `fg`."),
        field("spans", &T::spans, "Its text, in order. Replaces what was there.").range(0, 256),
        field("focusable", &T::focusable, "Whether it may get the focus of captured input."),
        field("ttl_seconds", &T::ttl_seconds, "It goes by itself after so many seconds; 0: with its terminal.")
            .range(0, 31536000)};
  }
};

struct OverlayShape : ElementShape {
  std::optional<int> x;
  std::optional<int> y;
  std::optional<int> width;
  static constexpr auto fields() {
    using T = OverlayShape;
    return std::tuple_cat(
        shape_fields(),
        std::tuple{field("x", &T::x, "Left column, from 0; a negative one counts from the right edge. Default 0.")
                       .range(-10000, 10000),
                   field("y", &T::y, "Top row, from 0; a negative one counts from the bottom. Default 0.")
                       .range(-10000, 10000),
                   field("width", &T::width, "Columns; by default those of the longest line.").range(1, 1000)});
  }
};

struct PanelShape : ElementShape {
  std::optional<std::string> position;
  static constexpr auto fields() {
    using T = PanelShape;
    return std::tuple_cat(
        shape_fields(),
        std::tuple{field("position", &T::position, "At which edge: top or bottom (default).").range(1, 16)});
  }
};

struct ElementId {
  std::string id;
  static constexpr auto fields() {
    return std::tuple{field("id", &ElementId::id, "Id of the element.").required().range(1, 64)};
  }
};

struct SpanChanges {
  std::string id;
  std::vector<SpanText> spans;
  static constexpr auto fields() {
    using T = SpanChanges;
    return std::tuple{field("id", &T::id, "Id of the element.").required().range(1, 64),
                      field("spans", &T::spans, "Each replaces the span with the same id.").required().range(0, 256)};
  }
};

struct Writes {
  std::string id;
  std::vector<PlacedText> writes;
  static constexpr auto fields() {
    using T = Writes;
    return std::tuple{
        field("id", &T::id, "Id of the element.").required().range(1, 64),
        field("writes", &T::writes, "Text at places of its own, over the spans.").required().range(0, 2048)};
  }
};

/// Several changes; `op` of each says which.
struct Operations {
  std::vector<Json> operations;
  static constexpr auto fields() {
    return std::tuple{field("operations", &Operations::operations,
                            "In order, all or none. Each is an object with `op` and the parameters of that method.")
                          .required()
                          .range(0, 256)};
  }
};

/// Parameters of a method about one terminal.
template <class Shape>
struct OfTerminal : Shape {
  std::string terminal_id;
  static constexpr auto fields() {
    return std::tuple_cat(
        std::tuple{
            field("terminal_id", &OfTerminal::terminal_id, "Id or name of the terminal.").required().range(1, 64)},
        Shape::fields());
  }
};

struct ElementInfo {
  std::string id;
  std::string kind;
  std::string mode;
  std::optional<int> x;
  std::optional<int> y;
  std::optional<std::string> position;
  int width = 0;
  int height = 0;
  int z = 0;
  std::optional<std::string> background;
  std::vector<Json> spans;
  std::vector<Json> writes;
  bool focusable = false;
  bool focused = false;
  bool visible = false;
  std::string by;
  std::optional<double> expires_in;
  static constexpr auto fields() {
    using T = ElementInfo;
    return std::tuple{
        field("id", &T::id, "Its id."),
        field("kind", &T::kind, "What it is.").one_of("overlay", "panel"),
        field("mode", &T::mode, "The screen mode that it belongs to.").one_of("normal", "alt"),
        field("x", &T::x, "Column, as it was given.").omit_empty(),
        field("y", &T::y, "Row, as it was given.").omit_empty(),
        field("position", &T::position, "Edge of a panel: top or bottom.").omit_empty(),
        field("width", &T::width, "Columns."),
        field("height", &T::height, "Rows."),
        field("z", &T::z, "What lies above what."),
        field("background", &T::background, "Colour of the whole element.").omit_empty(),
        field("spans", &T::spans, "Its text."),
        field("writes", &T::writes, "What was written over it."),
        field("focusable", &T::focusable, "It may get the focus."),
        field("focused", &T::focused, "It has the focus."),
        field("visible", &T::visible, "False when there is no room, when it is outside, or in the other screen mode."),
        field("by", &T::by, "Who made it."),
        field("expires_in", &T::expires_in, "Seconds until it goes by itself.").omit_empty()};
  }
};

struct ElementList {
  std::vector<ElementInfo> elements;
  static constexpr auto fields() {
    return std::tuple{field("elements", &ElementList::elements, "Those of the screen mode that is on, oldest first.")};
  }
};

struct Cleared {
  int removed = 0;
  static constexpr auto fields() { return std::tuple{field("removed", &Cleared::removed, "How many there were.")}; }
};

struct CaptureInfo {
  std::string id;
  std::string by;
  static constexpr auto fields() {
    using T = CaptureInfo;
    return std::tuple{field("id", &T::id, "Its id."), field("by", &T::by, "Who has captured the keyboard.")};
  }
};

/// What stands on and around a terminal.
struct ScreenUiState {
  std::vector<Json> results;
  std::string mode;
  int cols = 0;
  int rows = 0;
  int top_rows = 0;
  int bottom_rows = 0;
  std::vector<ElementInfo> elements;
  std::optional<std::string> focus;
  std::optional<CaptureInfo> capture;
  static constexpr auto fields() {
    using T = ScreenUiState;
    return std::tuple{field("results", &T::results, "What each operation answered, in order."),
                      field("mode", &T::mode, "Screen mode.").one_of("normal", "alt"),
                      field("cols", &T::cols, "Columns of the program."),
                      field("rows", &T::rows, "Rows of the program: what panels have left."),
                      field("top_rows", &T::top_rows, "Rows of panels above it."),
                      field("bottom_rows", &T::bottom_rows, "Rows of panels below it."),
                      field("elements", &T::elements, "Overlays and panels of the mode, oldest first."),
                      field("focus", &T::focus, "The element with the focus, or null."),
                      field("capture", &T::capture, "Who has captured the keyboard, or null.")};
  }
};

struct ScreenModeInfo {
  std::string mode;
  static constexpr auto fields() {
    return std::tuple{field("mode", &ScreenModeInfo::mode, "The screen mode that is on.").one_of("normal", "alt")};
  }
};

struct InputFocus {
  std::string focus;
  static constexpr auto fields() {
    return std::tuple{
        field("focus", &InputFocus::focus, "A focusable overlay or panel that the keys are meant for.").range(0, 64)};
  }
};

struct FocusOn {
  std::string id;
  static constexpr auto fields() {
    return std::tuple{field("id", &FocusOn::id, "Id of a focusable overlay or panel.").required().range(1, 64)};
  }
};

struct InputRead {
  std::string focus;
  std::vector<std::string> keys;
  bool line = false;
  std::string span;
  bool mask = false;
  int max_length = 256;
  int max_wait_ms = 60'000;
  static constexpr auto fields() {
    using T = InputRead;
    return std::tuple{
        field("focus", &T::focus, "A focusable overlay or panel that the keys are meant for.").range(0, 64),
        field("keys", &T::keys,
              "Answer with the first of these keys (\"y\", \"enter\", \"up\", ...); any key when "
              "empty. Not together with `line`.")
            .range(0, 128),
        field("line", &T::line, "Read a line of text up to Enter; Esc gives it up."),
        field("span", &T::span, "With `line`: the span of the focused element that shows what is typed.").range(0, 64),
        field("mask", &T::mask, "With `line`: show dots instead of the text."),
        field("max_length", &T::max_length, "With `line`: characters at most.").range(1, 4096),
        field("max_wait_ms", &T::max_wait_ms, "Longest wait.").range(1, 3600000)};
  }
};

struct InputAnswer {
  std::string status;
  std::optional<std::string> key;
  std::optional<std::string> text;
  std::vector<std::string> keys;
  static constexpr auto fields() {
    using T = InputAnswer;
    return std::tuple{
        field(
            "status", &T::status,
            "`answered`; `given_up`: Esc or Ctrl-C in a line; `taken_back`: the person took the keyboard back, or the "
            "program asked for a password; `timeout`; `closed`.")
            .one_of("answered", "given_up", "taken_back", "timeout", "closed"),
        field("key", &T::key, "The key that ended it, when one did."),
        field("text", &T::text, "The line that was entered, or null."),
        field("keys", &T::keys, "All keys that were pressed, in order; none of a line.")};
  }
};

struct InputMode {
  std::string mode;
  std::optional<CaptureInfo> capture;
  int depth = 0;
  std::optional<std::string> focus;
  static constexpr auto fields() {
    using T = InputMode;
    return std::tuple{
        field("mode", &T::mode, "`passthrough`: people's keys go to the program; `capture`: to whoever captured them.")
            .one_of("passthrough", "capture"),
        field("capture", &T::capture, "Who has the keyboard, or null."),
        field("depth", &T::depth, "How many captures there are; the newest has the keyboard."),
        field("focus", &T::focus, "The element with the focus, or null.")};
  }
};

struct ReleaseInput {
  std::string capture;
  static constexpr auto fields() {
    return std::tuple{
        field("capture", &ReleaseInput::capture, "Id of one capture; by default all that the caller may release.")
            .range(0, 64)};
  }
};

struct Released {
  int released = 0;
  static constexpr auto fields() {
    return std::tuple{field("released", &Released::released, "How many captures have ended.")};
  }
};

}  // namespace duotty::api
