#include <gtest/gtest.h>

#include <duotty/overlay/capture.hpp>
#include <duotty/overlay/keys.hpp>
#include <duotty/term/key_encoder.hpp>

namespace duotty::overlay {
namespace {

std::string names(std::string_view bytes) {
  std::string out;
  for (const Key& key : decode_keys(bytes)) out += (out.empty() ? "" : " ") + key.name;
  return out;
}

TEST(OverlayKeys, HaveTheNamesThatTheyAreSentBy) {
  for (const char* name : {"a",
                           "Z",
                           "enter",
                           "esc",
                           "tab",
                           "backspace",
                           "up",
                           "down",
                           "left",
                           "right",
                           "home",
                           "end",
                           "pageup",
                           "pagedown",
                           "insert",
                           "delete",
                           "f1",
                           "f4",
                           "f5",
                           "f12",
                           "ctrl+c",
                           "ctrl+a",
                           "ctrl+space",
                           "ctrl+\\",
                           "ctrl+]",
                           "shift+tab",
                           "alt+x",
                           "ctrl+up",
                           "ctrl+shift+left",
                           "alt+shift+f5",
                           "space"}) {
    for (const bool application : {false, true}) {
      term::Modes modes;
      modes.application_cursor = application;
      const auto bytes = term::encode_key(name, modes);
      ASSERT_TRUE(bytes.has_value()) << name;
      EXPECT_EQ(names(*bytes), name) << application;
    }
  }
}

TEST(OverlayKeys, ComeManyAtOnceAndWithTheirText) {
  EXPECT_EQ(names("ab\x1b[A\r"), "a b up enter");
  const auto keys = decode_keys("é 日");
  ASSERT_EQ(keys.size(), 3U);
  EXPECT_EQ(keys[0], (Key{"é", "é"}));
  EXPECT_EQ(keys[1], (Key{"space", " "}));
  EXPECT_EQ(keys[2], (Key{"日", "日"}));
}

TEST(OverlayKeys, UnderstandTheLaterProtocols) {
  EXPECT_EQ(names("\x1b[92;5u"), "ctrl+\\");
  EXPECT_EQ(names("\x1b[97;5u\x1b[97;5:3u"), "ctrl+a") << "a release is no key";
  EXPECT_EQ(names("\x1b[97;2u"), "A");
  EXPECT_EQ(names("\x1b[27;5;92~"), "ctrl+\\");
  EXPECT_EQ(names("\x1b[13u\x1b[27u\x1b[9;2u"), "enter esc shift+tab");
  EXPECT_EQ(names("\x1b[1;5:1A"), "ctrl+up");
}

TEST(OverlayKeys, PasteIsOneKeyAndReportsAreNone) {
  const auto keys = decode_keys("\x1b[200~two\rlines\x1b[31m\x1b[201~x");
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0], (Key{"paste", "two\nlines[31m"}));
  EXPECT_EQ(keys[1].name, "x");
  EXPECT_EQ(names("\x1b[I\x1b[Oa"), "a");
  EXPECT_EQ(names("\x1b[<0;10;20M\x1b[<0;10;20m"), "mouse mouse");
  EXPECT_EQ(names("\x1b[M !!q"), "mouse q");
}

TEST(OverlayKeys, NeverFailOnHostileBytes) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      for (const char* before : {"", "\x1b", "\x1b[", "\x1bO", "\x1b[1;", "\x1b[200~"}) {
        std::string bytes = before;
        bytes += static_cast<char>(first);
        bytes += static_cast<char>(second);
        for (const Key& key : decode_keys(bytes)) ASSERT_FALSE(key.name.empty());
      }
    }
  }
  EXPECT_EQ(names("\x1b[99999999999999999999u"), "unknown");
  EXPECT_EQ(names("\x1b["), "alt+[");
}

LineInput::State type(LineInput& line, std::string_view bytes) {
  auto state = LineInput::State::open;
  for (const Key& key : decode_keys(bytes)) state = line.feed(key);
  return state;
}

TEST(OverlayLine, IsEditedAndEntered) {
  LineInput line(10);
  EXPECT_EQ(type(line, "ab日\x7f"), LineInput::State::open);
  EXPECT_EQ(line.text(), "ab");
  type(line, " cd\x17");
  EXPECT_EQ(line.text(), "ab ");
  type(line, "\x1b[200~x\ry\x1b[201~");
  EXPECT_EQ(line.text(), "ab x y");
  type(line, "0123456789");
  EXPECT_EQ(line.text(), "ab x y0123") << "no longer than its limit";
  type(line, "\x15");
  EXPECT_EQ(line.text(), "");
  type(line, "\x7f\x1b[A\x1b[3~");
  EXPECT_EQ(line.text(), "");
  EXPECT_EQ(type(line, "yes\r"), LineInput::State::entered);
  EXPECT_EQ(line.text(), "yes");
  EXPECT_EQ(type(line, "\x03"), LineInput::State::given_up);
}

TEST(OverlayCapture, TheNewestHasTheKeyboardAndTheOneBelowGetsItBack) {
  CaptureStack stack;
  EXPECT_FALSE(stack.active());
  ASSERT_TRUE(stack.push({"c1", "one", "menu"}));
  ASSERT_TRUE(stack.push({"c2", "two", ""}));
  EXPECT_EQ(stack.top()->id, "c2");
  EXPECT_EQ(stack.focus(), "");
  EXPECT_TRUE(stack.remove("c2"));
  EXPECT_FALSE(stack.remove("c2"));
  EXPECT_EQ(stack.top()->id, "c1");
  EXPECT_EQ(stack.focus(), "menu");
  stack.forget("menu");
  EXPECT_EQ(stack.focus(), "");
  EXPECT_TRUE(stack.remove("c1"));
  EXPECT_FALSE(stack.active());
}

TEST(OverlayCapture, HasADepthAndClearsAtOnce) {
  CaptureStack stack;
  for (std::size_t i = 0; i < CaptureStack::kDepth; ++i) ASSERT_TRUE(stack.push({std::to_string(i), "", ""}));
  EXPECT_FALSE(stack.push({"more", "", ""}));
  const auto ids = stack.clear();
  ASSERT_EQ(ids.size(), CaptureStack::kDepth);
  EXPECT_EQ(ids.front(), "7");
  EXPECT_FALSE(stack.active());
}

TEST(OverlayCapture, TheWayOutIsTheSameKeyTwiceByTheSameHand) {
  const auto key = decode_keys("\x1c");
  const auto kitty = decode_keys("\x1b[92;5u");
  CaptureStack stack;
  ASSERT_TRUE(stack.push({"c", "", ""}));
  EXPECT_FALSE(stack.leaves("v1", key));
  EXPECT_TRUE(stack.leaves("v1", kitty)) << "in whichever form it is sent";
  EXPECT_FALSE(stack.leaves("v1", key)) << "once more from the beginning";
  EXPECT_FALSE(stack.leaves("v1", decode_keys("x")));
  EXPECT_FALSE(stack.leaves("v1", key)) << "something was between";
  EXPECT_FALSE(stack.leaves("v2", key)) << "somebody else's";
  EXPECT_FALSE(stack.leaves("v1", key));
  EXPECT_TRUE(stack.leaves("v1", key));
  EXPECT_TRUE(stack.leaves("v1", decode_keys("\x1c\x1c"))) << "both in one piece";
}

}  // namespace
}  // namespace duotty::overlay
