#include <gtest/gtest.h>
#include <duotty/base/text.hpp>
#include <duotty/exec/marks.hpp>

using namespace duotty;
using namespace duotty::exec;

namespace {

constexpr const char* nonce = "0123456789abcdef";

/// Writes down what it gets: text as it is, marks as <letters and values>.
struct Recorder final : MarkSink {
  void text(std::string_view bytes) override {
    log += bytes;
    text_bytes += bytes.size();
  }
  void mark(const Mark& mark) override {
    EXPECT_EQ(mark.text_offset, text_bytes);
    log += '<';
    log += static_cast<char>(mark.kind);
    if (mark.code) log += " code=" + std::to_string(*mark.code);
    if (mark.command) log += " cmd=" + *mark.command;
    if (mark.cwd) log += " cwd=" + *mark.cwd;
    if (!mark.id.empty()) log += " id=" + mark.id;
    if (!mark.shell.empty()) log += " shell=" + mark.shell + " " + mark.version;
    log += '>';
    last = mark;
  }
  std::string log;
  std::size_t text_bytes = 0;
  Mark last;
};

std::string mark(std::string_view body) {
  return std::string("\x1b]7717;") + nonce + ";" + std::string(body) + "\x07";
}

/// Filters the bytes whole, in every two pieces, and byte by byte with a save and restore between any two; all must
/// agree.
std::string filtered(std::string_view bytes) {
  Recorder whole;
  MarkFilter(nonce).feed(bytes, whole);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    Recorder parts;
    MarkFilter filter(nonce);
    filter.feed(bytes.substr(0, cut), parts);
    filter.feed(bytes.substr(cut), parts);
    EXPECT_EQ(parts.log, whole.log) << "cut at " << cut;
  }
  Recorder saved;
  MarkFilter filter(nonce);
  for (const char c : bytes) {
    filter = MarkFilter::restore(nonce, filter.save()).value();
    filter.feed({&c, 1}, saved);
    EXPECT_EQ(filter.text_offset() + filter.pending(), filter.pending() + saved.text_bytes);
  }
  EXPECT_EQ(saved.log, whole.log);
  EXPECT_EQ(filter.offset(), bytes.size());
  return whole.log;
}

}  // namespace

TEST(MarkFilter, TakesMarksOutOfTheText) {
  EXPECT_EQ(filtered("a" + mark("A") + "$ " + mark("B") + "ls\r\n"), "a<A>$ <B>ls\r\n");
  EXPECT_EQ(filtered(encode_mark(nonce, MarkKind::command_end, ";code=3;cwd=" + base::base64_encode("/tmp/ä b"))),
            "<D code=3 cwd=/tmp/ä b>");
  EXPECT_EQ(filtered(mark("C;cmd=" + base::base64_encode("echo 'x'\ndone"))), "<C cmd=echo 'x'\ndone>");
  EXPECT_EQ(filtered(mark("E;id=tok_1;code=127")), "<E code=127 id=tok_1>");
  EXPECT_EQ(filtered(mark("I;shell=bash;version=5.2.15(1)-release")), "<I shell=bash 5.2.15(1)-release>");
  EXPECT_EQ(filtered(mark("P") + mark("S;id=x")), "<P><S id=x>");
}

TEST(MarkFilter, PassesEverythingElseUnchanged) {
  for (const std::string_view bytes :
       {"\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b]8;;x\x1b\\", "\x1b]77170;x\x07", "\x1b]771;x\x07", "\x1b]7718\x07",
        "\x1b\x1b]\x1b]77\x1b]771", "\x1bP7717;x\x1b\\", "\xff\xfe\x80\x9d", "7717;0123456789abcdef;A"}) {
    EXPECT_EQ(filtered(std::string(bytes) + "."), std::string(bytes) + ".");
  }
}

TEST(MarkFilter, DropsMarksOfAnotherNonceAndBadOnesSilently) {
  EXPECT_EQ(filtered("a\x1b]7717;wrong;D;code=0\x07z"), "az");
  EXPECT_EQ(filtered("a\x1b]7717;;A\x07\x1b]7717\x07\x1b]7717\x1b\\\x1b]7717;\x07z"), "az");
  EXPECT_EQ(filtered("a" + mark("X") + mark("") + mark("AA") + "z"), "az");
  EXPECT_EQ(filtered("a\x1b]7717;0123456789abcde;A\x07z"), "az");
}

TEST(MarkFilter, LeavesMalformedValuesEmpty) {
  EXPECT_EQ(filtered(mark("D;code=256;cwd=***")), "<D>");
  EXPECT_EQ(filtered(mark("D;code=-1;cwd=")), "<D>");
  EXPECT_EQ(filtered(mark("C;cmd=abc;novalue;;other=1")), "<C>");
  EXPECT_EQ(filtered(mark("C;cmd=")), "<C cmd=>");
}

