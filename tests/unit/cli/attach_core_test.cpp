#include "attach_core.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attach_screen.hpp"

namespace duotty::cli {
namespace {

constexpr const char* kHello =
    R"({"type":"hello","protocol":1,"terminal":{"id":"t1","alive":true},"epoch":"e1","viewer":"v1","role":"typist",)"
    R"("cols":80,"rows":24})";

std::string big_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xff);
  return out;
}
std::string output(std::uint64_t offset, const std::string& bytes) {
  return "\x01" + big_endian(offset, 8) + bytes;
}
std::string snapshot(std::uint64_t offset, const std::string& bytes) {
  return "\x02" + big_endian(offset, 8) + big_endian(80, 2) + big_endian(24, 2) + bytes;
}
std::string ack(std::uint64_t offset) {
  return "\x02" + big_endian(offset, 8);
}
std::string input(std::uint32_t sequence, const std::string& bytes) {
  return "\x01" + big_endian(sequence, 4) + bytes;
}

class AttachCoreTest : public testing::Test {
 protected:
  std::vector<std::string> sent() {
    std::vector<std::string> out;
    for (const auto& frame : core.outgoing()) out.push_back(frame.bytes);
    core.outgoing().clear();
    return out;
  }
  /// Draws everything that waits and returns it.
  std::string draw() {
    std::string out;
    while (!core.drawings().empty()) {
      const Drawing drawing = core.drawings().front();
      core.drawings().pop_front();
      out += drawing.bytes;
      core.on_drawn(drawing.end);
    }
    return out;
  }
  AttachCore core{"t1", "token", Role::typist, {80, 24}};
};

TEST_F(AttachCoreTest, DrawsTheFirstPictureBelowWhatWasOnTheScreen) {
  core.on_text(kHello);
  core.on_binary(snapshot(100, "PICTURE"));
  EXPECT_EQ(draw(), screen::enter(24) + "PICTURE");
  EXPECT_THAT(sent(), testing::ElementsAre(ack(100)));
}

TEST_F(AttachCoreTest, AcknowledgesWhatIsDrawnAndOnlyThat) {
  core.on_text(kHello);
  core.on_binary(snapshot(0, ""));
  draw();
  sent();
  core.on_binary(output(0, "abc"));
  EXPECT_TRUE(sent().empty());
  EXPECT_EQ(draw(), "abc");
  EXPECT_THAT(sent(), testing::ElementsAre(ack(3)));
}

TEST_F(AttachCoreTest, AcknowledgesALongOutputAlongTheWay) {
  core.on_text(kHello);
  core.on_binary(snapshot(0, ""));
  draw();
  sent();
  const std::string piece(AttachCore::kAckEvery, 'x');
  core.on_binary(output(0, piece));
  core.on_binary(output(piece.size(), piece));
  core.on_drawn(piece.size());
  EXPECT_THAT(sent(), testing::ElementsAre(ack(piece.size())));
}

TEST_F(AttachCoreTest, ContinuesALostConnectionAtItsOffsetAndPrintsNothing) {
  core.on_text(kHello);
  core.on_binary(snapshot(0, ""));
  core.on_binary(output(0, "abc"));
  draw();
  core.on_lost(1006, "");
  EXPECT_FALSE(core.connected());
  EXPECT_FALSE(core.ending());
  EXPECT_THAT(core.target(), testing::HasSubstr("&epoch=e1&offset=3"));
  core.on_text(kHello);
  sent();
  core.on_binary(output(3, "def"));
  EXPECT_EQ(draw(), "def");
}

TEST_F(AttachCoreTest, DrawsNothingTwice) {
  core.on_text(kHello);
  core.on_binary(snapshot(0, ""));
  core.on_binary(output(0, "abc"));
  draw();
  core.on_binary(output(0, "abc"));
  core.on_binary(output(1, "bcd"));
  EXPECT_EQ(draw(), "d");
}

TEST_F(AttachCoreTest, ReconnectsWhenOutputIsMissing) {
  core.on_text(kHello);
  core.on_binary(snapshot(0, ""));
  core.on_binary(output(5, "x"));
  EXPECT_TRUE(core.must_reconnect());
  core.on_lost(1006, "");
  EXPECT_FALSE(core.must_reconnect());
  EXPECT_THAT(core.target(), testing::HasSubstr("&offset=0"));
}

