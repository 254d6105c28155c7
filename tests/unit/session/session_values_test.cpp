#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <duotty/session/display_stream.hpp>
#include <duotty/session/event_log.hpp>
#include <duotty/session/size_policy.hpp>
#include <duotty/session/types.hpp>
#include <duotty/session/viewer_frames.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "journal.hpp"
#include "temporary_folder.hpp"

namespace duotty::session {
namespace {

struct Folder {
  tests::TemporaryFolder temporary;
  const std::string path = temporary.string();
};

TEST(SizePolicy, LetsTheActiveViewerDecideAndIgnoresWatchers) {
  const std::vector<SizeVote> votes{{{80, 24}, true, false}, {{120, 40}, true, true}, {{20, 5}, false, false}};
  EXPECT_EQ(decide(SizePolicy::active, votes), (WindowSize{120, 40}));
  EXPECT_EQ(decide(SizePolicy::smallest, votes), (WindowSize{80, 24}));
  EXPECT_EQ(decide(SizePolicy::largest, votes), (WindowSize{120, 40}));
  EXPECT_FALSE(decide(SizePolicy::fixed, votes).has_value());
  EXPECT_FALSE(decide(SizePolicy::active, {{{20, 5}, false, true}}).has_value());
}

TEST(ViewerFrames, DecodeInputAndAcksAndRefuseTheRest) {
  const std::string frame("\x01\x00\x00\x01\x02hi", 7);  // the decoded input is a view of it
  const auto input = decode_viewer_frame(frame);
  ASSERT_TRUE(input.has_value());
  EXPECT_EQ(input->sequence, 258U);
  EXPECT_EQ(input->bytes, "hi");
  std::string ack = output_head(0x0102030405060708);
  ack[0] = '\x02';
  EXPECT_EQ(decode_viewer_frame(ack)->offset, 0x0102030405060708U);
  for (const std::string& bad : {std::string(), std::string("\x01\x00", 2), std::string("\x02zzz"),
                                 std::string("\x07"
                                             "aaaaaaaa")}) {
    EXPECT_FALSE(decode_viewer_frame(bad).has_value());
  }
  EXPECT_EQ(snapshot_head(1, 80, 24).size(), 13U);
}

TEST(DisplayStream, KeepsTheLastPartAtAbsoluteOffsets) {
  auto stream = DisplayStream::open({}, 16);
  ASSERT_TRUE(stream.has_value());
  stream->append("0123456789");
  stream->append("abcdefghij");
  EXPECT_EQ(stream->head(), 20U);
  EXPECT_EQ(stream->oldest(), 4U);
  EXPECT_EQ(stream->read(0, 100), "456789abcdefghij");
  EXPECT_EQ(stream->read(18, 100), "ij");
  EXPECT_EQ(stream->read(5, 3), "567");
  stream->append(std::string(40, 'x') + "end");
  EXPECT_EQ(stream->read(0, 100), std::string(13, 'x') + "end");
  EXPECT_EQ(stream->head(), 63U);
}

TEST(DisplayStream, IsStillThereForTheNextWorker) {
  const Folder folder;
  {
    auto stream = DisplayStream::open(folder.path + "/display", 4096);
    stream->append("before");
    stream->keep();
  }
  auto stream = DisplayStream::open(folder.path + "/display", 4096);
  stream->rewind(6);
  stream->append(" after");
  EXPECT_EQ(stream->read(0, 100), "before after");
}

TEST(DisplayStream, HasNoFileWhileItIsSmall) {
  const Folder folder;
  const std::string path = folder.path + "/display";
  auto stream = DisplayStream::open(path, 8192);
  ASSERT_TRUE(stream.has_value());
  const std::string small(kSmallDisplay - 3, 's');
  stream->append(small);
  stream->append("abc");
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(stream->read(0, 8192), small + "abc");
  EXPECT_EQ(stream->read(kSmallDisplay - 2, 1), "b");
  EXPECT_EQ(stream->read(kSmallDisplay, 1), "");
  stream->append("more");
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_EQ(stream->oldest(), 0U);
  EXPECT_EQ(stream->read(0, 8192), small + "abcmore");
  stream->append(std::string(8192, 'x'));
  EXPECT_EQ(stream->read(0, 8192), std::string(8192, 'x'));
}

TEST(DisplayStream, GoesOnFromAnyOffset) {
  const Folder folder;
  const std::string path = folder.path + "/display";
  {
    // What was before the offset is gone with its file.
    auto stream = DisplayStream::open(path, 4096);
    stream->rewind(5000);
    stream->append("a");
    EXPECT_EQ(stream->oldest(), 5000U);
    EXPECT_EQ(stream->read(0, 10), "a");
    stream->keep();
    stream->append("b");
    EXPECT_EQ(stream->oldest(), 5000U);
    EXPECT_EQ(stream->read(0, 10), "ab");
  }
  auto next = DisplayStream::open(path, 4096);
  next->rewind(5002);
  next->append("c");
  EXPECT_EQ(next->read(5000, 10), "abc");
}

TEST(DisplayStream, WithoutRoomForItsFileStaysInMemory) {
  const Folder folder;
  auto stream = DisplayStream::open(folder.path + "/none/display", 4096);
  ASSERT_TRUE(stream.has_value());
  stream->append("first");
  stream->keep();
  stream->append(std::string(4096, 'y') + "last");
  EXPECT_EQ(stream->read(0, 5000), std::string(4092, 'y') + "last");
}

TEST(Journal, ReadsBackItsRecordsAndDropsATornOne) {
  const JournalRecord resize{
      .kind = JournalRecord::Kind::resize, .offset = 5, .cols = 100, .rows = 30, .moved_rows = 0, .bytes = {}};
  const JournalRecord insert{
      .kind = JournalRecord::Kind::insert, .offset = 9, .cols = 0, .rows = 0, .moved_rows = -2, .bytes = "abc"};
  const std::string bytes = encode_record(resize) + encode_record(insert);
  const auto records = decode_records(bytes);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].cols, 100);
  EXPECT_EQ(records[1].moved_rows, -2);
  EXPECT_EQ(records[1].bytes, "abc");
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) EXPECT_LT(decode_records(bytes.substr(0, cut)).size(), 2U);
}

