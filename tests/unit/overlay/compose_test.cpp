#include <gtest/gtest.h>

#include <duotty/overlay/compose.hpp>

namespace duotty::overlay {
namespace {

/// The program's terminal and the person's, which is drawn into.
struct Screens {
  explicit Screens(term::Size program, term::Size window) : inner(program, host), outer(window, host) {}

  std::string draw(const Scene& scene) {
    const auto size = outer.size();
    const std::string bytes = composer.draw(inner, scene, {size.cols, size.rows});
    outer.feed(bytes);
    return bytes;
  }
  std::vector<std::string> lines() const { return outer.screen_lines(); }

  term::Host host;
  term::Terminal inner;
  term::Terminal outer;
  Composer composer;
};

SceneItem item(Kind kind, int left, int top, int width, std::string text) {
  SceneItem out;
  out.id = "x";
  out.kind = kind;
  out.left = left;
  out.top = top;
  out.width = width;
  out.rows = {{{0, width, std::move(text), {}}}};
  return out;
}

TEST(OverlayCompose, DrawsPanelsAroundAndOverlaysOver) {
  Screens screens({20, 4}, {20, 6});
  screens.inner.feed("one\r\ntwo\r\nthree");
  Scene scene;
  scene.top_rows = 1;
  scene.bottom_rows = 1;
  scene.items = {item(Kind::overlay, 2, 1, 3, "XYZ"), item(Kind::panel, 0, 0, 20, "below")};
  auto top = item(Kind::panel, 0, 0, 20, "above");
  top.edge = Edge::top;
  scene.items.push_back(top);
  screens.draw(scene);
  EXPECT_EQ(screens.lines(), (std::vector<std::string>{"above", "one", "twXYZ", "three", "", "below"}));
  EXPECT_EQ(screens.outer.cursor().row - screens.outer.top_row(), 3U);
  EXPECT_EQ(screens.outer.cursor().col, 5);
}

TEST(OverlayCompose, WritesOnlyWhatHasChanged) {
  Screens screens({40, 5}, {40, 5});
  screens.inner.feed("a long line of text\r\nanother");
  Scene scene;
  scene.items = {item(Kind::overlay, 30, 0, 4, "1 %")};
  const auto first = screens.draw(scene);
  EXPECT_NE(first.find("a long line"), std::string::npos);
  scene.items = {item(Kind::overlay, 30, 0, 4, "2 %")};
  const auto second = screens.draw(scene);
  EXPECT_EQ(second.find("long"), std::string::npos);
  EXPECT_LT(second.size(), 80U);
  EXPECT_EQ(screens.lines()[0], "a long line of text           2 %");
  scene.items.clear();
  screens.draw(scene);
  EXPECT_EQ(screens.lines()[0], "a long line of text");
  screens.composer.forget();
  EXPECT_NE(screens.draw(scene).find("a long line"), std::string::npos);
}

TEST(OverlayCompose, KeepsLooksAndWideCharactersWhole) {
  Screens screens({10, 2}, {10, 2});
  screens.inner.feed("\x1b[1;31m日本\x1b[0m語e\u0301");
  Scene scene;
  screens.draw(scene);
  EXPECT_EQ(screens.lines()[0], "日本語e\u0301");
  EXPECT_EQ(screens.outer.line(screens.outer.top_row()).spans, screens.inner.line(screens.inner.top_row()).spans);
  scene.items = {item(Kind::overlay, 1, 0, 2, "ab")};
  screens.draw(scene);
  EXPECT_EQ(screens.lines()[0], " ab 語e\u0301") << "no half of a character is left";
  scene.items = {item(Kind::overlay, 0, 0, 5, "日日日")};
  screens.draw(scene);
  EXPECT_EQ(screens.lines()[0], "日日  e\u0301") << "half of the third would not fit, and half of what was there goes";
}

TEST(OverlayCompose, KeepsTheKindAndTheColourOfUnderlines) {
  Screens screens({20, 2}, {20, 2});
  screens.inner.feed("\x1b[4:3;58:2::255:0:0mcurly\x1b[0m \x1b[4:5mdashed\x1b[0m \x1b[21mtwice");
  Scene scene;
  const std::string bytes = screens.draw(scene);
  EXPECT_NE(bytes.find("\x1b[0;4:3;58;2;255;0;0mcurly"), std::string::npos) << bytes;
  EXPECT_EQ(screens.outer.line(screens.outer.top_row()).spans, screens.inner.line(screens.inner.top_row()).spans);
  term::Style curly;
  curly.underline = term::Underline::curly;
  scene.items = {item(Kind::overlay, 0, 1, 4, "wave")};
  scene.items[0].rows[0][0].style = curly;
  EXPECT_NE(screens.draw(scene).find("\x1b[0;4:3mwave"), std::string::npos) << "of an overlay too";
}

TEST(OverlayCompose, CutsAtTheEdges) {
  Screens screens({10, 3}, {10, 3});
  Scene scene;
  scene.items = {item(Kind::overlay, -2, 0, 6, "abcdef"), item(Kind::overlay, 8, 1, 6, "ghijkl"),
                 item(Kind::overlay, 0, 9, 3, "far")};
  screens.draw(scene);
  EXPECT_EQ(screens.lines(), (std::vector<std::string>{"cdef", "        gh", ""}));
}

TEST(OverlayCompose, ShowsWhoHasTheKeyboard) {
  Screens screens({70, 3}, {70, 3});
  Scene scene;
  scene.capture = CaptureSign{"c1", "agent:ci"};
  screens.draw(scene);
  EXPECT_NE(screens.lines()[0].find("keyboard: agent:ci"), std::string::npos);
  EXPECT_NE(screens.lines()[0].find("Ctrl-\\ twice"), std::string::npos);
}

TEST(OverlayCompose, PassesTheModesOfInputOn) {
  Screens screens({20, 3}, {20, 3});
  screens.inner.feed("\x1b[?1h\x1b[?2004h\x1b[?1002h\x1b[?1006h\x1b[?25l");
  screens.draw(Scene{});
  EXPECT_TRUE(screens.outer.modes().application_cursor);
  EXPECT_TRUE(screens.outer.modes().bracketed_paste);
  EXPECT_EQ(screens.outer.modes().mouse, term::MouseTracking::button);
  EXPECT_EQ(screens.outer.modes().mouse_encoding, term::MouseEncoding::sgr);
  EXPECT_FALSE(screens.outer.cursor_visible());
  screens.inner.feed("\x1b[?1l\x1b[?1002l\x1b[?25h");
  screens.draw(Scene{});
  EXPECT_FALSE(screens.outer.modes().application_cursor);
  EXPECT_EQ(screens.outer.modes().mouse, term::MouseTracking::off);
  EXPECT_TRUE(screens.outer.cursor_visible());
}

TEST(OverlayCompose, MovesMouseReportsToTheProgramsScreen) {
  EXPECT_EQ(shift_mouse("a\x1b[<0;5;7Mb\x1b[<0;5;7m", 2), "a\x1b[<0;5;5Mb\x1b[<0;5;5m");
  EXPECT_EQ(shift_mouse("\x1b[<0;5;2M", 2), "") << "on the panel";
  EXPECT_EQ(shift_mouse("\x1b[M !%", 2), "\x1b[M !#");
  EXPECT_EQ(shift_mouse("\x1b[A\x1b[1;5H\x1b", 3), "\x1b[A\x1b[1;5H\x1b");
  EXPECT_EQ(shift_mouse("\x1b[<0;5;7M", 0), "\x1b[<0;5;7M");
}

}  // namespace
}  // namespace duotty::overlay