TEST_F(AttachCoreTest, ReconnectsAfterAFrameThatIsNone) {
  for (const std::string frame : {"", "\x01", "\x07xxxxxxxxxxxxxxxx", "\x02short"}) {
    AttachCore fresh("t1", "token", Role::typist, {80, 24});
    fresh.on_text(kHello);
    fresh.on_binary(frame);
    EXPECT_TRUE(fresh.must_reconnect()) << testing::PrintToString(frame);
  }
  core.on_text("nonsense");
  EXPECT_TRUE(core.must_reconnect());
}

TEST_F(AttachCoreTest, ReplacesWhatWaitsByALaterPicture) {
  core.on_text(kHello);
  core.on_binary(snapshot(0, "A"));
  draw();
  core.on_binary(output(0, "stale"));
  core.on_binary(snapshot(900, "B"));
  EXPECT_EQ(draw(), screen::again() + "B");
  EXPECT_EQ(sent().back(), ack(900));
}

TEST_F(AttachCoreTest, NumbersInputAndKeepsItUntilItIsAcknowledged) {
  core.type("early");
  EXPECT_TRUE(sent().empty());
  core.on_text(kHello);
  core.type("a");
  EXPECT_THAT(sent(), testing::ElementsAre(input(1, "early"), input(2, "a")));
  core.on_text(R"({"type":"input_ack","sequence":1})");
  core.on_lost(1006, "");
  core.type("b");
  core.on_text(kHello);
  EXPECT_THAT(sent(), testing::ElementsAre(input(2, "a"), input(3, "b")));
  EXPECT_THAT(core.target(), testing::HasSubstr("&input_token=token"));
}

TEST_F(AttachCoreTest, SendsAPasteInPieces) {
  core.on_text(kHello);
  core.type(std::string(AttachCore::kPiece + 1, 'x'));
  EXPECT_THAT(sent(), testing::ElementsAre(input(1, std::string(AttachCore::kPiece, 'x')), input(2, "x")));
}

TEST_F(AttachCoreTest, HoldsABoundedAmountOfInput) {
  for (int i = 0; i < 100; ++i) core.type(std::string(AttachCore::kPiece, 'x'));
  core.on_text(kHello);
  EXPECT_LE(core.outgoing().size(), AttachCore::kMaxUnsent / AttachCore::kPiece + 1);
}

TEST_F(AttachCoreTest, ForgetsInputMeantForAnotherLifeOfTheTerminal) {
  core.on_text(kHello);
  core.type("a");
  sent();
  core.on_lost(1006, "");
  core.on_text(R"({"type":"hello","epoch":"e2","terminal":{"alive":true}})");
  EXPECT_TRUE(sent().empty());
  EXPECT_THAT(core.target(), testing::Not(testing::HasSubstr("offset")));
}

TEST_F(AttachCoreTest, SaysItsSizeWhenItChanges) {
  EXPECT_THAT(core.target(), testing::HasSubstr("&cols=80&rows=24"));
  core.on_text(kHello);
  core.resize({80, 24});
  EXPECT_TRUE(sent().empty());
  core.resize({100, 30});
  EXPECT_THAT(sent(), testing::ElementsAre(R"({"cols":100,"rows":30,"type":"resize"})"));
}

TEST_F(AttachCoreTest, BeginsAnewWhenTheScreenWasDisturbed) {
  core.on_text(kHello);
  core.on_binary(snapshot(0, ""));
  draw();
  core.redraw();
  EXPECT_TRUE(core.must_reconnect());
  core.on_lost(1006, "");
  EXPECT_THAT(core.target(), testing::Not(testing::HasSubstr("offset")));
  core.on_text(kHello);
  core.on_binary(snapshot(7, "AGAIN"));
  EXPECT_EQ(draw(), screen::again() + "AGAIN");
}

TEST_F(AttachCoreTest, AnswersPings) {
  core.on_text(kHello);
  core.on_text(R"({"type":"ping"})");
  EXPECT_THAT(sent(), testing::ElementsAre(R"({"type":"pong"})"));
}

TEST_F(AttachCoreTest, RingsWhenInputIsRefused) {
  core.on_text(kHello);
  core.on_binary(snapshot(0, ""));
  draw();
  core.type("a");
  core.on_text(R"({"type":"input_refused","sequence":1,"code":"denied","message":"held"})");
  EXPECT_EQ(draw(), "\a");
}

