#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <duotty/http/sse_parser.hpp>

namespace duotty::http {
namespace {

using testing::ElementsAre;

std::vector<std::string> summary(const std::vector<SseEvent>& events) {
  std::vector<std::string> out;
  for (const SseEvent& event : events) out.push_back(event.type + "|" + event.data + "|" + event.id);
  return out;
}

std::vector<SseEvent> parse_in_pieces(std::string_view text, std::size_t size) {
  SseParser parser;
  std::vector<SseEvent> all;
  for (std::size_t at = 0; at < text.size(); at += size) {
    auto events = parser.feed(text.substr(at, size));
    EXPECT_TRUE(events);
    for (SseEvent& event : *events) all.push_back(std::move(event));
  }
  if (auto rest = parser.finish()) all.push_back(std::move(*rest));
  return all;
}

TEST(SseParser, ReadsEveryFieldOfTheStandard) {
  SseParser parser;
  const auto events = parser.feed(
      "event: add\ndata: 73857293\nid: 7\n\n"
      "data:first\ndata: second\ndata:  third\n\n"
      ": a comment\nunknown: x\nretry: 250\n\n"
      "data\n\n"
      "data\ndata\n\n"
      "id\ndata: no id\n\n");
  ASSERT_TRUE(events);
  EXPECT_THAT(summary(*events), ElementsAre("add|73857293|7", "message|first\nsecond\n third|7", "message||7",
                                            "message|\n|7", "message|no id|"));
  EXPECT_EQ(parser.retry(), std::chrono::milliseconds(250));
}

TEST(SseParser, DispatchesNothingWithoutData) {
  SseParser parser;
  const auto events = parser.feed("event: ping\n\nid: 3\n\n\n\n: only a comment\n\n");
  ASSERT_TRUE(events);
  EXPECT_TRUE(events->empty());
}

TEST(SseParser, GivesTheSameEventsHoweverTheStreamIsCut) {
  for (const std::string_view end : {"\n", "\r", "\r\n"}) {
    std::string text = "\xEF\xBB\xBF";
    for (const std::string_view line : {"event: grüße", "data: 日本語 🎉", "data: zweite Zeile", "id: é", "",
                                        ": keep-alive", "", "data: {\"a\": [1, 2]}", "", "data: last", ""}) {
      text.append(line).append(end);
    }
    const auto whole = summary(parse_in_pieces(text, text.size()));
    EXPECT_THAT(whole, ElementsAre("grüße|日本語 🎉\nzweite Zeile|é", "message|{\"a\": [1, 2]}|é", "message|last|é"));
    for (std::size_t size = 1; size < text.size(); ++size) {
      EXPECT_EQ(summary(parse_in_pieces(text, size)), whole) << "pieces of " << size;
    }
  }
}

TEST(SseParser, SeesAnEventAsSoonAsItsEmptyLineBegins) {
  SseParser parser;
  EXPECT_TRUE(parser.feed("data: x\r\n")->empty());
  EXPECT_EQ(parser.feed("\r")->size(), 1u);
  EXPECT_TRUE(parser.feed("\n")->empty());
  EXPECT_EQ(parser.feed("data: y\n\n")->size(), 1u);
}

TEST(SseParser, GivesTheUnfinishedLastEventOnlyAtTheEnd) {
  SseParser parser;
  EXPECT_TRUE(parser.feed("data: [DONE]")->empty());
  const auto rest = parser.finish();
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->data, "[DONE]");
  EXPECT_FALSE(parser.finish());
}

TEST(SseParser, ReplacesMalformedUtf8) {
  SseParser parser;
  const auto events = parser.feed(
      "data: a\xFF"
      "b\n\n");
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ(events->front().data,
            "a\xEF\xBF\xBD"
            "b");
}

TEST(SseParser, KeepsTheIdWhenANewOneHoldsNulAndIgnoresARetryThatIsNoNumber) {
  SseParser parser;
  constexpr char stream[] = "id: good\nretry: soon\n\nid: b\0d\ndata: x\n\n";
  const auto events = parser.feed(std::string_view(stream, sizeof stream - 1));
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ(events->front().id, "good");
  EXPECT_FALSE(parser.retry());
}

TEST(SseParser, RefusesEventsOverTheLimitAndStaysRefused) {
  SseParser endless(1000);
  ASSERT_TRUE(endless.feed("data: " + std::string(900, 'x')));
  EXPECT_EQ(endless.feed(std::string(200, 'x')).error().code(), base::Errc::too_large);
  EXPECT_FALSE(endless.feed("\n\n"));

  SseParser many_lines(1000);
  base::Result<std::vector<SseEvent>> last = std::vector<SseEvent>();
  for (int i = 0; i < 30 && last; ++i) last = many_lines.feed("data: " + std::string(50, 'y') + "\n");
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code(), base::Errc::too_large);
}

TEST(SseParser, TakesManySmallEventsThatTogetherExceedTheLimit) {
  SseParser parser(100);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(parser.feed("data: 0123456789\n\n")->size(), 1u);
}

}  // namespace
}  // namespace duotty::http
