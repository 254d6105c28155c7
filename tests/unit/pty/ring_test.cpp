#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <duotty/pty/ring.hpp>
#include <random>
#include <string>

#include "ring_file.hpp"

namespace duotty::pty {
namespace {

constexpr std::size_t kCapacity = 4096;

/// A ring with its keeper's and its worker's side in one process.
struct Pair {
  explicit Pair(std::size_t capacity = kCapacity) {
    EXPECT_EQ(keeper.create("", capacity), 0);
    auto mapped = Ring::map(*keeper.fd());
    EXPECT_TRUE(mapped.has_value());
    if (mapped) worker = std::move(*mapped);
  }
  /// What the keeper does with bytes that a PTY gives; false when not all fit.
  bool write(std::string_view bytes, Pace pace = Pace::worker) {
    while (!bytes.empty()) {
      iovec pieces[2];
      int used = 0;
      const std::size_t room = std::min(keeper.space(pace), bytes.size());
      if (room == 0) return false;
      const std::size_t ready = keeper.prepare(room, pieces, used);
      std::size_t done = 0;
      for (int i = 0; i < used; ++i) {
        std::memcpy(pieces[i].iov_base, bytes.data() + done, pieces[i].iov_len);
        done += pieces[i].iov_len;
      }
      EXPECT_EQ(done, ready);
      keeper.add(ready);
      bytes.remove_prefix(ready);
    }
    notified = keeper.publish();
    return true;
  }

