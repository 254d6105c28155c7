#include <gtest/gtest.h>

#include <duotty/overlay/scene.hpp>
#include <duotty/overlay/store.hpp>
#include <nlohmann/json.hpp>

namespace duotty::overlay {
namespace {

using Piece = Run;  // a test has a Run of its own

Element panel(std::string id, Edge edge, int height, int z) {
  Element one;
  one.id = std::move(id);
  one.kind = Kind::panel;
  one.edge = edge;
  one.height = height;
  one.z = z;
  return one;
}

Element box(std::string id, int x, int y, int width, int height) {
  Element one;
  one.id = std::move(id);
  one.x = x;
  one.y = y;
  one.width = width;
  one.height = height;
  return one;
}

const Placed& of(const Layout& layout, std::string_view id) {
  for (const Placed& placed : layout.placed) {
    if (placed.element->id == id) return placed;
  }
  throw std::out_of_range(std::string(id));
}

TEST(OverlayLayout, PanelsTakeRowsAtTheirEdgesHighestOutside) {
  const std::vector<Element> all = {panel("low", Edge::bottom, 1, 1), panel("high", Edge::bottom, 2, 5),
                                    panel("top", Edge::top, 1, 0)};
  const Layout layout = lay_out(all, ScreenMode::normal, {80, 24});
  EXPECT_EQ(layout.program, (Area{80, 20}));
  EXPECT_EQ(layout.top_rows, 1);
  EXPECT_EQ(layout.bottom_rows, 3);
  EXPECT_EQ(of(layout, "low").top, 0);
  EXPECT_EQ(of(layout, "high").top, 1) << "nearer to the lower edge";
  EXPECT_EQ(of(layout, "top").top, 0);
  EXPECT_EQ(of(layout, "top").width, 80);
}

TEST(OverlayLayout, WhatDoesNotFitIsHiddenAndTakesNothing) {
  const std::vector<Element> all = {panel("a", Edge::bottom, 4, 3), panel("b", Edge::top, 4, 2),
                                    panel("c", Edge::top, 1, 1)};
  Layout layout = lay_out(all, ScreenMode::normal, {80, 8});
  EXPECT_TRUE(of(layout, "a").visible);
  EXPECT_FALSE(of(layout, "b").visible);
  EXPECT_TRUE(of(layout, "c").visible) << "a smaller one may still fit";
  EXPECT_EQ(layout.program.rows, 3);
  layout = lay_out(all, ScreenMode::normal, {80, 3});
  EXPECT_EQ(layout.program.rows, 3);
  EXPECT_EQ(layout.top_rows + layout.bottom_rows, 0);
  layout = lay_out(all, ScreenMode::normal, {80, 1});
  EXPECT_EQ(layout.program.rows, 1) << "never less than there is";
  EXPECT_TRUE(lay_out(all, ScreenMode::normal, {80, 24}).program.rows == 15);
}

TEST(OverlayLayout, NegativePlacesCountFromTheFarEdges) {
  const std::vector<Element> all = {box("corner", -10, 0, 10, 1), box("foot", 0, -2, 5, 2), box("out", 90, 0, 5, 1),
                                    box("part", -85, 0, 10, 1), panel("p", Edge::bottom, 4, 0)};
  const Layout layout = lay_out(all, ScreenMode::normal, {80, 24});
  EXPECT_EQ(of(layout, "corner").left, 70);
  EXPECT_EQ(of(layout, "foot").top, 18) << "of what is left for the program";
  EXPECT_FALSE(of(layout, "out").visible);
  EXPECT_TRUE(of(layout, "part").visible);
  EXPECT_EQ(of(layout, "part").left, -5);
}

TEST(OverlayLayout, DrawsLowerOnesFirstAndOnlyThoseOfTheMode) {
  std::vector<Element> all = {box("upper", 0, 0, 1, 1), box("lower", 0, 0, 1, 1), box("same", 0, 0, 1, 1),
                              box("other", 0, 0, 1, 1)};
  all[0].z = 5;
  all[3].mode = ScreenMode::alt;
  const Layout layout = lay_out(all, ScreenMode::normal, {80, 24});
  const Scene scene = scene_of(layout, ScreenMode::normal, "same");
  ASSERT_EQ(scene.items.size(), 3U);
  EXPECT_EQ(scene.items[0].id, "lower");
  EXPECT_EQ(scene.items[1].id, "same");
  EXPECT_TRUE(scene.items[1].focused);
  EXPECT_EQ(scene.items[2].id, "upper");
  EXPECT_EQ(scene_of(lay_out(all, ScreenMode::alt, {80, 24}), ScreenMode::alt, "").items.size(), 1U);
}

TEST(OverlayPicture, CutsToItsSizeAndGivesWideCharactersTwoCells) {
  Element element = box("x", 0, 0, 5, 2);
  element.spans = {{"", "ab日本cd\nsecond\nthird", {}}};
  const auto rows = picture(element, 5);
  ASSERT_EQ(rows.size(), 2U);
  ASSERT_EQ(rows[0].size(), 2U);
  EXPECT_EQ(rows[0][0], (Piece{0, 2, "ab", {}}));
  EXPECT_EQ(rows[0][1], (Piece{2, 2, "日", {}})) << "half of the second one would not fit";
  EXPECT_EQ(rows[1][0], (Piece{0, 5, "secon", {}}));
}

TEST(OverlayPicture, JoinsWhatLooksAlikeAndKeepsMarksWithTheirLetters) {
  term::Style bold;
  bold.attributes = term::bold;
  Element element = box("x", 0, 0, 20, 1);
  element.background = term::Color::palette(4);
  element.spans = {{"", "e\u0301a", {}}, {"", "b", {}}, {"", "c", bold}};
  const auto rows = picture(element, 20);
  ASSERT_EQ(rows.size(), 1U);
  ASSERT_EQ(rows[0].size(), 2U);
  EXPECT_EQ(rows[0][0].text, "e\u0301ab");
  EXPECT_EQ(rows[0][0].cells, 3);
  EXPECT_EQ(rows[0][0].style.background, term::Color::palette(4));
  EXPECT_EQ(rows[0][1].col, 3);
  EXPECT_TRUE(rows[0][1].style.has(term::bold));
}

TEST(OverlayPicture, WritesGoOverSpansAndSplitWideCharacters) {
  Element element = box("x", 0, 0, 6, 2);
  element.spans = {{"", "日本..", {}}};
  element.writes = {{0, 1, "X", {}}, {1, 4, "日日", {}}, {5, 0, "below", {}}};
  const auto rows = picture(element, 6);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0][0], (Piece{0, 2, " X", {}}));
  EXPECT_EQ(rows[0][1], (Piece{2, 2, "本", {}}));
  ASSERT_EQ(rows[1].size(), 1U);
  EXPECT_EQ(rows[1][0], (Piece{4, 2, "日", {}}));
}