TEST(Journal, ContinuesAfterAWorkerAndStartsAnewAtACheckpoint) {
  const Folder folder;
  const JournalRecord record{
      .kind = JournalRecord::Kind::resize, .offset = 1, .cols = 10, .rows = 5, .moved_rows = 0, .bytes = {}};
  {
    Journal journal(folder.path);
    EXPECT_TRUE(journal.open(0).empty());
    journal.append(record);
  }
  Journal journal(folder.path);
  EXPECT_EQ(journal.open(0).size(), 1U);
  journal.append(record);
  journal.begin(1);
  journal.append(record);
  {
    Journal crashed(folder.path);  // before checkpoint 1 was on the disk
    EXPECT_EQ(crashed.open(0).size(), 3U);
    EXPECT_EQ(crashed.generation(), 1U);
    crashed.append(record);
    EXPECT_EQ(crashed.open(1).size(), 2U);
  }
  journal.forget_before(1);
  Journal next(folder.path);
  EXPECT_EQ(next.open(1).size(), 2U);
  EXPECT_EQ(next.open(0).size(), 2U);
  EXPECT_TRUE(next.open(2).empty());
}

TEST(Checkpoint, IsReadBackWholeOrNotAtAll) {
  const Folder folder;
  EXPECT_FALSE(read_checkpoint(folder.path).has_value());
  const Checkpoint written{
      .generation = 3, .source = 10, .display = 8, .terminal = "T", .marks = "M", .tracker = "K", .prompt = "P"};
  ASSERT_TRUE(write_checkpoint(folder.path, written).has_value());
  const auto read = read_checkpoint(folder.path);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->generation, 3U);
  EXPECT_EQ(read->prompt, "P");
  std::fstream file(folder.path + "/checkpoint", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-1, std::ios::end);
  file.put('X');
  file.close();
  EXPECT_FALSE(read_checkpoint(folder.path).has_value());
  remove_history(folder.path);
  EXPECT_FALSE(std::filesystem::exists(folder.path));
}