TEST_F(AttachCoreTest, OnlyWatchesAsAViewer) {
  AttachCore viewer("t1", "token", Role::viewer, {80, 24});
  EXPECT_THAT(viewer.target(), testing::HasSubstr("&role=viewer"));
  viewer.on_text(kHello);
  viewer.type("a");
  viewer.resize({100, 30});
  EXPECT_TRUE(viewer.outgoing().empty());
}

TEST_F(AttachCoreTest, EndsOnlyWhenTheLastOutputOfAnEndedProgramIsDrawn) {
  core.on_text(kHello);
  core.on_binary(snapshot(0, ""));
  draw();
  sent();
  core.on_text(R"({"type":"exit","code":3,"signal":null})");
  EXPECT_THAT(sent(), testing::ElementsAre(R"({"type":"ping"})"));
  core.on_binary(output(0, "last words"));
  core.on_text(R"({"type":"pong"})");
  EXPECT_FALSE(core.ending());
  EXPECT_EQ(draw(), "last words");
  EXPECT_THAT(sent(), testing::ElementsAre(ack(10), R"({"type":"ping"})"));
  core.on_text(R"({"type":"pong"})");
  ASSERT_TRUE(core.ending());
  EXPECT_EQ(core.ending()->why, Ending::Why::exited);
  EXPECT_EQ(core.ending()->code, 3);
}

TEST_F(AttachCoreTest, ShowsATerminalWhoseProgramHasEndedAndLeaves) {
  core.on_text(R"({"type":"hello","epoch":"e1","terminal":{"alive":false,"exit_code":null,"exit_signal":"SIGKILL"}})");
  core.on_binary(snapshot(50, "GRAVE"));
  EXPECT_THAT(draw(), testing::HasSubstr("GRAVE"));
  EXPECT_THAT(sent(), testing::ElementsAre(ack(50), R"({"type":"ping"})"));
  core.on_text(R"({"type":"pong"})");
  ASSERT_TRUE(core.ending());
  EXPECT_EQ(core.ending()->signal, "SIGKILL");
}

TEST_F(AttachCoreTest, EndsWhenTheTerminalIsClosed) {
  core.on_text(kHello);
  core.on_text(R"({"type":"closed"})");
  ASSERT_TRUE(core.ending());
  EXPECT_EQ(core.ending()->why, Ending::Why::closed);
}

TEST_F(AttachCoreTest, EndsWhenTheServerRefuses) {
  for (const int code : {4401, 4403, 4404}) {
    AttachCore fresh("t1", "token", Role::typist, {80, 24});
    fresh.on_lost(code, "because");
    ASSERT_TRUE(fresh.ending());
    EXPECT_EQ(fresh.ending()->why, Ending::Why::refused);
    EXPECT_THAT(fresh.ending()->message, testing::HasSubstr("because"));
    EXPECT_EQ(fresh.ending()->code, code == 4404 ? 66 : 77);
  }
}

TEST(AttachScreen, ResetsEveryModeAndEndsOnAFreshLine) {
  const std::string reset = screen::reset();
  for (const char* off : {"?1049l", "?1000l", "?1002l", "?1003l", "?1006l", "?1004l", "?2004l", "?2026l", "?1l", "?6l",
                          "[<99u", "[4l", "[0m", "?7h", "?25h", "[0 q"}) {
    EXPECT_THAT(reset, testing::HasSubstr(off));
  }
  EXPECT_THAT(reset, testing::Not(testing::HasSubstr("\x1b"
                                                     "c")));  // RIS would take the scrollback with it
  EXPECT_THAT(reset, testing::Not(testing::HasSubstr("\x1b[3J")));
  EXPECT_THAT(screen::leave(24), testing::HasSubstr("\x1b[24;1H\r\n"));
}

// --- overlays, panels, captured keys
// -----------------------------------------------------------------------------------

constexpr const char* kPanel =
    R"({"type":"ui","mode":"normal","top":1,"bottom":0,"capture":null,"elements":[{"id":"bar","kind":"panel",)"
    R"("position":"top","left":0,"top":0,"width":80,"height":1,"rows":[[{"col":0,"cells":5,"text":"hello"}]]}]})";
constexpr const char* kNothing = R"({"type":"ui","mode":"normal","top":0,"bottom":0,"capture":null,"elements":[]})";

/// What a terminal of the person's size shows after all that.
class Person {
 public:
  void see(const std::string& bytes) { terminal_.feed(bytes); }
  std::vector<std::string> lines() const { return terminal_.screen_lines(); }
  const term::Terminal& terminal() const { return terminal_; }

