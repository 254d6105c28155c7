#include <gtest/gtest.h>

#include <duotty/http/sse_writer.hpp>

namespace duotty::http {
namespace {

TEST(SseWriter, WritesNameIdAndData) {
  EXPECT_EQ(format_sse({"progress", "42", "{\"a\":1}"}), "event: progress\nid: 42\ndata: {\"a\":1}\n\n");
}

TEST(SseWriter, LeavesOutWhatIsEmptyButNeverTheData) {
  EXPECT_EQ(format_sse({"", "", ""}), "data: \n\n");
}

TEST(SseWriter, EveryKindOfLineBreakBecomesADataLine) {
  EXPECT_EQ(format_sse({"", "", "a\nb\r\nc\rd\n"}), "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n");
}

TEST(SseWriter, NameAndIdCannotBeginAnotherField) {
  EXPECT_EQ(format_sse({"x\ndata: y", std::string_view("1\r\n\0id: 2", 9), "z"}),
            "event: xdata: y\nid: 1id: 2\ndata: z\n\n");
}

TEST(SseWriter, TheHeadForbidsCachesAndProxyBuffers) {
  const Response head = sse_head();
  EXPECT_EQ(head.headers.get("content-type"), "text/event-stream; charset=utf-8");
  EXPECT_EQ(head.headers.get("cache-control"), "no-store");
  EXPECT_EQ(head.headers.get("x-accel-buffering"), "no");
}

TEST(SseHeartbeat, IsDueFifteenSecondsAfterTheLastEvent) {
  const SseHeartbeat::time_point start{};
  SseHeartbeat heartbeat(start);
  EXPECT_EQ(heartbeat.due(), start + std::chrono::seconds(15));
  heartbeat.on_sent(start + std::chrono::seconds(10));
  EXPECT_EQ(heartbeat.due(), start + std::chrono::seconds(25));
}

}  // namespace
}  // namespace duotty::http
