#include <gtest/gtest.h>

#include <duotty/base/text.hpp>
#include <duotty/digest/plain.hpp>
#include <random>
#include <string>
#include <vector>

using namespace duotty::digest;

namespace {

/// Fed whole and cut at every byte: both must agree.
std::string plain(std::string_view bytes, LoneCr lone = LoneCr::newline) {
  const std::string whole = plain_text(bytes, lone);
  PlainText stream(lone);
  std::string cut;
  for (const char c : bytes) stream.feed({&c, 1}, cut);
  stream.finish(cut);
  EXPECT_EQ(cut, whole) << bytes;
  return whole;
}

}  // namespace

TEST(PlainText, KeepsTextAndTurnsCrLfIntoLf) {
  EXPECT_EQ(plain("one\r\ntwo\tthree\n"), "one\ntwo\tthree\n");
  EXPECT_EQ(plain(""), "");
}

TEST(PlainText, TurnsALoneCrIntoANewlineOrKeepsIt) {
  EXPECT_EQ(plain("10%\r20%\r\n"), "10%\n20%\n");
  EXPECT_EQ(plain("10%\r20%\r\n", LoneCr::keep), "10%\r20%\n");
  EXPECT_EQ(plain("a\r\r\nb", LoneCr::keep), "a\r\nb");
  EXPECT_EQ(plain("a\r"), "a\n");
}

TEST(PlainText, MakesNoEmptyLinesOfCrs) {
  EXPECT_EQ(plain("\r\ra\r\rb\n\rc"), "a\nb\nc");
  EXPECT_EQ(plain("a\n\r\nb"), "a\n\nb");
}

