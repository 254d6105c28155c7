// SGR that is recognised by its bytes means what it means byte by byte.
#include <gtest/gtest.h>
#include <duotty/term/terminal.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace duotty::term {
namespace {

std::vector<std::string> parameter_texts() {
  std::vector<std::string> out = {"",
                                  "0",
                                  "00",
                                  "000",
                                  "0000",
                                  ";",
                                  "0;",
                                  ";0",
                                  "01;34",
                                  "1;;31",
                                  "4:3",
                                  "4:0",
                                  "4:9",
                                  "4:",
                                  ":4",
                                  "38:5:17",
                                  "38:2::1:2:3",
                                  "38:2:1:2:3",
                                  "58;5;200",
                                  "58:2::9:8:7",
                                  "59",
                                  "38;5",
                                  "38;5;256",
                                  "38;2;1;2",
                                  "38;2;300;2;999",
                                  "38;7;1",
                                  "48;2;255;255;255",
                                  "1;48;2;255;255;255",
                                  "38;5;1;48;5;2;4",
                                  "0000000000000001",
                                  "00000000000000001",
                                  "1;2;3;4;5;7;8;9;0",
                                  "1;2;3;4;5;7;8;9;53;58;5;3;38;5;4;48;5;6;21",
                                  "1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;4;7"};
  for (int code = 0; code <= 120; ++code) out.push_back(std::to_string(code));
  for (int index = 0; index < 256; ++index) out.push_back("38;5;" + std::to_string(index));
  for (int value = 0; value < 256; value += 3) {
    out.push_back("48;2;" + std::to_string(value) + ";" + std::to_string(255 - value) + ";0");
  }
  return out;
}

std::vector<Span> spans_of(std::string_view before, std::string_view sgr, bool at_once) {
  Host host;
  Terminal terminal({40, 3}, host);
  std::string bytes(before);
  bytes += "a";
  bytes += sgr;
  bytes += "b";
  bytes += std::string(80, '\0');  // what is followed by enough is looked at as a whole
  if (at_once) {
    terminal.feed(bytes);
  } else {
    for (const char byte : bytes) terminal.feed({&byte, 1});
  }
  return terminal.line(0).spans;
}

TEST(Sgr, MeansTheSameByItsBytesAndByteByByte) {
  const std::vector<std::string> looks = {"", "\x1b[1;3;4;38;5;9;48;2;1;2;3;58;5;6m", "\x1b[1\"q\x1b[7m",
                                          "\x1b]8;;http://h/\x1b\\\x1b[21m"};
  // The second round finds what the first one has left.
  for (int round = 0; round < 2; ++round) {
    for (const std::string& look : looks) {
      for (const std::string& text : parameter_texts()) {
        const std::string sgr = "\x1b[" + text + "m";
        EXPECT_EQ(spans_of(look, sgr, true), spans_of(look, sgr, false)) << "after " << look.size() << ": " << text;
      }
    }
  }
}

TEST(Sgr, WithoutParametersKeepsGuardAndLink) {
  for (const char* sgr : {"\x1b[m", "\x1b[0m", "\x1b[00m", "\x1b[;m"}) {
    const auto spans = spans_of("\x1b]8;;http://h/\x1b\\\x1b[1\"q\x1b[1;31m", sgr, true);
    ASSERT_EQ(spans.size(), 2u) << sgr;
    EXPECT_EQ(spans[1].link, "http://h/");
    EXPECT_TRUE(spans[1].style.has(guarded));
    EXPECT_FALSE(spans[1].style.has(bold));
    EXPECT_TRUE(spans[1].style.foreground.is_default());
  }
}

TEST(Sgr, IsNotRepeatable) {
  Host host;
  Terminal terminal({40, 3}, host);
  terminal.feed("x\x1b[1m\x1b[3by\x1b[1m\x1b[3b" + std::string(80, '\0'));
  EXPECT_EQ(terminal.line(0).text, "xy") << "REP repeats only what was printed just before it";
}

}  // namespace
}  // namespace duotty::term
