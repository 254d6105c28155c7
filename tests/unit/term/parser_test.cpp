#include "parser.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace duotty::term {
namespace {

std::string utf8(char32_t scalar) {
  std::string out;
  if (scalar < 0x800) {
    out.push_back(static_cast<char>(0xc0 | scalar >> 6));
  } else if (scalar < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | scalar >> 12));
    out.push_back(static_cast<char>(0x80 | (scalar >> 6 & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xf0 | scalar >> 18));
    out.push_back(static_cast<char>(0x80 | (scalar >> 12 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (scalar >> 6 & 0x3f)));
  }
  out.push_back(static_cast<char>(0x80 | (scalar & 0x3f)));
  return out;
}

/// Writes down what the parser finds, with the bytes it came from.
class Log final : public ParserSink {
 public:
  explicit Log(const Parser& parser) : parser_(parser) {}

  void print_ascii(const char* text, std::size_t count) override { text_ += std::string(text, count); }
  void print(const char32_t* text, std::size_t count) override {
    for (std::size_t i = 0; i < count; ++i) text_ += utf8(text[i]);
  }
  void execute(unsigned char control) override { add("control " + std::to_string(control)); }
  void esc(const Sequence& q) override { add("esc " + header(q)); }
  void csi(const Sequence& q) override { add("csi " + header(q)); }
  void osc(std::string_view text) override { add("osc " + std::string(text)); }
  void dcs(const Sequence& q, std::string_view data) override { add("dcs " + header(q) + " " + std::string(data)); }

  std::vector<std::string> take() {
    flush();
    return std::move(entries_);
  }
  std::vector<std::pair<std::uint64_t, std::uint64_t>> places;

 private:
  static std::string header(const Sequence& q) {
    std::string out;
    if (q.leader != 0) out += q.leader;
    out += q.params.bytes();
    for (const char c : q.intermediates) {
      if (c != 0) out += c;
    }
    return out + q.final;
  }
  void flush() {
    if (!text_.empty()) entries_.push_back("'" + std::exchange(text_, {}) + "'");
  }
  void add(const std::string& entry) {
    flush();
    entries_.push_back(entry);
    places.emplace_back(parser_.sequence_begin(), parser_.consumed());
  }