 private:
  term::Host host_;
  term::Terminal terminal_{{80, 24}, host_};
};

TEST_F(AttachCoreTest, ComposesWhileThereIsSomethingToShowAndPutsTheProgramsScreenBack) {
  Person person;
  core.on_text(kHello);
  core.on_binary(snapshot(0, "one\r\ntwo"));
  person.see(draw());
  core.on_text(R"({"type":"size","cols":80,"rows":23})");
  core.on_text(kPanel);
  person.see(draw());
  EXPECT_EQ(person.lines()[0], "hello");
  EXPECT_EQ(person.lines()[2], "two");
  EXPECT_TRUE(person.terminal().alternate_screen());
  core.on_binary(output(0, "\r\nthree"));
  person.see(draw());
  EXPECT_EQ(person.lines()[3], "three");
  EXPECT_EQ(person.terminal().cursor().col, 5);
  core.on_text(R"({"type":"size","cols":80,"rows":24})");
  core.on_text(kNothing);
  person.see(draw());
  EXPECT_FALSE(person.terminal().alternate_screen());
  EXPECT_EQ(person.lines()[0], "one");
  EXPECT_EQ(person.lines()[2], "three");
  core.on_binary(output(7, "RAW"));
  EXPECT_EQ(draw(), "RAW");
}

TEST_F(AttachCoreTest, WhatScrolledByUnderAPictureIsInTheScrollbackAfterwards) {
  Person person;
  core.on_text(kHello);
  core.on_binary(snapshot(0, ""));
  person.see(draw());
  core.on_text(kPanel);
  std::string lines;
  for (int i = 1; i <= 100; ++i) lines += "line " + std::to_string(i) + "\r\n";
  core.on_binary(output(0, lines));
  core.on_text(kNothing);
  person.see(draw());
  std::vector<std::string> all;
  for (auto row = person.terminal().main_first_row(); row < person.terminal().main_end_row(); ++row) {
    if (const auto text = person.terminal().line(row).text; text.starts_with("line ")) all.push_back(text);
  }
  ASSERT_EQ(all.size(), 100U) << "each once";
  EXPECT_EQ(all.front(), "line 1");
  EXPECT_EQ(all.back(), "line 100");
}

TEST_F(AttachCoreTest, AFirstPictureMayBeComposed) {
  Person person;
  core.on_text(kHello);
  core.on_text(kPanel);
  core.on_binary(snapshot(10, "text"));
  person.see(draw());
  EXPECT_EQ(person.lines()[0], "hello");
  EXPECT_EQ(person.lines()[1], "text");
  EXPECT_THAT(sent(), testing::ElementsAre(ack(10)));
}

TEST_F(AttachCoreTest, WhatIsGoneAfterALostConnectionIsNotShownAnyMore) {
  Person person;
  core.on_text(kHello);
  core.on_text(kPanel);
  core.on_binary(snapshot(0, "text"));
  person.see(draw());
  core.on_lost(1006, "");
  core.on_text(kHello);
  core.on_text(kPanel);
  core.on_text(R"({"type":"presence","viewers":[]})");
  EXPECT_EQ(draw(), "") << "nothing has changed";
  core.on_lost(1006, "");
  core.on_text(kHello);
  core.on_text(R"({"type":"presence","viewers":[]})");
  person.see(draw());
  EXPECT_FALSE(person.terminal().alternate_screen());
  EXPECT_EQ(person.lines()[0], "text");
}

TEST_F(AttachCoreTest, KnowsWhoHasTheKeyboardAndMovesTheMouse) {
  core.on_text(kHello);
  core.on_binary(snapshot(0, ""));
  EXPECT_FALSE(core.captured());
  core.on_text(R"({"type":"ui","mode":"normal","top":0,"bottom":0,"capture":{"id":"c1","by":"agent"},"elements":[]})");
  EXPECT_TRUE(core.captured());
  EXPECT_NE(draw().find("keyboard: agent"), std::string::npos);
  core.on_text(kPanel);
  draw();
  EXPECT_FALSE(core.captured());
  sent();
  core.type("\x1b[<0;3;5M");
  EXPECT_THAT(sent(), testing::ElementsAre(input(1, "\x1b[<0;3;4M")));
}

}  // namespace
}  // namespace duotty::cli
