#include <gtest/gtest.h>

#include <duotty/overlay/cells.hpp>

namespace duotty::overlay {
namespace {

std::string text_of(const CellRow& row) {
  std::string out;
  for (const Cell& cell : row) out += cell.width == 1 && cell.text.empty() ? "." : cell.text;
  return out;
}

TEST(OverlayCells, PutsWhatHasRoomWhole) {
  CellRow row(5);
  put_cell(row, 0, "a", 1, {});
  put_cell(row, 3, "日", 2, {});
  put_cell(row, 4, "日", 2, {});
  put_cell(row, 5, "b", 1, {});
  put_cell(row, -1, "日", 2, {});
  EXPECT_EQ(text_of(row), "a..日");
  EXPECT_EQ(row[4].width, 0);
}

TEST(OverlayCells, LeavesNoHalfOfAWideCharacter) {
  const auto over = [](int col, const char* text, int width) {
    CellRow row(6);
    put_cell(row, 0, "日", 2, {});
    put_cell(row, 2, "本", 2, {});
    put_cell(row, col, text, width, {});
    return text_of(row);
  };
  EXPECT_EQ(over(0, "x", 1), "x 本..");
  EXPECT_EQ(over(1, "x", 1), " x本..");
  EXPECT_EQ(over(1, "語", 2), " 語 ..");
  EXPECT_EQ(over(2, "語", 2), "日語..");
  EXPECT_EQ(over(3, "語", 2), "日 語.");
}

TEST(OverlayCells, TheBlankKeepsTheLook) {
  term::Style red;
  red.background = term::Color::palette(1);
  CellRow row(2);
  put_cell(row, 0, "日", 2, red);
  put_cell(row, 0, "x", 1, {});
  EXPECT_EQ(row[1], (Cell{" ", red, 1}));
}

}  // namespace
}  // namespace duotty::overlay