  const Parser& parser_;
  std::string text_;
  std::vector<std::string> entries_;
};

using Entries = std::vector<std::string>;

Entries parse(std::string_view bytes) {
  Parser parser;
  Log log(parser);
  parser.feed(bytes, log);
  return log.take();
}

TEST(Parser, SeparatesTextControlsAndSequences) {
  EXPECT_EQ(parse("ab\r\n\x1b[1;31mc\x1b(0\x1b]0;t\x07\x1bP1$qm\x1b\\"),
            (Entries{"'ab'", "control 13", "control 10", "csi 1;31m", "'c'", "esc (0", "osc 0;t", "dcs 1$q m"}));
}

TEST(Parser, KeepsEmptyParametersAndSubparameters) {
  EXPECT_EQ(parse("\x1b[;5H\x1b[38:2::1:2:3m\x1b[?25h\x1b[>c\x1b[4 q"),
            (Entries{"csi ;5H", "csi 38:2::1:2:3m", "csi ?25h", "csi >c", "csi 4 q"}));
}

TEST(Parser, GivesTheSameForEveryCut) {
  const std::string bytes =
      "a\xe4\xbd\xa0\x1b[1;2;3mb\xff\xc3(\x1b]2;t\xe2\x9c\x9cx\x1b\\\x1bP+q544e\x1b\\\xc2\x9b"
      "5nc\x1b[3\x18"
      "d\x1b_x\x1b\\e\xf0\x9f\x98\x80";
  const Entries whole = parse(bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    Parser parser;
    Log log(parser);
    parser.feed(std::string_view(bytes).substr(0, cut), log);
    parser.feed(std::string_view(bytes).substr(cut), log);
    EXPECT_EQ(log.take(), whole) << "cut at " << cut;
    EXPECT_EQ(parser.consumed(), bytes.size());
  }
}

TEST(Parser, SaysWhereASequenceBeginsAndEnds) {
  Parser parser;
  Log log(parser);
  parser.feed("ab\x1b]133;A\x07", log);
  parser.feed("cd\x1b]7;x\x1b", log);
  parser.feed("\\\x1b]8;;\x1b[m", log);
  using Places = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
  EXPECT_EQ(log.places, (Places{{2, 10}, {12, 19}, {19, 24}, {24, 27}}));
}

TEST(Parser, TakesPendingBytesToTheSameState) {
  const std::vector<std::string> halves = {
      "\x1b",       "\x1b(",    "\x1b[",        "\x1b[?1;2",   "\x1b[1:2 ", "\x1b[1<",    "\x1bP1$q",
      "\x1bP1$qab", "\x1b]2;t", "\x1b]2;t\x1b", "\x1b]x",      "\x1bX",     "\x1bXq\x1b", "\xe4",
      "\xe4\xbd",   "\xc2",     "\x1b[\xe4",    "\x1b]2;\xc2", "\x1bX\xc2", "\x1bP:",     "\x1b[1;2;3;4;5;6;7;8;9;10"};
  for (const std::string& half : halves) {
    Parser parser;
    Log log(parser);
    parser.feed(half, log);
    EXPECT_FALSE(parser.at_ground()) << half;
    Parser copy;
    Log copy_log(copy);
    copy.feed(parser.pending(), copy_log);
    EXPECT_TRUE(copy_log.take().empty());
    EXPECT_EQ(copy.pending(), parser.pending());
    for (const char* rest : {"\x9c", "\x1b\\", "m", "\xa0", "1m"}) {
      Parser a = parser, b = copy;
      Log log_a(a), log_b(b);
      a.feed(rest, log_a);
      b.feed(rest, log_b);
      EXPECT_EQ(log_a.take(), log_b.take()) << half << " + " << rest;
      EXPECT_EQ(a.pending(), b.pending());
    }
  }
}

TEST(Parser, DropsStringsBeyondTheLimitAndGoesOn) {
  Parser parser;
  Log log(parser);
  parser.feed("\x1b]0;", log);
  const std::string block(65536, 'x');
  for (int i = 0; i < 40; ++i) parser.feed(block, log);
  EXPECT_LT(parser.pending().size(), 16u) << "the string was given back";
  parser.feed("\x07ok", log);
  EXPECT_EQ(log.take(), (Entries{"'ok'"}));
}

TEST(Parser, KeepsAStringAtTheLimit) {
  const std::string text = "0;" + std::string(max_string_bytes - 2, 'x');
  EXPECT_EQ(parse("\x1b]" + text + "\x07"), (Entries{"osc " + text}));
}

TEST(Parser, RestoresWhatPendingDescribes) {
  Parser parser;
  EXPECT_TRUE(parser.restore("\x1b[1;2", 100, 95));
  EXPECT_EQ(parser.consumed(), 100u);
  EXPECT_EQ(parser.sequence_begin(), 95u);
  Log log(parser);
  parser.feed("m", log);
  EXPECT_EQ(log.take(), (Entries{"csi 1;2m"}));
}

TEST(Parser, SkipsControlsInAnOscAsIfTheyWereNotThere) {
  EXPECT_EQ(parse(std::string_view("\x1b]0;a\xc2\x00\x9c"
                                   "b",
                                   9)),
            (Entries{"osc 0;a", "'b'"}));
  Parser parser;
  Log log(parser);
  parser.feed("\x1b]0;a\xc2\x01", log);
  EXPECT_TRUE(parser.pending().ends_with("\xc2"));
}

TEST(Parser, RefusesToRestoreAnythingThatHasAnEffect) {
  for (const char* bytes : {"x", "\x1b[m", "\r", "\x1b]0;t\x07", "\x1b]abc"}) {
    Parser parser;
    EXPECT_FALSE(parser.restore(bytes, 1, 0)) << bytes;
  }
}

TEST(Parser, ReplacesEachMaximalMalformedPartOnce) {
  EXPECT_EQ(parse("\xf0\x80\x80\x41"), (Entries{"'\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                                                "A'"}));
  EXPECT_EQ(parse("\xf4\x90\x80\x80"), (Entries{"'\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd'"}));
  EXPECT_EQ(parse("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"), (Entries{"'\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                                                                    "A'"}));
  EXPECT_EQ(parse("\xc0\xaf"), (Entries{"'\xef\xbf\xbd\xef\xbf\xbd'"}));
}

}  // namespace
}  // namespace duotty::term
