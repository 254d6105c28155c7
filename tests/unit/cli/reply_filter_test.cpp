#include "reply_filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace duotty::cli {
namespace {

using Kind = ReplyFilter::Piece::Kind;

std::string joined(const ReplyFilter::Pieces& pieces) {
  std::string out;
  for (const auto& piece : pieces) out += piece.bytes;
  return out;
}

/// What goes on when `input` comes in pieces of `step` bytes and then nothing more.
std::string filtered(const std::string& input, std::size_t step, const std::string& output = {}) {
  ReplyFilter filter;
  filter.note_output(output);
  ReplyFilter::Pieces pieces;
  for (std::size_t at = 0; at < input.size(); at += step) filter.feed(std::string_view(input).substr(at, step), pieces);
  filter.flush(pieces);
  return joined(pieces);
}

const std::vector<std::string> kReplies = {
    "\x1b[?62;22c",                       // DA1
    "\x1b[>41;354;0c",                    // DA2
    "\x1bP!|00000000\x1b\\",              // DA3
    "\x1b[0n",                            // DSR: ready
    "\x1b[?13n",                          // DECDSR: no printer
    "\x1b[?997;1n",                       // colour scheme
    "\x1b[24;80R",                        // CPR
    "\x1b[1;1R",                          // CPR that cannot be F3
    "\x1b[1;40R",                         // CPR that cannot be F3
    "\x1b[?24;80;1R",                     // DECXCPR
    "\x1b[?2026;2$y",                     // DECRPM, private
    "\x1b[4;2$y",                         // DECRPM, ANSI
    "\x1b[?1u",                           // kitty keyboard flags
    "\x1b[>4;1m",                         // XTQMODKEYS
    "\x1b[?2;0;800;600S",                 // XTSMGRAPHICS
    "\x1b[8;24;80t",                      // window size
    "\x1b[48;24;80;480;800t",             // in-band resize
    "\x1b[2;1;1;112;112;1;0x",            // DECREPTPARM
    "\x1b]10;rgb:ffff/ffff/ffff\x07",     // foreground
    "\x1b]11;rgb:0000/0000/0000\x1b\\",   // background
    "\x1b]12;rgb:ffff/0000/0000\x1b\\",   // cursor
    "\x1b]4;1;rgb:cdcd/0000/0000\x1b\\",  // palette
    "\x1b]52;c;c2VjcmV0\x1b\\",           // clipboard
    "\x1bP1$r0;1m\x1b\\",                 // DECRQSS
    "\x1bP0$r\x1b\\",                     // DECRQSS, refused
    "\x1bP1+r544e=787465726d\x1b\\",      // XTGETTCAP
    "\x1bP>|XTerm(390)\x1b\\",            // XTVERSION
    "\x1bP17!~ABCD\x1b\\",                // DECRQCRA
    "\x1b_Gi=1;OK\x1b\\",                 // kitty graphics
};

const std::vector<std::string> kInput = {
    "plain text",
    "\xe4\xb8\xad\xe6\x96\x87",             // UTF-8
    "\x03\x1a\r\t\x7f",                     // control keys
    "\x1b",                                 // Escape
    "\x1b\x1b",                             // Alt+Escape
    "\x1bq\x1bP\x1b]\x1b_\x1b[",            // Alt with letters that introduce strings
    "\x1bPx\x1b]x\x1b_x",                   // and what follows is no answer
    "\x1b[A\x1b[1;5C\x1bOA\x1bOP\x1b[15~",  // arrows and function keys
    "\x1b[1;2R\x1b[1;5R\x1b[R",             // F3 with modifiers
    "\x1b[c\x1b[a",                         // rxvt: Shift with arrows
    "\x1b[[A",                              // Linux console: F1
    "\x1b[97;5u\x1b[27;5;9~",               // kitty and modifyOtherKeys
    "\x1b[<0;10;5M\x1b[<0;10;5m",           // SGR mouse
    "\x1b[M !!",                            // X10 mouse
    "\x1b[I\x1b[O",                         // focus
    "\x1b[?",                               // unfinished
};

TEST(ReplyFilter, TakesOutEveryAnswerAtEveryChunking) {
  for (const auto& reply : kReplies) {
    for (std::size_t step = 1; step <= reply.size(); ++step) {
      EXPECT_EQ(filtered("a" + reply + "b", step), "ab") << testing::PrintToString(reply) << " by " << step;
    }
  }
}

TEST(ReplyFilter, LeavesKeysMouseAndFocusAloneAtEveryChunking) {
  for (const auto& input : kInput) {
    for (std::size_t step = 1; step <= input.size(); ++step) {
      EXPECT_EQ(filtered(input, step), input) << testing::PrintToString(input) << " by " << step;
    }
  }
}

TEST(ReplyFilter, SeparatesAnswersFromKeysBetweenThem) {
  std::string all;
  std::string keys;
  for (std::size_t i = 0; i < std::max(kReplies.size(), kInput.size()); ++i) {
    const std::string key = "\x1b[" + std::to_string(i) + "~k";
    all += kReplies[i % kReplies.size()] + key;
    keys += key;
  }
  for (const std::size_t step : {1U, 2U, 3U, 7U, 64U, 4096U}) EXPECT_EQ(filtered(all, step), keys);
}

TEST(ReplyFilter, TakesAPositionInTheFirstRowForAnAnswerOnlyAfterAQuery) {
  EXPECT_EQ(filtered("\x1b[1;2R", 1), "\x1b[1;2R");
  EXPECT_EQ(filtered("\x1b[1;2R\x1b[1;2R", 1, "x\x1b[6n"), "\x1b[1;2R");
  EXPECT_EQ(filtered("\x1b[1;2R", 1, "\x1b[?6n"), "");
}

TEST(ReplyFilter, NoticesAQueryThatIsSplitInTheOutput) {
  ReplyFilter filter;
  for (const char c : std::string("\x1b\x1b[6m\x1b[6n")) filter.note_output({&c, 1});
  ReplyFilter::Pieces pieces;
  filter.feed("\x1b[1;2R\x1b[1;2R", pieces);
  EXPECT_EQ(joined(pieces), "\x1b[1;2R");
}

TEST(ReplyFilter, PassesPastesUnchanged) {
  const std::string paste = "\x1b[200~a\x1b[24;80Rb\x1b]11;rgb:0/0/0\x07\x1b[20\x1b[201~";
  for (std::size_t step = 1; step <= paste.size(); ++step) {
    ReplyFilter filter;
    ReplyFilter::Pieces pieces;
    const std::string input = "x" + paste + "\x1b[0ny";
    for (std::size_t at = 0; at < input.size(); at += step) {
      filter.feed(std::string_view(input).substr(at, step), pieces);
    }
    std::string pasted;
    for (const auto& piece : pieces) pasted += piece.kind == Kind::pasted ? piece.bytes : "";
    EXPECT_EQ(pasted, paste);
    EXPECT_EQ(joined(pieces), "x" + paste + "y");
  }
}

TEST(ReplyFilter, HoldsALoneEscapeForThirtyMillisecondsAtMost) {
  ReplyFilter filter;
  ReplyFilter::Pieces pieces;
  EXPECT_FALSE(filter.patience());
  filter.feed("\x1b", pieces);
  EXPECT_TRUE(pieces.empty());
  ASSERT_TRUE(filter.patience());
  EXPECT_LE(*filter.patience(), std::chrono::milliseconds(30));
  filter.flush(pieces);
  EXPECT_EQ(joined(pieces), "\x1b");
  EXPECT_FALSE(filter.patience());
}

TEST(ReplyFilter, HoldsNothingBackOfKeysThatAreComplete) {
  ReplyFilter filter;
  ReplyFilter::Pieces pieces;
  filter.feed("\x1b[A\x1bx\x1bOPabc", pieces);
  EXPECT_EQ(joined(pieces), "\x1b[A\x1bx\x1bOPabc");
  EXPECT_FALSE(filter.patience());
}

TEST(ReplyFilter, ForgetsAnAnswerWithoutAnEnd) {
  ReplyFilter filter;
  ReplyFilter::Pieces pieces;
  filter.feed("\x1b]11;rgb:00", pieces);
  EXPECT_EQ(filter.patience(), ReplyFilter::kReplyPatience);
  filter.flush(pieces);
  filter.feed("ls\r", pieces);
  EXPECT_EQ(joined(pieces), "ls\r");
}

TEST(ReplyFilter, EndsABrokenAnswerAtTheNextSequence) {
  EXPECT_EQ(filtered("\x1b]11;rgb:00\x1b[Ax", 1), "\x1b[Ax");
  EXPECT_EQ(filtered("\x1bP1$r0\x18x", 1), "x");
}

TEST(ReplyFilter, IsBounded) {
  ReplyFilter filter;
  ReplyFilter::Pieces pieces;
  filter.feed("\x1b[" + std::string(10'000, '1'), pieces);
  EXPECT_GE(joined(pieces).size(), 10'000 - ReplyFilter::kMaxSequence);
  pieces.clear();
  filter.flush(pieces);
  pieces.clear();
  filter.feed("\x1b]11;" + std::string(ReplyFilter::kMaxReply + 10, 'x'), pieces);
  EXPECT_LE(joined(pieces).size(), 16U);
  EXPECT_FALSE(filter.patience());
}

}  // namespace
}  // namespace duotty::cli
