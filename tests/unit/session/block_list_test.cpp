#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <duotty/session/block_list.hpp>

#include <duotty/term/host.hpp>
#include <nlohmann/json.hpp>

namespace duotty::session {
namespace {

using nlohmann::json;

class BlockListTest : public testing::Test {
 protected:
  /// A prompt, a command behind it and Enter; the command starts in the next row.
  void start(std::uint64_t seq, const std::string& command, DisplayOffset shown) {
    const term::Position prompt = terminal_.cursor();
    terminal_.feed("$ " + command + "\r\n");
    CommandBlock block;
    block.seq = seq;
    block.command = command;
    block.started_at = exec::WallTime(std::chrono::milliseconds(1000 * seq));
    block.shown_begin = shown;
    list_.start(block, prompt);
  }

  void end(std::uint64_t seq, int code, DisplayOffset shown) {
    exec::Block block;
    block.seq = seq;
    block.command = list_.running() ? list_.running()->command : "";
    block.started_at = exec::WallTime(std::chrono::milliseconds(1000 * seq));
    block.ended_at = block.started_at + std::chrono::milliseconds(5);
    block.exit_code = code;
    block.status = exec::BlockStatus::completed;
    list_.end(block, {}, shown);
  }

  term::Host host_;
  term::Terminal terminal_{{40, 10}, host_};
  BlockList list_{terminal_};
};

TEST_F(BlockListTest, SaysWhereEachCommandStandsFromTheLastRow) {
  start(1, "one", 10);
  terminal_.feed("output\r\n");
  end(1, 0, 20);
  start(2, "two", 25);
  const json frame = list_.frame_of_all(30);
  ASSERT_EQ(frame["blocks"].size(), 2u);
  EXPECT_EQ(frame["offset"], 30);
  EXPECT_EQ(frame["blocks"][0]["up"], 9);
  EXPECT_EQ(frame["blocks"][0]["exit_code"], 0);
  EXPECT_EQ(frame["blocks"][0]["duration_ms"], 5);
  EXPECT_EQ(frame["blocks"][1]["up"], 7);
  EXPECT_EQ(frame["blocks"][1]["status"], "running");
  EXPECT_TRUE(frame["blocks"][1]["exit_code"].is_null());
}

TEST_F(BlockListTest, FollowsItsRowIntoTheScrollbackAndIsLeftOutWhenTheRowIsGone) {
  start(1, "one", 0);
  for (int i = 0; i < 30; ++i) terminal_.feed("more\r\n");
  end(1, 0, 200);
  EXPECT_EQ(list_.frame_of_all(0)["blocks"][0]["up"], 31);
  terminal_.feed("\x1b[3J");
  EXPECT_TRUE(list_.frame_of_all(0)["blocks"].empty());
  EXPECT_EQ(list_.ended().size(), 1u);
}

TEST_F(BlockListTest, TellsAViewerWhatItMissed) {
  start(1, "one", 10);
  end(1, 0, 20);
  start(2, "two", 30);
  EXPECT_EQ(list_.frames_since(0).size(), 3u);
  const auto missed = list_.frames_since(15);
  ASSERT_EQ(missed.size(), 2u);
  EXPECT_EQ(missed[0]["offset"], 20);
  EXPECT_EQ(missed[0]["block"]["status"], "completed");
  EXPECT_EQ(missed[1]["offset"], 30);
  EXPECT_EQ(missed[1]["rows"], 1);
  EXPECT_TRUE(list_.frames_since(31).empty());
}

TEST_F(BlockListTest, IsTheSameAfterACheckpoint) {
  start(1, "one", 10);
  end(1, 3, 20);
  start(2, std::string(5000, 'x'), 30);
  const json saved = json::parse(list_.save().dump());
  BlockList restored(terminal_);
  restored.restore(saved);
  ASSERT_EQ(restored.ended().size(), 1u);
  EXPECT_EQ(restored.ended()[0].exit_code, 3);
  ASSERT_NE(restored.running(), nullptr);
  EXPECT_LT(restored.running()->command.size(), 2100u);
  EXPECT_EQ(restored.frame_of_all(40), list_.frame_of_all(40));
}

TEST_F(BlockListTest, TakesRubbishForAnEmptyList) {
  list_.restore(json::parse(R"([1, "two", {"seq": 3}])"));
  EXPECT_LE(list_.ended().size() + (list_.running() ? 1 : 0), 1u);
  list_.restore(json::object());
}

TEST_F(BlockListTest, KeepsTheLastOnesAndTheirAnchorsOnly) {
  for (std::uint64_t seq = 1; seq <= BlockList::kKept + 50; ++seq) {
    start(seq, "c", seq);
    end(seq, 0, seq);
  }
  EXPECT_EQ(list_.ended().size(), BlockList::kKept);
  EXPECT_EQ(list_.ended().front().seq, 51u);
}

TEST_F(BlockListTest, AnAmendedStartStaysWhenTheCommandEnds) {
  start(1, "first told", 0);
  BlockAmendment known;
  known.seq = 1;
  known.started_at = exec::WallTime(std::chrono::milliseconds(7));
  known.by = "agent:ci";
  known.command = "what really ran";
  list_.amend(known);
  end(1, 0, 10);
  EXPECT_EQ(list_.ended()[0].command, "what really ran");
  EXPECT_EQ(list_.ended()[0].by, "agent:ci");
  EXPECT_EQ(list_.ended()[0].started_at, known.started_at);
}

}  // namespace
}  // namespace duotty::session
