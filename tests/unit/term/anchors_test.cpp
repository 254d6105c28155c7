#include <gtest/gtest.h>
#include <duotty/term/terminal.hpp>

#include <map>
#include <string>
#include <vector>

#include "anchors.hpp"

namespace duotty::term {
namespace {

struct Anchored : ::testing::Test {
  Host host;
  Terminal terminal{{10, 5}, host, {}};

  void lines(int count) {
    for (int i = 0; i < count; ++i) terminal.feed("line" + std::to_string(i) + "\r\n");
  }
  /// An anchor at the beginning of a visible row.
  AnchorId mark(int y, int col = 0) { return terminal.add_anchor({terminal.top_row() + static_cast<RowId>(y), col}); }
  /// The visible row of an anchor, -1 when it is lost.
  int y(AnchorId id) const {
    const auto at = terminal.anchor(id);
    return at ? static_cast<int>(static_cast<std::int64_t>(at->row - terminal.top_row())) : -1000;
  }
};

TEST_F(Anchored, StaysWhileTheScreenScrolls) {
  lines(2);
  const AnchorId id = mark(1, 3);
  lines(10);
  ASSERT_TRUE(terminal.anchor(id));
  EXPECT_EQ(terminal.row_text(terminal.anchor(id)->row, 0, 5), "line1");
  EXPECT_EQ(terminal.anchor(id)->col, 3);
}

TEST_F(Anchored, FollowsInsertedAndDeletedRows) {
  terminal.feed("a\r\nb\r\nc\r\nd");
  const AnchorId b = mark(1), c = mark(2), d = mark(3);
  terminal.feed("\x1b[2;1H\x1b[L");
  EXPECT_EQ(y(b), 2);
  EXPECT_EQ(y(d), 4);
  terminal.feed("\x1b[3;1H\x1b[M");
  EXPECT_FALSE(terminal.anchor(b)) << "its row was deleted";
  EXPECT_EQ(y(c), 2);
}

TEST_F(Anchored, IsLostWhenItsRowLeavesARegion) {
  terminal.feed("a\r\nb\r\nc\r\nd\r\ne");
  const AnchorId a = mark(0), b = mark(1), c = mark(2), e = mark(4);
  terminal.feed("\x1b[2;4r\x1b[4;1H\n");
  EXPECT_EQ(y(a), 0);
  EXPECT_FALSE(terminal.anchor(b));
  EXPECT_EQ(y(c), 1);
  EXPECT_EQ(y(e), 4);
}

TEST_F(Anchored, FollowsTheRowsBelowARegionThatFeedsTheScrollback) {
  terminal.feed("a\r\nb\r\nc\r\nd\r\nstatus");
  const AnchorId a = mark(0), c = mark(2), status = mark(4);
  terminal.feed("\x1b[1;4r\x1b[4;1H\n\n");
  EXPECT_EQ(y(a), -2);
  EXPECT_EQ(terminal.line(terminal.anchor(a)->row).text, "a");
  EXPECT_EQ(y(c), 0);
  EXPECT_EQ(y(status), 4);
}

TEST_F(Anchored, IsLostWhenTheScreenIsErased) {
  lines(3);
  const AnchorId above = mark(0), here = mark(3), below = mark(4);
  terminal.feed("\x1b[J");
  EXPECT_TRUE(terminal.anchor(above));
  EXPECT_TRUE(terminal.anchor(here)) << "the cursor's own row keeps its anchors";
  EXPECT_FALSE(terminal.anchor(below));
  terminal.feed("\x1b[1J");
  EXPECT_FALSE(terminal.anchor(above));
  EXPECT_TRUE(terminal.anchor(here));
  terminal.feed("\x1b[2J");
  EXPECT_FALSE(terminal.anchor(here));
}

TEST_F(Anchored, SurvivesRewritingItsRow) {
  terminal.feed("text");
  const AnchorId id = mark(0, 2);
  terminal.feed("\x1b[2K\rother");
  EXPECT_EQ(terminal.anchor(id), (Position{0, 2}));
}

TEST_F(Anchored, IsLostWithTheScrollback) {
  lines(3);
  const AnchorId old = mark(0);
  lines(10);
  ASSERT_TRUE(terminal.anchor(old));
  terminal.feed("\x1b[3J");
  EXPECT_FALSE(terminal.anchor(old));
}

TEST_F(Anchored, IsLostWhenItsRowIsEvicted) {
  Terminal small({10, 2}, host, Options{.scrollback_lines = 3});
  small.feed("first\r\n");
  const AnchorId id = small.add_anchor({0, 0});
  small.feed("a\r\nb\r\nc\r\n");
  EXPECT_TRUE(small.anchor(id));
  small.feed("d\r\n");
  EXPECT_FALSE(small.anchor(id));
}

TEST_F(Anchored, OfTheAlternateScreenGoesWithIt) {
  lines(1);
  const AnchorId main = mark(0);
  terminal.feed("\x1b[?1049h");
  const AnchorId other = mark(1);
  ASSERT_TRUE(terminal.anchor(other));
  EXPECT_TRUE(terminal.anchor(main));
  terminal.feed("\x1b[?1049l");
  EXPECT_FALSE(terminal.anchor(other));
  EXPECT_TRUE(terminal.anchor(main));
  terminal.feed(
      "\x1b"
      "c");
  EXPECT_FALSE(terminal.anchor(main));
}

TEST_F(Anchored, FollowsItsTextThroughReflow) {
  terminal.feed("abcdefgh\r\nklmnopqr");
  const AnchorId f = terminal.add_anchor({0, 5}), p = terminal.add_anchor({1, 5}), end = terminal.add_anchor({1, 8});
  terminal.resize({3, 5});
  const auto character = [&](AnchorId id) {
    const Position at = terminal.anchor(id).value();
    return terminal.row_text(at.row, at.col, at.col + 1);
  };
  EXPECT_EQ(character(f), "f");
  EXPECT_EQ(character(p), "p");
  EXPECT_EQ(terminal.anchor(end), terminal.cursor());
  terminal.resize({20, 5});
  EXPECT_EQ(character(f), "f");
  EXPECT_EQ(character(p), "p");
  EXPECT_EQ(terminal.anchor(end), terminal.cursor());
}

TEST_F(Anchored, CanBeMovedAndDropped) {
  const AnchorId id = mark(0);
  EXPECT_TRUE(terminal.move_anchor(id, {2, 7}));
  EXPECT_EQ(terminal.anchor(id), (Position{2, 7}));
  EXPECT_FALSE(terminal.move_anchor(id, {99, 0}));
  terminal.drop_anchor(id);
  EXPECT_FALSE(terminal.anchor(id));
  EXPECT_FALSE(terminal.move_anchor(id, {2, 7}));
  EXPECT_FALSE(terminal.anchor(AnchorId::none));
  EXPECT_EQ(terminal.add_anchor({99, 0}), AnchorId::none);
}

TEST_F(Anchored, ShiftsWithItsBlock) {
  const AnchorId above = mark(1), first = mark(2), later = mark(3);
  terminal.shift_anchors(2, 1);
  EXPECT_EQ(y(above), 1);
  EXPECT_EQ(y(first), 3);
  EXPECT_EQ(y(later), 4);
}

TEST_F(Anchored, IsBoundedAndTheLostMakeRoom) {
  for (std::size_t i = 0; i < max_anchors; ++i) ASSERT_NE(mark(0), AnchorId::none);
  EXPECT_EQ(mark(1), AnchorId::none);
  for (int i = 0; i < 5; ++i) terminal.feed("\r\n");
  terminal.feed("\r\n\x1b[3J");
  EXPECT_NE(mark(1), AnchorId::none);
}

/// What Anchors promises, without remembering where anything is.
struct PlainAnchors {
  std::map<AnchorId, RowId> rows;