TEST(MarkFilter, ReportsNothingWithoutANonce) {
  Recorder recorder;
  MarkFilter filter("");
  filter.feed("a\x1b]7717;;A\x07" + mark("A") + "b", recorder);
  EXPECT_EQ(recorder.log, "ab");
}

TEST(MarkFilter, EndsASequenceAsATerminalDoes) {
  EXPECT_EQ(filtered("a\x1b]7717;open\x1b[31mred"), "a\x1b[31mred");
  EXPECT_EQ(filtered("a\x1b]7717;open" + mark("A") + "z"), "a<A>z");
  EXPECT_EQ(filtered("a\x1b]7717;open\x18shown"), "ashown");
  EXPECT_EQ(filtered("a\x1b]7717;open\x1ashown"), "ashown");
}

TEST(MarkFilter, SwallowsASequenceThatIsTooLongAndGoesOn) {
  const std::string big = mark("C;cmd=" + std::string(MarkFilter::max_mark + 10'000, 'A'));
  Recorder recorder;
  MarkFilter filter(nonce);
  filter.feed("a" + big.substr(0, 70'000), recorder);
  EXPECT_LT(filter.save().size(), 200U);
  filter.feed(big.substr(70'000) + "b" + mark("A"), recorder);
  EXPECT_EQ(recorder.log, "ab<A>");
}

TEST(MarkFilter, KnowsWhereMarksAreAndWhatItHolds) {
  Recorder recorder;
  MarkFilter filter(nonce, 1000);
  filter.feed("abc\x1b]77", recorder);
  EXPECT_EQ(filter.pending(), 4U);
  EXPECT_EQ(filter.offset(), 1007U);
  EXPECT_EQ(recorder.log, "abc");
  filter.feed("17;0123456789abcdef;B", recorder);
  EXPECT_EQ(filter.pending(), 25U);
  filter.feed("\x1b\\x", recorder);
  EXPECT_EQ(filter.pending(), 0U);
  EXPECT_EQ(recorder.log, "abc<B>x");
  EXPECT_EQ(recorder.last.begin, 1003U);
  EXPECT_EQ(recorder.last.end, 1030U);
  EXPECT_EQ(recorder.last.text_offset, 3U);
  EXPECT_EQ(filter.text_offset(), 4U);
}

TEST(MarkFilter, HandsOutPlainRunsInOnePiece) {
  struct Counter final : MarkSink {
    void text(std::string_view bytes) override { pieces.push_back(bytes); }
    void mark(const Mark&) override {}
    std::vector<std::string_view> pieces;
  } counter;
  const std::string bytes = "one \x1b[1mtwo\x1b[0m three \x1b]0;t\x07 four";
  MarkFilter(nonce).feed(bytes, counter);
  ASSERT_EQ(counter.pieces.size(), 1U);
  EXPECT_EQ(counter.pieces[0].data(), bytes.data());
}

TEST(MarkFilter, RefusesAStateItDidNotWrite) {
  for (const char* saved : {"", "marks1", "marks1 9 0 0 0 0 -", "marks1 0 0 0 0 0 - x", "marks1 0 0 0 5 0 -",
                            "marks1 2 1 0 0 6 %%", "other 0 0 0 0 0 -", "marks1 0 -1 0 0 0 -"}) {
    EXPECT_FALSE(MarkFilter::restore(nonce, saved)) << saved;
  }
}

TEST(MarkFilter, ReadsPercentEncodedValuesAndNumbers) {
  Recorder recorder;
  MarkFilter(nonce).feed(mark("D;code=1;ucwd=/a%20b%C3%A4;ucmd=%23%20why;n=12"), recorder);
  EXPECT_EQ(recorder.log, "<D code=1 cmd=# why cwd=/a b\xc3\xa4>");
  EXPECT_EQ(recorder.last.number, 12U);
  EXPECT_TRUE(recorder.last.pastes);
  MarkFilter(nonce).feed(mark("I;shell=zsh;version=5.9;paste=no"), recorder);
  EXPECT_FALSE(recorder.last.pastes);
  EXPECT_FALSE(recorder.last.tells_line);
  MarkFilter(nonce).feed(mark("I;shell=zsh;version=5.9;line=yes"), recorder);
  EXPECT_TRUE(recorder.last.tells_line);
  MarkFilter(nonce).feed(mark("L"), recorder);
  EXPECT_FALSE(recorder.last.line_has_text);
  MarkFilter(nonce).feed(mark("L;text=yes"), recorder);
  EXPECT_TRUE(recorder.last.line_has_text);
  MarkFilter(nonce).feed(mark("D;code=0;ucwd=;ucmd="), recorder);
  EXPECT_EQ(recorder.last.command, "");
  EXPECT_EQ(recorder.last.cwd, std::nullopt);
}
