#include <gtest/gtest.h>

#include <duotty/overlay/store.hpp>

namespace duotty::overlay {
namespace {

using base::Errc;

Change with_text(std::string text) {
  Change change;
  change.spans = std::vector<Span>{{"main", std::move(text), {}}};
  return change;
}

TEST(OverlayStore, GivesIdsAndSizesFromTheText) {
  Store store;
  const auto first = store.create(Kind::overlay, "", with_text("ab\nwide 日本"), "agent");
  ASSERT_TRUE(first.has_value());
  const Element* element = store.find(Kind::overlay, *first);
  ASSERT_NE(element, nullptr);
  EXPECT_EQ(element->width, 9);
  EXPECT_EQ(element->height, 2);
  EXPECT_EQ(element->by, "agent");
  EXPECT_EQ(store.find(Kind::panel, *first), nullptr);
  const auto second = store.create(Kind::panel, "", {}, "agent");
  ASSERT_TRUE(second.has_value());
  EXPECT_NE(*first, *second);
  EXPECT_EQ(store.find(*second)->height, 1);
}

TEST(OverlayStore, AnIdIsOneForBothKinds) {
  Store store;
  ASSERT_TRUE(store.create(Kind::overlay, "status", {}, "").has_value());
  EXPECT_EQ(store.create(Kind::panel, "status", {}, "").error().code(), Errc::conflict);
  EXPECT_EQ(store.remove(Kind::panel, "status").error().code(), Errc::not_found);
  EXPECT_TRUE(store.remove(Kind::overlay, "status").has_value());
  EXPECT_TRUE(store.create(Kind::panel, "status", {}, "").has_value());
}

TEST(OverlayStore, RefusesNamesThatAreNotNames) {
  Store store;
  for (const char* bad : {"a b", "../x", "<b>", "\x1b[31m", "batch", ".."}) {
    EXPECT_EQ(store.create(Kind::overlay, bad, {}, "").error().code(), Errc::invalid_params) << bad;
  }
  EXPECT_FALSE(store.create(Kind::overlay, std::string(65, 'a'), {}, "").has_value());
  EXPECT_TRUE(store.create(Kind::overlay, std::string(64, 'a'), {}, "").has_value());
}

TEST(OverlayStore, TextLosesWhatIsNotText) {
  Store store;
  ASSERT_TRUE(store.create(Kind::overlay, "x", with_text("a\x1b[31mb\tc\r\nd\u202Ee\u0085f\x07"), "").has_value());
  EXPECT_EQ(store.find("x")->spans[0].text, "a[31mb c\ndef");
  ASSERT_TRUE(store.create(Kind::overlay, "y", with_text("\xff\xfeok"), "").has_value());
  EXPECT_EQ(store.find("y")->spans[0].text, "\uFFFD\uFFFDok");
}

TEST(OverlayStore, NewSpansReplaceWhatWasWrittenOverTheOldOnes) {
  Store store;
  ASSERT_TRUE(store.create(Kind::overlay, "x", with_text("abc"), "").has_value());
  ASSERT_TRUE(store.write(Kind::overlay, "x", {{0, 1, "Z", {}}}).has_value());
  EXPECT_EQ(store.find("x")->writes.size(), 1U);
  ASSERT_TRUE(store.update(Kind::overlay, "x", with_text("new")).has_value());
  EXPECT_TRUE(store.find("x")->writes.empty());
  EXPECT_EQ(store.find("x")->width, 3);
}

TEST(OverlayStore, OneSpanIsChangedByItsId) {
  Store store;
  Change change;
  change.spans = std::vector<Span>{{"label", "Status: ", {}}, {"value", "ok", {}}};
  ASSERT_TRUE(store.create(Kind::panel, "bar", change, "").has_value());
  term::Style red;
  red.foreground = term::Color::palette(1);
  ASSERT_TRUE(store.set_spans(Kind::panel, "bar", {{"value", "failed", red}}).has_value());
  EXPECT_EQ(store.find("bar")->spans[0].text, "Status: ");
  EXPECT_EQ(store.find("bar")->spans[1].text, "failed");
  EXPECT_EQ(store.find("bar")->spans[1].style, red);
  const auto before = *store.find("bar");
  EXPECT_EQ(store.set_spans(Kind::panel, "bar", {{"value", "x", {}}, {"other", "x", {}}}).error().code(),
            Errc::not_found);
  EXPECT_EQ(*store.find("bar"), before) << "all or nothing";
}

TEST(OverlayStore, WritingAPlaceAgainReplacesItAndEmptyTextTakesItAway) {
  Store store;
  ASSERT_TRUE(store.create(Kind::overlay, "x", with_text("....."), "").has_value());
  ASSERT_TRUE(store.write(Kind::overlay, "x", {{0, 1, "A", {}}, {0, 2, "B", {}}}).has_value());
  ASSERT_TRUE(store.write(Kind::overlay, "x", {{0, 1, "C", {}}}).has_value());
  EXPECT_EQ(store.find("x")->writes.size(), 2U);
  ASSERT_TRUE(store.write(Kind::overlay, "x", {{0, 2, "", {}}}).has_value());
  EXPECT_EQ(store.find("x")->writes.size(), 1U);
  EXPECT_EQ(store.write(Kind::overlay, "x", {{0, 0, "ok", {}}, {-1, 0, "no", {}}}).error().field(), "row");
  EXPECT_EQ(store.find("x")->writes.size(), 1U) << "all or nothing";
}

TEST(OverlayStore, HasLimits) {
  Store store;
  EXPECT_EQ(store.create(Kind::overlay, "big", with_text(std::string(kMaxTextBytes + 1, 'x')), "").error().code(),
            Errc::limit_reached);
  EXPECT_TRUE(store.elements().empty());
  Change wide;
  wide.width = kMaxExtent + 1;
  EXPECT_EQ(store.create(Kind::overlay, "", wide, "").error().field(), "width");
  Change many;
  many.spans = std::vector<Span>(kMaxSpans + 1);
  EXPECT_EQ(store.create(Kind::overlay, "", many, "").error().code(), Errc::limit_reached);
  for (std::size_t i = 0; i < kMaxElements; ++i) ASSERT_TRUE(store.create(Kind::overlay, "", {}, "").has_value());
  EXPECT_EQ(store.create(Kind::panel, "", {}, "").error().code(), Errc::limit_reached);
  // Many small texts count together.
  const std::string first = store.elements()[0].id;
  const std::string second = store.elements()[1].id;
  ASSERT_TRUE(store.update(Kind::overlay, first, with_text(std::string(kMaxTextBytes, 'x'))).has_value());
  EXPECT_EQ(store.update(Kind::overlay, second, with_text("y")).error().code(), Errc::limit_reached);
  EXPECT_TRUE(store.find(second)->spans.empty());
}

TEST(OverlayStore, TheAlternateModeHasItsOwnElementsAndTakesThemAlong) {
  Store store;
  ASSERT_TRUE(store.create(Kind::overlay, "kept", {}, "").has_value());
  EXPECT_EQ(store.exit_alt().error().code(), Errc::conflict);
  ASSERT_TRUE(store.enter_alt().has_value());
  EXPECT_EQ(store.enter_alt().error().code(), Errc::conflict);
  ASSERT_TRUE(store.create(Kind::overlay, "menu", {}, "").has_value());
  EXPECT_EQ(store.clear(Kind::overlay), 1U) << "those of the mode that is on";
  ASSERT_TRUE(store.create(Kind::overlay, "menu", {}, "").has_value());
  ASSERT_TRUE(store.exit_alt().has_value());
  EXPECT_EQ(store.find("menu"), nullptr);
  EXPECT_NE(store.find("kept"), nullptr);
}

TEST(OverlayStore, ElementsExpire) {
  Store store;
  Change soon;
  soon.expires_at = 100;
  Change later;
  later.expires_at = 200;
  ASSERT_TRUE(store.create(Kind::overlay, "a", soon, "").has_value());
  ASSERT_TRUE(store.create(Kind::overlay, "b", later, "").has_value());
  ASSERT_TRUE(store.create(Kind::overlay, "c", {}, "").has_value());
  EXPECT_EQ(store.next_expiry(), 100);
  EXPECT_TRUE(store.expire(99).empty());
  EXPECT_EQ(store.expire(150), std::vector<std::string>{"a"});
  EXPECT_EQ(store.next_expiry(), 200);
  EXPECT_EQ(store.expire(1e9).size(), 1U);
  EXPECT_EQ(store.next_expiry(), 0);
  EXPECT_EQ(store.elements().size(), 1U);
}

TEST(OverlayStore, SurvivesAsBytes) {
  Store store;
  term::Style style;
  style.foreground = term::Color::rgb(1, 2, 3);
  style.background = term::Color::palette(200);
  style.attributes = term::bold | term::inverse;
  style.underline = term::Underline::single;
  Change change;
  change.x = -5;
  change.z = 9;
  change.background = term::Color::palette(4);
  change.spans = std::vector<Span>{{"a", "text \"quoted\"\nüber", style}};
  change.focusable = true;
  change.expires_at = 1234.5;
  ASSERT_TRUE(store.create(Kind::overlay, "x", change, "agent:ci").has_value());
  ASSERT_TRUE(store.write(Kind::overlay, "x", {{1, 2, "w", style}}).has_value());
  ASSERT_TRUE(store.enter_alt().has_value());
  change.edge = Edge::top;
  ASSERT_TRUE(store.create(Kind::panel, "", change, "").has_value());
  const auto again = Store::restore(store.save());
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->elements(), store.elements());
  EXPECT_EQ(again->mode(), ScreenMode::alt);
  EXPECT_EQ(again->save(), store.save());
}

TEST(OverlayStore, TakesNothingOfADamagedRecord) {
  EXPECT_FALSE(Store::restore("").has_value());
  EXPECT_FALSE(Store::restore("{").has_value());
  EXPECT_FALSE(Store::restore(R"({"version":2,"elements":[]})").has_value());
  EXPECT_FALSE(Store::restore(R"({"version":1,"elements":[7]})").has_value());
  EXPECT_FALSE(Store::restore(R"({"version":1,"elements":[{"id":"a b"}]})").has_value());
  EXPECT_TRUE(Store::restore(R"({"version":1,"elements":[{"id":"a","z":"x","spans":{}}]})").has_value());
}

TEST(OverlayColors, AreNamesNumbersOrHex) {
  EXPECT_EQ(color("red"), term::Color::palette(1));
  EXPECT_EQ(color("Bright-Blue"), term::Color::palette(12));
  EXPECT_EQ(color("200"), term::Color::palette(200));
  EXPECT_EQ(color("#0aF0ff"), term::Color::rgb(10, 0xF0, 0xFF));
  EXPECT_EQ(color("default"), term::Color{});
  for (const char* bad : {"256", "-1", "#12345", "#12345g", "mauve", "1;31"}) EXPECT_FALSE(color(bad)) << bad;
  EXPECT_EQ(color_text(term::Color::rgb(10, 0xF0, 0xFF)), "#0af0ff");
}

}  // namespace
}  // namespace duotty::overlay