TEST(EventLog, KeepsIdsGrowingAndTheNewestEvents) {
  boost::asio::io_context loop(1);
  EventLog log(loop.get_executor(), 41);
  std::uint64_t told = 0;
  log.on_id = [&](std::uint64_t id) { told = id; };
  log.emit("a", {{"x", 1}});
  log.emit("b", nlohmann::json::object());
  EXPECT_EQ(told, 43U);
  const auto events = log.since(0, 10);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ((*events[0].body)["id"], 42);
  EXPECT_EQ((*events[0].body)["action"], "a");
  EXPECT_EQ(log.since(42, 10).size(), 1U);
  EXPECT_EQ(log.since(0, 1)[0].id, 43U);
}

TEST(EventLog, GivesOldEventsAsTheyWere) {
  boost::asio::io_context loop(1);
  EventLog log(loop.get_executor(), 0);
  for (std::uint64_t i = 0; i < EventLog::kCapacity + 2; ++i) log.emit("n", {{"i", i}, {"t", "caf\xc3\xa9 \xff"}});
  const auto events = log.since(0, EventLog::kCapacity);
  ASSERT_EQ(events.size(), EventLog::kCapacity);
  for (std::size_t at = 0; at < events.size(); ++at) {
    EXPECT_EQ(events[at].id, at + 3);
    EXPECT_EQ((*events[at].body)["id"], at + 3);
    EXPECT_EQ((*events[at].body)["i"], at + 2);
    EXPECT_TRUE((*events[at].body)["ts"].is_number_float());
  }
}

TEST(EventLog, TellsOfAnEventOnlyWhenItIsKept) {
  boost::asio::io_context loop(1);
  EventLog log(loop.get_executor(), 0);
  std::vector<std::pair<std::uint64_t, std::string>> kept;
  log.keep = [&](std::uint64_t id, const nlohmann::json& body) { kept.emplace_back(id, body.dump()); };
  log.emit("a", {{"x", 1}});
  log.emit("b", {{"x", 2}});
  EXPECT_TRUE(log.since(0, 10).empty());
  EXPECT_EQ(log.last_id(), 0U);
  EXPECT_EQ(log.given(), 2U);
  log.publish(1);
  ASSERT_EQ(log.since(0, 10).size(), 1U);
  log.publish(2);
  log.publish(1);
  EXPECT_EQ(log.last_id(), 2U);

  EventLog next(loop.get_executor(), 0);
  kept.insert(kept.begin() + 1, {7, "not json"});
  kept.push_back({8, R"({"id": 9})"});
  next.restore(kept, 8, "word");
  next.emit("c", nlohmann::json::object());
  const auto events = next.since(0, 10);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ((*events[0].body)["x"], 1);
  EXPECT_EQ((*events[1].body)["x"], 2);
  EXPECT_EQ(events[2].id, 9U);
  EXPECT_EQ(next.epoch(), "word");
}

TEST(EventLog, ForgetsTheCommandsOfATerminal) {
  boost::asio::io_context loop(1);
  EventLog log(loop.get_executor(), 0);
  for (int i = 0; i < 40; ++i) {
    log.emit("exec", {{"terminal_id", i % 2 == 0 ? "a" : "b"}, {"command", "word"}});
  }
  std::size_t again = 0;
  log.keep = [&](std::uint64_t, const nlohmann::json&) { ++again; };
  log.forget_commands("a");
  log.forget_commands("a");
  EXPECT_EQ(again, 20U);
  for (const auto& event : log.since(0, 100)) {
    EXPECT_EQ((*event.body)["command"].is_null(), (*event.body)["terminal_id"] == "a");
  }
  log.forget_commands("");
  EXPECT_EQ(again, 40U);
}

TEST(Meta, SurvivesTheKeeper) {
  Meta meta;
  meta.id = "abc";
  meta.name = "n\xFF";
  meta.tags = {"t"};
  meta.size_policy = SizePolicy::smallest;
  const auto back = decode_meta(encode_meta(meta));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->tags, meta.tags);
  EXPECT_EQ(back->size_policy, SizePolicy::smallest);
  EXPECT_FALSE(decode_meta("{").has_value());
  EXPECT_FALSE(decode_meta(R"({"cols":"wide"})").has_value());
}

}  // namespace
}  // namespace duotty::session