  RingFile keeper;
  Ring worker;
  bool notified = false;
};

TEST(Ring, StartsEmpty) {
  Pair ring;
  EXPECT_EQ(ring.worker.head(), 0U);
  EXPECT_EQ(ring.worker.parsed(), 0U);
  EXPECT_EQ(ring.worker.floor(), 0U);
  EXPECT_EQ(ring.worker.oldest(), 0U);
  EXPECT_EQ(ring.worker.capacity(), kCapacity);
  EXPECT_EQ(ring.keeper.space(Pace::capacity), kCapacity);
}

TEST(Ring, ShowsNothingBeforeItIsPublished) {
  Pair ring;
  iovec pieces[2];
  int used = 0;
  ring.keeper.set_reading(true);
  ASSERT_EQ(ring.keeper.prepare(3, pieces, used), 3U);
  std::memcpy(pieces[0].iov_base, "abc", 3);
  ring.keeper.add(3);
  EXPECT_EQ(ring.worker.head(), 0U);
  EXPECT_TRUE(ring.worker.bytes(0, 3)[0].empty());
  EXPECT_TRUE(ring.worker.keeper_reads());
  ring.keeper.publish();
  ring.keeper.set_reading(false);
  EXPECT_FALSE(ring.worker.keeper_reads());
  EXPECT_EQ(ring.worker.copy(0, 3), "abc");
}

TEST(Ring, GivesAWrappedRangeInTwoPieces) {
  Pair ring;
  ASSERT_TRUE(ring.write(std::string(4000, 'a')));
  EXPECT_FALSE(ring.worker.set_parsed(4000));
  EXPECT_FALSE(ring.worker.set_floor(4000));
  ASSERT_TRUE(ring.write(std::string(96, 'b') + std::string(100, 'c')));
  const auto pieces = ring.worker.bytes(4000, 4196);
  EXPECT_EQ(pieces[0], std::string(96, 'b'));
  EXPECT_EQ(pieces[1], std::string(100, 'c'));
  EXPECT_EQ(ring.worker.oldest(), 100U);
}

TEST(Ring, RefusesRangesItDoesNotHold) {
  Pair ring;
  ASSERT_TRUE(ring.write(std::string(4096, 'a')));
  EXPECT_TRUE(ring.worker.bytes(0, 4097)[0].empty());
  EXPECT_TRUE(ring.worker.bytes(5, 5)[0].empty());
  EXPECT_TRUE(ring.worker.bytes(6, 5)[0].empty());
  EXPECT_FALSE(ring.worker.set_parsed(4096));
  EXPECT_FALSE(ring.worker.set_floor(4096));
  ASSERT_TRUE(ring.write("x"));
  EXPECT_TRUE(ring.worker.bytes(0, 10)[0].empty());
  EXPECT_EQ(ring.worker.copy(1, 4), "aaa");
}

TEST(Ring, KeepsEveryByteInOrderOverManyWraps) {
  Pair ring;
  std::mt19937 random(7);
  std::uint64_t written = 0;
  std::uint64_t read = 0;
  while (read < 50 * kCapacity) {
    std::string chunk(random() % 3000, '\0');
    for (char& c : chunk) c = static_cast<char>(written++ % 251);
    if (!ring.write(chunk)) {
      ADD_FAILURE() << "no room although everything was consumed";
      return;
    }
    for (const std::string_view piece : ring.worker.bytes(read, ring.worker.head())) {
      for (const char c : piece) ASSERT_EQ(static_cast<unsigned char>(c), read++ % 251);
    }
    ASSERT_EQ(read, written);
    static_cast<void>(ring.worker.set_parsed(read));
    static_cast<void>(ring.worker.set_floor(read));
  }
}

TEST(Ring, NotifiesOnceForEachTimeTheWorkerArmed) {
  Pair ring;
  ring.write("a");
  EXPECT_FALSE(ring.notified);  // nobody asked
  EXPECT_TRUE(ring.worker.arm_and_recheck());
  EXPECT_FALSE(ring.worker.set_parsed(1));
  EXPECT_FALSE(ring.worker.arm_and_recheck());
  ring.write("b");
  EXPECT_TRUE(ring.notified);
  ring.write("c");
  EXPECT_FALSE(ring.notified);
}

TEST(Ring, HoldsTheKeeperWithinItsReadAhead) {
  Pair ring(1 << 20);
  EXPECT_EQ(ring.keeper.space(Pace::worker), kReadAhead);
  ASSERT_TRUE(ring.write(std::string(kReadAhead, 'x')));
  EXPECT_EQ(ring.keeper.space(Pace::worker), 0U);
  EXPECT_EQ(ring.keeper.space(Pace::capacity), (std::size_t{1} << 20) - kReadAhead);
  EXPECT_TRUE(ring.keeper.pause(Pace::worker));
  EXPECT_FALSE(ring.worker.set_parsed(1000)) << "a little progress is not worth a message";
  EXPECT_TRUE(ring.worker.set_parsed(kReadAhead / 2));
  EXPECT_FALSE(ring.worker.set_parsed(kReadAhead)) << "told once";
}

TEST(Ring, DoesNotPauseWhenSpaceAppearsMeanwhile) {
  Pair ring(1 << 20);
  ASSERT_TRUE(ring.write(std::string(kReadAhead, 'x')));
  EXPECT_FALSE(ring.worker.set_parsed(10));
  EXPECT_FALSE(ring.keeper.pause(Pace::worker));
  EXPECT_FALSE(ring.worker.set_parsed(kReadAhead)) << "nobody waits";
}

TEST(Ring, NeverOverwritesWhatTheFloorProtects) {
  Pair ring;
  ASSERT_TRUE(ring.write(std::string(kCapacity, 'x')));
  EXPECT_FALSE(ring.worker.set_parsed(kCapacity));
  EXPECT_EQ(ring.keeper.space(Pace::capacity), 0U);
  EXPECT_TRUE(ring.keeper.pause(Pace::capacity));
  EXPECT_FALSE(ring.worker.set_parsed(kCapacity)) << "all consumed, but still needed for recovery";
  EXPECT_TRUE(ring.worker.set_floor(100));
  EXPECT_EQ(ring.keeper.space(Pace::capacity), 100U);
}

TEST(Ring, TheFloorNeverMovesBack) {
  Pair ring;
  ASSERT_TRUE(ring.write(std::string(200, 'x')));
  EXPECT_FALSE(ring.worker.set_floor(100));
  EXPECT_FALSE(ring.worker.set_floor(50));
  EXPECT_EQ(ring.worker.floor(), 100U);
}

TEST(Ring, NonsenseFromTheWorkerCannotMoveTheKeeperOutOfTheRing) {
  Pair ring;
  ASSERT_TRUE(ring.write(std::string(1000, 'x')));
  EXPECT_FALSE(ring.worker.set_parsed(~std::uint64_t{0}));
  EXPECT_FALSE(ring.worker.set_floor(~std::uint64_t{0} - 5));
  EXPECT_EQ(ring.keeper.space(Pace::capacity), kCapacity - 1000);
  EXPECT_EQ(ring.keeper.space(Pace::worker), kCapacity - 1000);
}

TEST(Ring, OffsetsSurviveAMappingByTheNextWorker) {
  Pair ring;
  ASSERT_TRUE(ring.write("hello, world"));
  EXPECT_FALSE(ring.worker.set_parsed(7));
  EXPECT_FALSE(ring.worker.set_floor(3));
  ring.worker = Ring();
  auto next = Ring::map(*ring.keeper.fd());
  ASSERT_TRUE(next.has_value());
  EXPECT_EQ(next->parsed(), 7U);
  EXPECT_EQ(next->floor(), 3U);
  EXPECT_EQ(next->copy(7, next->head()), "world");
}

TEST(Ring, RefusesFilesThatAreNoRing) {
  const base::UniqueFd empty(::memfd_create("x", MFD_CLOEXEC));
  EXPECT_FALSE(Ring::map(empty).has_value());
  const base::UniqueFd zeros(::memfd_create("x", MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(zeros.get(), 1 << 20), 0);
  EXPECT_FALSE(Ring::map(zeros).has_value());
  RingFile cut;
  ASSERT_EQ(cut.create("", 8192), 0);
  ASSERT_EQ(::ftruncate(cut.fd()->get(), static_cast<off_t>(kHeaderBytes + 4096)), 0);
  EXPECT_FALSE(Ring::map(*cut.fd()).has_value());
  EXPECT_FALSE(Ring::map(base::UniqueFd()).has_value());
}

TEST(Ring, RefusesCapacitiesThatAreNoPowerOfTwo) {
  for (const std::uint64_t capacity :
       {std::uint64_t{0}, std::uint64_t{4095}, std::uint64_t{5000}, std::uint64_t{1} << 40})
    EXPECT_EQ(RingFile().create("", capacity), EINVAL) << capacity;
}

}  // namespace
}  // namespace duotty::pty
