// What real programs wrote, played into terminals: at every size they were given and at many places between, a fresh
// terminal that is fed the snapshot, and one that is restored from the checkpoint, are the same and go on the same.
#include <gtest/gtest.h>
#include <duotty/term/image.hpp>
#include <duotty/term/snapshot.hpp>

#include <memory>

#include "identical.hpp"
#include "random_stream.hpp"
#include "recording.hpp"

namespace duotty::term::testing {
namespace {

using tests::Recording;

void expect_identical(const Terminal& a, const Terminal& b) {
  std::string why;
  ASSERT_TRUE(identical(a, b, why)) << why;
}

/// All but what output cannot express: docs/conformance.md lists it, and BytesCannotExpress holds that list.
void expect_same(const Terminal& a, const Terminal& b) {
  std::string why;
  ASSERT_TRUE(same_state(a, b, &why)) << why;
  ASSERT_EQ(a.end_row() - a.first_row(), b.end_row() - b.first_row());
  ASSERT_EQ(a.cursor().row - a.top_row(), b.cursor().row - b.top_row());
  ASSERT_EQ(a.cursor().col, b.cursor().col);
  ASSERT_EQ(a.at_ground(), b.at_ground());
  ASSERT_EQ(a.margins_set(), b.margins_set());
  ASSERT_EQ(a.kitty_flags(), b.kitty_flags());
}

class Recorded : public ::testing::TestWithParam<Recording> {
 protected:
  /// Plays the recording; calls `stop` at about `count` places, at every new size among them, with the next one.
  template <class Stop>
  void play(int count, Stop stop) {
    const Recording& recording = GetParam();
    RandomStream random(recording.output.size());
    // Rows cost more than bytes here: long output is looked at in fewer places.
    if (recording.output.size() > 200'000) count /= 5;
    const int step = std::max<int>(2, static_cast<int>(2 * recording.output.size()) / count);
    std::size_t next_size = 0;
    for (std::size_t at = 0; at < recording.output.size() && !HasFatalFailure();) {
      std::size_t end = at + 1 + static_cast<std::size_t>(random.below(step));
      end = std::min(end, recording.output.size());
      if (next_size < recording.resizes.size()) end = std::min(end, recording.resizes[next_size].offset);
      const std::string_view piece = std::string_view(recording.output).substr(at, end - at);
      at = end;
      std::vector<Size> sizes;
      for (; next_size < recording.resizes.size() && recording.resizes[next_size].offset == at; ++next_size) {
        sizes.push_back({recording.resizes[next_size].cols, recording.resizes[next_size].rows});
      }
      SCOPED_TRACE(recording.name + " at " + std::to_string(at));
      stop(piece, sizes);
    }
  }

  std::unique_ptr<Terminal> make() {
    return std::make_unique<Terminal>(Size{GetParam().cols, GetParam().rows}, host_, options_);
  }
  void feed(Terminal& terminal, std::string_view bytes, const std::vector<Size>& sizes) {
    terminal.feed(bytes);
    for (const Size size : sizes) terminal.resize(size);
  }

  Host host_;
  /// Fewer than the longest recordings have, so that old rows are dropped.
  Options options_{.scrollback_lines = 1500};
};

TEST_P(Recorded, IsRecreatedByASnapshotAtAnyPlace) {
  const auto terminal = make();
  play(150, [&](std::string_view bytes, const std::vector<Size>& sizes) {
    feed(*terminal, bytes, sizes);
    Terminal copy(terminal->size(), host_, options_);
    copy.feed(snapshot(*terminal, {options_.scrollback_lines}));
    expect_same(*terminal, copy);
  });
}

TEST_P(Recorded, GoesOnTheSameAfterASnapshot) {
  const auto terminal = make();
  auto copy = make();
  play(60, [&](std::string_view bytes, const std::vector<Size>& sizes) {
    feed(*terminal, bytes, sizes);
    feed(*copy, bytes, sizes);
    expect_same(*terminal, *copy);
    auto next = std::make_unique<Terminal>(copy->size(), host_, options_);
    next->feed(snapshot(*copy, {options_.scrollback_lines}));
    copy = std::move(next);
  });
}

TEST_P(Recorded, IsRestoredByACheckpointAtAnyPlaceAndGoesOn) {
  const auto terminal = make();
  auto copy = make();
  for (int i = 0; i < 3; ++i) {
    terminal->add_anchor(terminal->cursor());
    copy->add_anchor(copy->cursor());
  }
  play(150, [&](std::string_view bytes, const std::vector<Size>& sizes) {
    feed(*terminal, bytes, sizes);
    feed(*copy, bytes, sizes);
    for (Terminal* one : {terminal.get(), copy.get()}) one->move_anchor(static_cast<AnchorId>(2), one->cursor());
    expect_identical(*terminal, *copy);
    auto next = std::make_unique<Terminal>(Size{7, 7}, host_, options_);
    ASSERT_TRUE(restore(*next, checkpoint(*copy)).has_value());
    copy = std::move(next);
  });
}

TEST_P(Recorded, LeavesTheSameStateHoweverItIsCut) {
  const auto terminal = make();
  const auto bytewise = make();
  play(40, [&](std::string_view bytes, const std::vector<Size>& sizes) {
    feed(*terminal, bytes, sizes);
    for (const char& byte : bytes) bytewise->feed({&byte, 1});
    feed(*bytewise, {}, sizes);
    expect_identical(*terminal, *bytewise);
  });
}

INSTANTIATE_TEST_SUITE_P(Programs, Recorded, ::testing::ValuesIn(tests::load_recordings(DUOTTY_RECORDINGS)),
                         [](const auto& program) { return program.param.name; });

/// What output cannot express is lost on the way through a snapshot, and only that.
TEST(BytesCannotExpress, RowNumbersAnchorsImagesCountsAndOlderRows) {
  Host host;
  Terminal terminal({10, 3}, host);
  for (int i = 0; i < 8; ++i) terminal.feed("row " + std::to_string(i) + "\r\n");
  terminal.feed("\x1b[3J");
  for (int i = 0; i < 5; ++i) terminal.feed("more " + std::to_string(i) + "\r\n");
  const AnchorId anchor = terminal.add_anchor(terminal.cursor());
  terminal.feed("\x1bPq~\x1b\\");
  terminal.feed("\x1b[?1049h\x1b[?1049l\x1b[?1049h");
  Terminal copy({10, 3}, host);
  copy.feed(snapshot(terminal, {2}));
  std::string why;
  ASSERT_TRUE(same_state(terminal, copy, &why)) << why;
  EXPECT_NE(terminal.main_top_row(), copy.main_top_row());
  EXPECT_NE(terminal.top_row(), copy.top_row()) << "rows of the alternate screen";
  EXPECT_TRUE(terminal.anchor(anchor) && !copy.anchor(anchor));
  EXPECT_EQ(images(terminal, 0, ~RowId{0}).size(), 1U);
  EXPECT_TRUE(images(copy, 0, ~RowId{0}).empty());
  EXPECT_NE(terminal.bytes_fed(), copy.bytes_fed());
  EXPECT_EQ(terminal.main_top_row() - terminal.main_first_row(), 5U);
  EXPECT_EQ(copy.main_top_row() - copy.main_first_row(), 2U);
  EXPECT_FALSE(identical(terminal, copy, why));
  Terminal restored({1, 1}, host);
  ASSERT_TRUE(restore(restored, checkpoint(terminal)).has_value());
  expect_identical(terminal, restored);
}

TEST(Recordings, AreThere) {
  std::size_t output = 0;
  for (const Recording& recording : tests::load_recordings(DUOTTY_RECORDINGS)) output += recording.output.size();
  EXPECT_GT(output, 500'000U);
}

}  // namespace
}  // namespace duotty::term::testing
