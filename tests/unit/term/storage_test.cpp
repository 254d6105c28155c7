// Rows, the packed scrollback, and the tables that cells refer to.
#include <gtest/gtest.h>

#include <string>

#include "interner.hpp"
#include "row.hpp"
#include "scrollback.hpp"
#include "tables.hpp"

namespace duotty::term {
namespace {

constexpr int cols = 12;

std::string text(const Row& row) {
  std::string out;
  for (int col = 0; col < cols; ++col) {
    const Cell cell = row.at(col);
    out.push_back(cell.is_tail() ? '>' : cell.is_wide() ? '<' : static_cast<char>(cell.value()));
  }
  return out;
}

void write(Row& row, int col, std::string_view ascii, std::uint32_t style = 0) {
  row.write_ascii(col, ascii.data(), static_cast<int>(ascii.size()), style, cols);
}

TEST(Row, StaysPlainWhileItHasOneLook) {
  Row row;
  write(row, 0, "hello");
  write(row, 2, "LLO w");
  EXPECT_TRUE(row.is_plain());
  EXPECT_EQ(row.used(), 7);
  EXPECT_EQ(text(row), "heLLO w     ");
  write(row, 7, "x", 3);
  EXPECT_FALSE(row.is_plain());
  EXPECT_EQ(row.at(7).style, 3u);
  EXPECT_EQ(row.at(6).style, 0u);
  EXPECT_EQ(text(row), "heLLO wx    ");
}

TEST(Row, FillsAGapWithItsOwnBlanks) {
  Row row;
  row.clear(5);
  write(row, 4, "x", 5);
  EXPECT_TRUE(row.is_plain());
  EXPECT_EQ(row.at(0), (Cell{content::blank, 5}));
  row.clear(5);
  write(row, 4, "x", 6);
  EXPECT_EQ(row.at(0), (Cell{content::blank, 5}));
  EXPECT_EQ(row.at(4).style, 6u);
  EXPECT_EQ(row.at(11), (Cell{content::blank, 5}));
}

TEST(Row, EraseToTheEndChangesTheFillOnly) {
  Row row;
  write(row, 0, "hello");
  row.erase(8, cols, 7, cols);
  EXPECT_EQ(row.at(6), (Cell{content::blank, 0}));
  EXPECT_EQ(row.at(8), (Cell{content::blank, 7}));
  row.erase(2, cols, 0, cols);
  EXPECT_EQ(row.used(), 2);
  EXPECT_EQ(text(row), "he          ");
}

TEST(Row, EraseInTheMiddleKeepsTheRest) {
  Row row;
  write(row, 0, "hello world");
  row.erase(1, 4, 0, cols);
  EXPECT_TRUE(row.is_plain());
  EXPECT_EQ(text(row), "h   o world ");
  row.erase(6, 8, 9, cols);
  EXPECT_EQ(row.at(6), (Cell{content::blank, 9}));
  EXPECT_EQ(row.at(8).value(), 'r');
}

TEST(Row, NeverLeavesHalfAWideCharacter) {
  const auto make = [] {
    Row row;
    row.write(2, {0x4f60 | content::wide, 1}, cols);
    return row;
  };
  EXPECT_EQ(text(make()), "  <>        ");
  Row row = make();
  write(row, 3, "x", 2);
  EXPECT_EQ(text(row), "   x        ");
  EXPECT_EQ(row.at(2), (Cell{content::blank, 2}));
  row = make();
  write(row, 2, "x");
  EXPECT_EQ(text(row), "  x         ");
  row = make();
  row.erase(3, 4, 0, cols);
  EXPECT_EQ(text(row), "            ");
  row = make();
  row.insert_blanks(3, 1, cols, 0, cols);
  EXPECT_EQ(text(row), "            ");
  row = make();
  row.remove_cells(0, 3, cols, 0, cols);
  EXPECT_EQ(text(row), "            ");
  row = make();
  row.insert_blanks(0, 9, cols, 0, cols);
  EXPECT_EQ(text(row), "            ");
  row = make();
  row.insert_blanks(0, 8, cols, 0, cols);
  EXPECT_EQ(text(row), "          <>");
}

TEST(Row, InsertAndRemoveStayLeftOfTheirEnd) {
  Row row;
  write(row, 0, "abcdefgh");
  row.insert_blanks(2, 2, 6, 0, cols);
  EXPECT_EQ(text(row), "ab  cdgh    ");
  row.remove_cells(2, 2, 6, 0, cols);
  EXPECT_EQ(text(row), "abcd  gh    ");
}

Row sample(int kind) {
  Row row;
  switch (kind) {
    case 0:
      break;
    case 1:
      write(row, 0, "plain text");
      break;
    case 2:
      write(row, 0, "one look", 4);
      break;
    case 3:
      write(row, 0, "two");
      write(row, 3, "looks", 9);
      break;
    case 4:
      write(row, 0, "a");
      row.write(1, {0x4f60 | content::wide, 2}, cols);
      row.erase(8, cols, 3, cols);
      break;
    default:
      row.clear(6);
      row.set_wrapped(true);
  }
  return row;
}

void expect_same(const Row& a, const Row& b) {
  EXPECT_EQ(a.wrapped(), b.wrapped());
  for (int col = 0; col < cols; ++col) EXPECT_EQ(a.at(col), b.at(col)) << "column " << col;
}

TEST(Scrollback, GivesBackWhatWasPushed) {
  Scrollback scrollback(1000);
  for (int i = 0; i < 600; ++i) scrollback.push(sample(i % 6));
  ASSERT_EQ(scrollback.size(), 600u);
  Row row;
  for (int i = 0; i < 600; ++i) {
    scrollback.unpack(static_cast<RowId>(i), row, cols);
    expect_same(row, sample(i % 6));
  }
  for (int i = 599; i >= 0; --i) {
    scrollback.pop_back(row, cols);
    expect_same(row, sample(i % 6));
  }
  EXPECT_EQ(scrollback.size(), 0u);
}

TEST(Scrollback, DropsTheOldestAndKeepsNumbers) {
  Scrollback scrollback(100);
  const std::string line(cols, 'x');
  for (int i = 0; i < 20000; ++i) {
    Row row;
    write(row, 0, std::to_string(i));
    scrollback.push(row);
  }
  EXPECT_EQ(scrollback.begin(), 19900u);
  EXPECT_EQ(scrollback.end(), 20000u);
  Row row;
  scrollback.unpack(19900, row, cols);
  EXPECT_EQ(text(row), "19900       ");
  EXPECT_LT(scrollback.memory(), 200'000u);
}

TEST(Scrollback, StoresPlainTextInLittleMoreThanItsBytes) {
  Scrollback scrollback(100'000);
  Row row;
  const std::string line(80, 'x');
  for (int i = 0; i < 12'500; ++i) {
    row.clear(0);
    row.write_ascii(0, line.data(), 80, 0, 80);
    scrollback.push(row);
  }
  EXPECT_LT(scrollback.memory(), 1'150'000u) << "one megabyte of text";
}

TEST(Scrollback, KeepsNothingWithALimitOfZeroButCounts) {
  Scrollback scrollback(0);
  scrollback.push(sample(1));
  EXPECT_EQ(scrollback.size(), 0u);
  EXPECT_EQ(scrollback.end(), 1u);
}

TEST(Scrollback, ChangesWrapsInPlace) {
  Scrollback scrollback(10);
  scrollback.push(sample(1));
  scrollback.set_wrapped(0, true);
  EXPECT_TRUE(scrollback.wrapped(0));
  scrollback.set_wrapped(0, false);
  EXPECT_FALSE(scrollback.wrapped(0));
}

TEST(Scrollback, AcceptsOnlySoundPackedRows) {
  Tables tables;
  Scrollback scrollback(10);
  const std::string good = Scrollback::pack(sample(1));
  EXPECT_TRUE(scrollback.push_packed(good, cols, tables));
  EXPECT_FALSE(scrollback.push_packed(good, 5, tables)) << "too long for the width";
  EXPECT_FALSE(scrollback.push_packed(good.substr(0, good.size() - 1), cols, tables));
  EXPECT_FALSE(scrollback.push_packed(good + "x", cols, tables));
  EXPECT_FALSE(scrollback.push_packed("", cols, tables));
  EXPECT_FALSE(scrollback.push_packed(Scrollback::pack(sample(2)), cols, tables)) << "an unknown look";
  std::string control = good;
  control.back() = '\x1b';
  EXPECT_FALSE(scrollback.push_packed(control, cols, tables));
  EXPECT_EQ(scrollback.size(), 1u);
}

struct SmallTraits {
  static constexpr std::size_t limit = 128;
  static std::size_t cost(int) { return 1; }
  static std::size_t hash(int value) { return static_cast<std::size_t>(value); }
};
using Small = Interner<int, SmallTraits>;

TEST(Interner, GivesEqualValuesOneNumber) {
  Small table;
  EXPECT_EQ(table.find(0), 0u) << "the default is always there";
  EXPECT_EQ(table.find(7), std::nullopt);
  const auto id = table.insert(7);
  ASSERT_TRUE(id);
  EXPECT_EQ(table.find(7), *id);
  EXPECT_EQ(table[*id], 7);
}

TEST(Interner, FindsEverythingWhileItGrows) {
  Small table;
  for (int i = 1; i <= 100; ++i) ASSERT_TRUE(table.insert(i * 16));
  for (int i = 1; i <= 100; ++i) EXPECT_EQ(table[table.find(i * 16).value()], i * 16);
}

TEST(Interner, RefusesBeyondItsLimitUntilSwept) {
  Small table;
  for (int i = 1; i <= 128; ++i) ASSERT_TRUE(table.insert(i));
  EXPECT_FALSE(table.insert(1000));
  EXPECT_TRUE(table.wants_sweep());
  std::vector<bool> marks(table.capacity());
  marks[5] = true;
  table.sweep(marks);
  EXPECT_FALSE(table.is_live(6));
  EXPECT_EQ(table.find(6), std::nullopt);
  EXPECT_EQ(table.find(5), 5u);
  const auto id = table.insert(1000);
  ASSERT_TRUE(id);
  EXPECT_LT(*id, 129u) << "a number was used again";
}

TEST(Interner, DoesNotSweepAgainAndAgainWhenItIsFull) {
  Small table;
  for (int i = 1; i <= 128; ++i) table.insert(i);
  table.sweep(std::vector<bool>(table.capacity(), true));
  int sweeps = 0;
  for (int i = 0; i < 160; ++i) {
    if (!table.wants_sweep()) continue;
    ++sweeps;
    table.sweep(std::vector<bool>(table.capacity(), true));
  }
  EXPECT_LE(sweeps, 10);
}

}  // namespace
}  // namespace duotty::term