  void shift(RowId first, RowId last, std::int64_t delta) {
    for (auto& [id, row] : rows) {
      if (row >= first && row < last) row += static_cast<RowId>(delta);
    }
  }
  void lose(RowId first, RowId last) {
    std::erase_if(rows, [&](const auto& entry) { return entry.second >= first && entry.second < last; });
  }
};

TEST(Anchors, AreTheSameHoweverTheScreenMoves) {
  std::uint64_t state = 1;
  const auto below = [&](std::uint64_t bound) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % bound;
  };
  Anchors anchors;
  PlainAnchors plain;
  std::vector<AnchorId> ids;
  RowId base = 0;
  for (int step = 0; step < 4'000; ++step) {
    base += below(40);
    const RowId first = base + below(30) + (below(20) == 0 ? alternate_row_base : 0);
    const RowId last = first + below(30);
    const RowId anywhere = below(4) == 0 ? below(base + 50) : first;
    const std::uint64_t what = below(8);
    if (what < 3) {
      ids.push_back(anchors.add({anywhere, 0}));
      plain.rows[ids.back()] = anywhere;
    } else if (what < 5) {
      anchors.shift(first, last, what == 3 ? 1 : -1);
      plain.shift(first, last, what == 3 ? 1 : -1);
    } else if (what == 5) {
      const RowId from = below(500) == 0 ? 0 : first;
      anchors.lose(from, last);
      plain.lose(from, last);
    } else if (!ids.empty()) {
      const AnchorId id = ids[below(ids.size())];
      if (what == 6) {
        anchors.drop(id);
        plain.rows.erase(id);
      } else if (anchors.move(id, {anywhere, 0})) {
        plain.rows[id] = anywhere;
      }
    }
    ASSERT_EQ(anchors.size(), plain.rows.size()) << "step " << step;
    for (const Anchors::Entry& entry : anchors.entries()) {
      ASSERT_EQ(entry.position.row, plain.rows.at(static_cast<AnchorId>(entry.id))) << "step " << step;
    }
  }
}

}  // namespace
}  // namespace duotty::term