TEST(PlainText, RemovesSequencesOfEveryFamily) {
  EXPECT_EQ(plain("\x1b[1;31mred\x1b[0m"), "red");
  EXPECT_EQ(plain("\x1b[?2004h\x1b[>c\x1b[!p\x1b[2 q."), ".");
  EXPECT_EQ(plain("\x1b]0;title\x07x\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\"), "xlink");
  EXPECT_EQ(plain("\x1bPq#0\x1b\\a\x1b_app\x1b\\b\x1b^pm\x1b\\c\x1bXsos\x1b\\d"), "abcd");
  EXPECT_EQ(plain("\x1b(B\x1b)0\x1b#8\x1b=\x1b>\0337\0338\033cx"), "x");
}

TEST(PlainText, EndsAStringAtTheNextSequenceCanOrSub) {
  EXPECT_EQ(plain("\x1b]0;open\x1b[31mred"), "red");
  EXPECT_EQ(plain("\x1b]0;open\x18shown"), "shown");
  EXPECT_EQ(plain("\x1bPopen\x1ashown"), "shown");
  EXPECT_EQ(plain("\x1bPbell\x07stays inside\x1b\\out"), "out");
}

TEST(PlainText, FindsACrLfAroundSequences) {
  EXPECT_EQ(plain("a\r\x1b[K\nb"), "a\nb");
  EXPECT_EQ(plain("a\x1b[0m\r\x1b[0m\x1b[m\nb"), "a\nb");
}

TEST(PlainText, DropsOtherControls) {
  EXPECT_EQ(plain(std::string_view("a\0b\x07"
                                   "c\x7f\x0e\x0f\x0b\x0c",
                                   11)),
            "abc");
}

TEST(PlainText, UnderstandsC1ControlsInUtf8) {
  EXPECT_EQ(plain("a\xc2\x9b"
                  "31mb\xc2\x9dtitle\xc2\x9c"
                  "c\xc2\x85"
                  "d"),
            "abcd");
  EXPECT_EQ(plain("\xc2\xa9 stays"), "\xc2\xa9 stays");
}

TEST(PlainText, ReplacesMalformedUtf8) {
  EXPECT_EQ(plain("a\xff"
                  "b"),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(plain("\xe2\x82"), "\xef\xbf\xbd");
  EXPECT_EQ(plain("\xe2\x82\x1b[mx"), "\xef\xbf\xbdx");
  EXPECT_EQ(plain("\xe2\x82\xac \xf0\x9f\x98\x80"), "\xe2\x82\xac \xf0\x9f\x98\x80");
  EXPECT_EQ(plain("\xc2"), "\xef\xbf\xbd");
  EXPECT_EQ(plain("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(PlainText, GivesRedrawnTextOnce) {
  EXPECT_EQ(plain("$ \x1b[7msleep 5\x1b[27m\b\b\b\b\b\b\bsleep 5\r\n"), "$ sleep 5\n");
  EXPECT_EQ(plain("$ abc\b\x1b[C\n"), "$ abc\n");
  EXPECT_EQ(plain("$ \x1b[7mls\x1b[27m\r\x1b[C\x1b[Cls\r\nout\r\n"), "$ ls\nout\n");
  EXPECT_EQ(plain("$ \xe4\xb8\xad\xe6\x96\x87\b\b\b\b\xe4\xb8\xad\xe6\x96\x87!\n"), "$ \xe4\xb8\xad\xe6\x96\x87!\n");
  EXPECT_EQ(plain("\b\b\x1b[5Dx\n"), "x\n");
}

TEST(PlainText, GivesAChangedLineAgainWhenItGrowsOrEnds) {
  EXPECT_EQ(plain("$ lss\b\x1b[K -l\r\n"), "$ lss\n$ ls -l\n");
  EXPECT_EQ(plain("$ lss\b \b\r\n"), "$ lss\n$ ls \n");
  EXPECT_EQ(plain("|\b/\b-\bdone\n"), "|\ndone\n");
  EXPECT_EQ(plain("abcd\b\b\x1b[P\n"), "abcd\nabd\n");
  EXPECT_EQ(plain("abcd\b\b\x1b[@X\n"), "abcd\nabXcd\n");
  EXPECT_EQ(plain("abc\b\b\x1b[K"), "abc\na");
}

TEST(PlainText, NeverGivesMuchMoreThanItGot) {
  std::string hostile(4000, 'x');
  for (int i = 0; i < 20'000; ++i) hostile += "\bxy\b\x1b[K";
  EXPECT_LT(plain_text(hostile).size(), 2 * hostile.size() + 8192);
}

TEST(ShownText, IsWhatTheScreenShows) {
  EXPECT_EQ(shown_text("$ \x1b[7msleep 5\x1b[27m\b\b\b\b\b\b\bsleep 5\r\n\x1b[?2004l\rout \t\r\n", 80),
            "$ sleep 5\nout \t\n");
  EXPECT_EQ(shown_text("10%\r50%\r100%\r\ndone\r\r\n", 80), "100%\ndone\n");
  EXPECT_EQ(shown_text("$ lss\b\x1b[K -l", 80), "$ ls -l");
  EXPECT_EQ(shown_text("", 80), "");
  EXPECT_EQ(shown_text("\r\n\r\n", 80), "\n\n");
  EXPECT_EQ(shown_text("a\x1b]0;x\ny\x07z\r\nb", 80), "az\nb");
}

TEST(ShownText, RedrawsOfWrappedLinesAreOneLine) {
  // A line editor writes a blank and a CR to force a wrap.
  EXPECT_EQ(shown_text("$ abc \rdefgh\r\nout\r\n", 5), "$ abcdefgh\nout\n");
  EXPECT_EQ(shown_text("abcdefgh\rXY\r\nnext\r\n", 5), "abcdeXYh\nnext\n");
  EXPECT_EQ(shown_text(std::string(5000, 'x') + "\r\ny", 80), std::string(5000, 'x') + "\ny");
}

TEST(CommandOutput, IsTheInverseOfOnlcrWithoutMovement) {
  EXPECT_EQ(command_output("a  \r\n\tb \t\r\n", 80), "a  \n\tb \t\n");
  EXPECT_EQ(command_output("no newline", 80), "no newline");
  EXPECT_EQ(command_output("http\r\r\n", 80), "http\r\n");
  EXPECT_EQ(command_output("\x1b[32mok\x1b[0m\r\n", 80), "ok\n");
  EXPECT_EQ(command_output("", 80), "");
}

TEST(CommandOutput, KeepsLinesLongerThanTheScreenWhole) {
  const std::string line(5000, 'x');
  EXPECT_EQ(command_output(line + "\r\n", 80), line + "\n");
}

TEST(CommandOutput, RendersCarriageReturns) {
  EXPECT_EQ(command_output("10%\r50%\r100%\r\ndone\t \r\n", 80), "100%\ndone\t \n");
  EXPECT_EQ(command_output("long text\rab\r\n", 80), "abng text\n");
  EXPECT_EQ(command_output("working\r       \rok\r\n", 80), "ok\n");
  EXPECT_EQ(command_output("100%\r", 80), "100%");
  EXPECT_EQ(command_output("a\rb\r\r\n", 80), "b\n");
}

TEST(CommandOutput, RendersBackspacesAndErasing) {
  EXPECT_EQ(command_output("|\b/\b-\bdone\r\n", 80), "done\n");
  EXPECT_EQ(command_output("abcdef\r\x1b[Kxy\r\n", 80), "xy\n");
  EXPECT_EQ(command_output("abcdef\x1b[3D\x1b[K\r\n", 80), "abc\n");
  EXPECT_EQ(command_output("abc\x1b[2G_\x1b[5GX\r\n", 80), "a_c X\n");
  EXPECT_EQ(command_output("abcd\x1b[2G\x1b[2P\r\n", 80), "ad\n");
  EXPECT_EQ(command_output("abcd\x1b[2G\x1b[1@-\r\n", 80), "a-bcd\n");
  EXPECT_EQ(command_output("abcd\x1b[2G\x1b[2X\r\n", 80), "a  d\n");
}

TEST(CommandOutput, RendersWideAndCombiningCharacters) {
  EXPECT_EQ(command_output("\xe4\xb8\xad\xe6\x96\x87\r..\r\n", 80), "..\xe6\x96\x87\n");
  EXPECT_EQ(command_output("\xe4\xb8\xad\r.\r\n", 80), ".\n");
  EXPECT_EQ(command_output("xe\xcc\x81z\ry\r\n", 80), "ye\xcc\x81z\n");
}

TEST(CommandOutput, UsesAScreenWhenAnEditedLineWraps) {
  EXPECT_EQ(command_output("abcdefgh\rXY\r\n", 5), "abcdeXYh\n");
}

TEST(CommandOutput, UsesAScreenWhenTheCursorIsPositioned) {
  EXPECT_EQ(command_output("one\r\ntwo\r\n\x1b[2A\x1b[KONE\r\n\x1b[B", 80), "ONE\ntwo\n");
  EXPECT_EQ(command_output("noise\x1b[H\x1b[2Jclean\r\n", 80), "clean\n");
  EXPECT_EQ(command_output("before\r\n\x1b[?1049h\x1b[Htui\x1b[?1049lafter\r\n", 80), "before\nafter\n");
}

TEST(CommandOutput, BoundsHostileParameters) {
  EXPECT_EQ(command_output("\x1b[999999999Cx\r\n", 80), std::string(79, ' ') + "x\n");
  EXPECT_EQ(command_output("a\x1b[999999999@\x1b[18446744073709551616P\r\n", 80), "a\n");
  EXPECT_EQ(command_output("x\ry", -5), "y");
}

namespace {

/// A line in which the cursor moves to and fro, within 70 columns and ASCII.
std::string edited_line(std::mt19937& random) {
  static const std::vector<std::string> steps = {
      "a",       "bc d",   "  ",      "\t",      "\b",     "\b\b",     "\r",     "\x1b[K",   "\x1b[1K", "\x1b[2K",
      "\x1b[3C", "\x1b[D", "\x1b[4D", "\x1b[9G", "\x1b[X", "\x1b[20X", "\x1b[m", "\x1b[60G", "xyz",     "#"};
  std::string line;
  std::size_t printed = 0;
  for (auto left = random() % 30; left > 0; --left) {
    const std::string& step = steps[random() % steps.size()];
    if (step.front() != '\x1b' && (printed += step == "\t" ? 8 : step.size()) > 60) break;
    line += step;
    // Whatever follows, it stays left of the margin.
    if (random() % 6 == 0) line += "\r", printed = 0;
    if (step == "\x1b[60G") line += "\r", printed = 0;
  }
  return line;
}

std::string without_end(std::string text, std::string_view end) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with(end)) text.resize(text.size() - end.size());
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

}  // namespace

TEST(CommandOutput, LinesOfAsciiAreEditedAsOthersAre) {
  std::mt19937 random(20);  // NOLINT(cert-msc51-cpp): the same lines every time
  for (int i = 0; i < 20'000; ++i) {
    const std::string line = "\r" + edited_line(random);
    // A character of another kind at the margin, before anything else is written.
    const std::string other = "\x1b[79G\xc3\xa9" + line;
    const std::string ascii = "\x1b[79G!" + line;
    EXPECT_EQ(without_end(command_output(ascii + "\r\n", 80), "!"),
              without_end(command_output(other + "\r\n", 80), "\xc3\xa9"))
        << duotty::base::hex_encode(line);
  }
}