TEST(OverlayPicture, IsTheSameForEveryHostileText) {
  Element element = box("x", 0, 0, 3, 3);
  element.spans = {{"", std::string("\u0301\u0301a") + "\u200d", {}}, {"", "\n\n\n\n\n", {}}};
  const auto rows = picture(element, 3);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0][0].cells, 1);
  element.width = 1;
  element.spans = {{"", "日", {}}};
  EXPECT_TRUE(picture(element, 1).empty());
}

TEST(OverlayScene, SurvivesTheWire) {
  Store store;
  Change change;
  term::Style style;
  style.foreground = term::Color::palette(3);
  style.attributes = term::italic | term::strike;
  style.underline = term::Underline::single;
  change.spans = std::vector<Span>{{"a", "hello 日本", style}};
  change.background = term::Color::rgb(9, 9, 9);
  ASSERT_TRUE(store.create(Kind::overlay, "o", change, "agent").has_value());
  change.edge = Edge::top;
  ASSERT_TRUE(store.create(Kind::panel, "p", change, "agent").has_value());
  Scene scene = scene_of(lay_out(store.elements(), store.mode(), {80, 24}), store.mode(), "p");
  scene.capture = CaptureSign{"c1", "agent:ci"};
  const Scene again = scene_from_json(nlohmann::json::parse(to_json(scene).dump()));
  EXPECT_EQ(again, scene);
  EXPECT_FALSE(again.empty());
  EXPECT_TRUE(scene_from_json(to_json(Scene{})).empty());
}

TEST(OverlayScene, TakesHostileFramesWithoutHarm) {
  for (
      const char* text :
      {"[]", "7", "{}", R"({"top":-5,"elements":[7,{}],"capture":{}})",
       R"({"top":99999999999,"elements":[{"rows":[7,[7,{"col":-1,"cells":1e9,"text":"a\u001b[31m"}]],"width":-4}]})"}) {
    const Scene scene = scene_from_json(nlohmann::json::parse(text));
    EXPECT_GE(scene.top_rows, 0);
    for (const SceneItem& item : scene.items) {
      EXPECT_GE(item.width, 1);
      for (const PictureRow& row : item.rows) {
        for (const auto& run : row) EXPECT_EQ(run.text.find('\x1b'), std::string::npos);
      }
    }
  }
}

}  // namespace
}  // namespace duotty::overlay
