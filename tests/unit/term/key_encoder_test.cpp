#include <gtest/gtest.h>
#include <duotty/term/key_encoder.hpp>

namespace duotty::term {
namespace {

std::string encode(std::string_view name, const Modes& modes = {}) {
  return encode_key(name, modes).value_or("<none>");
}

TEST(KeyEncoder, KnowsKeysWithOneByte) {
  EXPECT_EQ(encode("enter"), "\r");
  EXPECT_EQ(encode("Return"), "\r");
  EXPECT_EQ(encode("TAB"), "\t");
  EXPECT_EQ(encode("esc"), "\x1b");
  EXPECT_EQ(encode("escape"), "\x1b");
  EXPECT_EQ(encode("space"), " ");
  EXPECT_EQ(encode(" "), " ");
  EXPECT_EQ(encode("backspace"), "\x7f");
  EXPECT_EQ(encode("del"), "\x7f");
  EXPECT_EQ(encode("x"), "x");
  EXPECT_EQ(encode("X"), "X");
  EXPECT_EQ(encode("\xe4\xbd\xa0"), "\xe4\xbd\xa0");
  EXPECT_EQ(encode("+"), "+");
  EXPECT_EQ(encode("-"), "-");
}

TEST(KeyEncoder, SendsCrLfInNewlineMode) {
  Modes modes;
  modes.newline = true;
  EXPECT_EQ(encode("enter", modes), "\r\n");
}

TEST(KeyEncoder, MakesControlCharacters) {
  for (char c = 'a'; c <= 'z'; ++c)
    EXPECT_EQ(encode(std::string("ctrl+") + c), std::string(1, static_cast<char>(c - 'a' + 1)));
  EXPECT_EQ(encode("Ctrl + C"), "\x03");
  EXPECT_EQ(encode("ctrl-c"), "\x03");
  EXPECT_EQ(encode("C-c"), "\x03");
  EXPECT_EQ(encode("ctrl+space"), std::string(1, '\0'));
  EXPECT_EQ(encode("ctrl+@"), std::string(1, '\0'));
  EXPECT_EQ(encode("ctrl+["), "\x1b");
  EXPECT_EQ(encode("ctrl+\\"), "\x1c");
  EXPECT_EQ(encode("ctrl+]"), "\x1d");
  EXPECT_EQ(encode("ctrl+^"), "\x1e");
  EXPECT_EQ(encode("ctrl+_"), "\x1f");
  EXPECT_EQ(encode("ctrl+?"), "\x7f");
  EXPECT_EQ(encode("ctrl+backspace"), "\x08");
}

TEST(KeyEncoder, FollowsApplicationCursorMode) {
  Modes modes;
  EXPECT_EQ(encode("up"), "\x1b[A");
  EXPECT_EQ(encode("home"), "\x1b[H");
  modes.application_cursor = true;
  EXPECT_EQ(encode("up", modes), "\x1bOA");
  EXPECT_EQ(encode("end", modes), "\x1bOF");
  EXPECT_EQ(encode("ctrl+up", modes), "\x1b[1;5A") << "modifiers always use CSI";
}

TEST(KeyEncoder, KnowsFunctionAndEditingKeys) {
  EXPECT_EQ(encode("f1"), "\x1bOP");
  EXPECT_EQ(encode("F4"), "\x1bOS");
  EXPECT_EQ(encode("f5"), "\x1b[15~");
  EXPECT_EQ(encode("f12"), "\x1b[24~");
  EXPECT_EQ(encode("f24"), "\x1b[38~");
  EXPECT_EQ(encode("pageup"), "\x1b[5~");
  EXPECT_EQ(encode("page down"), "\x1b[6~");
  EXPECT_EQ(encode("page_up"), "\x1b[5~");
  EXPECT_EQ(encode("insert"), "\x1b[2~");
  EXPECT_EQ(encode("delete"), "\x1b[3~");
}

TEST(KeyEncoder, AddsModifiersAsXtermDoes) {
  EXPECT_EQ(encode("shift+tab"), "\x1b[Z");
  EXPECT_EQ(encode("shift+up"), "\x1b[1;2A");
  EXPECT_EQ(encode("alt+left"), "\x1b[1;3D");
  EXPECT_EQ(encode("ctrl+shift+right"), "\x1b[1;6C");
  EXPECT_EQ(encode("ctrl+alt+shift+end"), "\x1b[1;8F");
  EXPECT_EQ(encode("ctrl+f1"), "\x1b[1;5P");
  EXPECT_EQ(encode("shift+f5"), "\x1b[15;2~");
  EXPECT_EQ(encode("ctrl+delete"), "\x1b[3;5~");
}

TEST(KeyEncoder, PutsEscapeBeforeAltKeys) {
  EXPECT_EQ(encode("alt+x"), "\x1bx");
  EXPECT_EQ(encode("alt+X"), "\x1bX");
  EXPECT_EQ(encode("M-b"),
            "\x1b"
            "b");
  EXPECT_EQ(encode("alt+enter"), "\x1b\r");
  EXPECT_EQ(encode("ctrl+alt+c"), "\x1b\x03");
  EXPECT_EQ(encode("shift+a"), "A");
}

TEST(KeyEncoder, RefusesWhatIsNoKey) {
  for (const char* name :
       {"", "nokey", "ctrl+", "f25", "f0", "ctrl+tab+x", "ctrl+\xe4\xbd\xa0", "ab", "\x1b", "\xff"}) {
    EXPECT_EQ(encode_key(name, {}), std::nullopt) << name;
  }
}

TEST(KeyEncoder, EncodesEveryNameItOffers) {
  for (const std::string& name : key_names()) EXPECT_TRUE(encode_key(name, {})) << name;
}

TEST(Paste, IsBracketedWhenTheProgramAsks) {
  Modes modes;
  EXPECT_EQ(encode_paste("a\nb\r\nc\rd", modes), "a\rb\rc\rd");
  modes.bracketed_paste = true;
  EXPECT_EQ(encode_paste("a\nb", modes), "\x1b[200~a\rb\x1b[201~");
}

TEST(Paste, CannotEndItsOwnBrackets) {
  Modes modes;
  modes.bracketed_paste = true;
  EXPECT_EQ(encode_paste("x\x1b[201~rm\x03\x7f\tz\xc2\x9b", modes), "\x1b[200~x[201~rm\tz\x1b[201~");
}

}  // namespace
}  // namespace duotty::term
