#include <gtest/gtest.h>
#include <duotty/term/insert.hpp>
#include <duotty/term/render.hpp>
#include <duotty/term/snapshot.hpp>
#include <duotty/term/width.hpp>

#include <string>
#include <vector>

namespace duotty::term {
namespace {

using Lines = std::vector<std::string>;

/// Everything from the oldest row to the last row with text, with its looks and wraps.
Lines document(const Terminal& terminal) {
  Lines out = ansi_lines(terminal, terminal.first_row(), terminal.end_row());
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (terminal.line(terminal.first_row() + i).wrapped) out[i] += "\\";
  }
  while (!out.empty() && out.back().empty()) out.pop_back();
  return out;
}

struct Prompt {
  const char* name;
  const char* bytes;  ///< drawn from the first column of the block's first row
};

constexpr Prompt prompts[] = {
    {"short", "$ ls"},
    {"empty", "$ "},
    {"coloured", "\x1b[1;32muser\x1b[m:\x1b[34m~\x1b[m$ \x1b[4mcmd\x1b[24m"},
    {"wrapped", "$ 123456789012345678901234567890"},
    {"exactly one row", "$ 45678901234567890"},
    {"a row and the pending wrap", "$ 4567890123456789x!"},
    {"two lines", "+-- dir\r\n+> echo"},
    {"right prompt", "$ a\x1b[14C[ok]\x1b[19D"},
    {"cursor in the middle", "$ 123456789012345678901234567890\x1b[A\x1b[3D"},
    {"menu below", "$ ls\r\n\r\nfoo bar\x1b[2A"},
    {"wide",
     "\xe4\xbd\xa0\xe5\xa5\xbd$ "
     "\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xbd\xa0\xe5\xa5\xbd"},
    {"background", "\x1b[44m$ x\x1b[K\x1b[m\x1b[1C"},
    {"background through a wrap", "\x1b[41m$ 123456789012345678901234567\x1b[m."},
    {"link", "$ \x1b]8;;http://a/\aURL\x1b]8;;\a!"},
    {"pen left on", "$ \x1b[1;35mabc"},
};

struct Scene {
  Host host;
  Terminal terminal;
  RowId block;

  Scene(int rows, int above, const Prompt& prompt) : terminal({20, rows}, host, {}), block(0) {
    for (int i = 0; i < above; ++i) terminal.feed("out " + std::to_string(i) + "\r\n");
    block = terminal.cursor().row;
    terminal.feed(prompt.bytes);
    // The prompt itself may have scrolled: its first row keeps its number.
  }
};

/// Inserts and checks everything that must hold whatever the scene is.
void check(Scene& scene, int replace_rows, const Lines& lines, const std::string& what) {
  SCOPED_TRACE(what);
  Terminal& terminal = scene.terminal;
  const Lines before = document(terminal);
  const Position cursor = terminal.cursor();
  const bool pending = terminal.pending_wrap();
  const AnchorId anchor = terminal.add_anchor({scene.block, 1});
  Terminal viewer(terminal.size(), scene.host, {});
  viewer.feed(snapshot(terminal));

  const auto bytes = insert_above(terminal, scene.block, replace_rows, lines);
  ASSERT_TRUE(bytes);
  const std::int64_t shift = static_cast<std::int64_t>(lines.size()) - replace_rows;
  terminal.feed(*bytes);
  terminal.shift_anchors(scene.block, shift);
  viewer.feed(*bytes);
  std::string why;
  EXPECT_TRUE(same_state(terminal, viewer, &why)) << "viewer: " << why;

  Lines expected = before;
  const auto at = static_cast<std::ptrdiff_t>(scene.block - terminal.first_row());
  while (static_cast<std::ptrdiff_t>(expected.size()) < at) expected.emplace_back();
  expected.erase(expected.begin() + at - replace_rows, expected.begin() + at);
  expected.insert(expected.begin() + at - replace_rows, lines.begin(), lines.end());
  while (!expected.empty() && expected.back().empty()) expected.pop_back();
  EXPECT_EQ(document(terminal), expected);
  EXPECT_EQ(terminal.cursor().row, cursor.row + static_cast<RowId>(shift));
  EXPECT_EQ(terminal.cursor().col, cursor.col);
  EXPECT_EQ(terminal.pending_wrap(), pending);
  EXPECT_EQ(terminal.anchor(anchor), (Position{scene.block + static_cast<RowId>(shift), 1}));
  scene.block += static_cast<RowId>(shift);
}

const Lines three = {"answer one", "\x1b[0;31mred\x1b[m and plain", "12345678901234567890"};

TEST(InsertAbove, KeepsEveryPromptWhereverItStands) {
  for (const Prompt& prompt : prompts) {
    for (int rows : {4, 5, 8, 24}) {
      for (int above : {0, 1, 3, 4, 7, 30}) {
        Scene scene(rows, above, prompt);
        if (scene.block < scene.terminal.top_row()) continue;
        check(scene, 0, three,
              std::string(prompt.name) + ", " + std::to_string(rows) + " rows, " + std::to_string(above) + " above");
      }
    }
  }
}

TEST(InsertAbove, ReplacesWhatItDrewWhileAnAnswerGrows) {
  for (const Prompt& prompt : prompts) {
    for (int above : {0, 2, 20}) {
      Scene scene(10, above, prompt);
      const std::string what = std::string(prompt.name) + ", " + std::to_string(above) + " above: ";
      check(scene, 0, {"a"}, what + "first");
      check(scene, 1, {"a b"}, what + "longer");
      check(scene, 1, {"a b c", "d"}, what + "another row");
      check(scene, 2, {"x", "y", "z"}, what + "and another");
      check(scene, 3, {"short"}, what + "shorter");
      check(scene, 1, {}, what + "gone");
    }
  }
}

TEST(InsertAbove, ScrollsMoreRowsThanTheScreenHas) {
  for (const Prompt& prompt : prompts) {
    Scene scene(6, 2, prompt);
    if (scene.block < scene.terminal.top_row()) continue;
    Lines many;
    for (int i = 0; i < 40; ++i) many.push_back("line " + std::to_string(i));
    check(scene, 0, many, prompt.name);
  }
}

TEST(InsertAbove, LetsTheShellGoOnTyping) {
  Scene plain(6, 3, prompts[3]), inserted(6, 3, prompts[3]);
  check(inserted, 0, three, "before typing");
  plain.terminal.feed("more\x1b[D\x1b[D\x1b[K");
  inserted.terminal.feed("more\x1b[D\x1b[D\x1b[K");
  // Fewer blank rows are left below the block that moved down, so both are read to the end of the cursor's row.
  const auto typed = [](const Scene& scene) {
    return scene.terminal.text({scene.block, 0}, {scene.terminal.cursor().row + 1, 0});
  };
  EXPECT_EQ(typed(plain), typed(inserted));
  EXPECT_EQ(typed(plain), "$ 123456789012345678901234567890mo\n");
  EXPECT_EQ(plain.terminal.cursor().row - plain.block, inserted.terminal.cursor().row - inserted.block);
}

TEST(InsertAbove, LeavesPenModesCharsetsAndSavedCursorAlone) {
  for (const char* setup :
       {"\x1b[4h", "\x1b[?7l", "\x1b(0\x1b)A\x0e", "\x1b[1;4;41m", "\x1b[?6h", "\x1b[20h", "\x1b[?2026h", "\x1b[1\"q",
        "\x1b[2;2H\x1b"
        "7\x1b[4;3H"}) {
    Scene scene(6, 3, prompts[0]);
    scene.terminal.feed(setup);
    const bool on_block = scene.terminal.cursor().row >= scene.block;
    if (!on_block) scene.terminal.feed("\x1b[4;3H");
    Terminal& terminal = scene.terminal;
    const Modes modes = terminal.modes();
    const auto bytes = insert_above(terminal, scene.block, 0, three);
    ASSERT_TRUE(bytes) << setup;
    terminal.feed(*bytes);
    EXPECT_EQ(terminal.modes(), modes) << setup;
    // What is typed next looks the same with and without the insertion.
    Scene plain(6, 3, prompts[0]);
    plain.terminal.feed(setup);
    if (!on_block) plain.terminal.feed("\x1b[4;3H");
    plain.terminal.feed(
        "q\x1b"
        "8w");
    terminal.feed("q");
    EXPECT_EQ(ansi_lines(terminal, terminal.cursor().row, terminal.cursor().row + 1)[0].find("answer"),
              std::string::npos);
    terminal.feed(
        "\x1b"
        "8w");
    EXPECT_EQ(terminal.cursor().col, plain.terminal.cursor().col) << setup;
  }
}

TEST(InsertAbove, BreaksTheLineThatRanIntoThePrompt) {
  Host host;
  Terminal terminal({5, 6}, host, {});
  terminal.feed("abcde$ x");
  const auto bytes = insert_above(terminal, 1, 0, {"new"});
  ASSERT_TRUE(bytes);
  terminal.feed(*bytes);
  EXPECT_FALSE(terminal.line(0).wrapped);
  EXPECT_EQ(terminal.text({0, 0}, {3, 0}), "abcde\nnew\n$ x\n");
}

TEST(InsertAbove, RefusesWhatCannotBeDone) {
  const Lines line = {"x"};
  const auto refused = [&](const char* bytes, RowId block, int replace) {
    Host host;
    Terminal terminal({10, 4}, host, {});
    terminal.feed("a\r\nb\r\nc\r\nd\r\n$ ");
    terminal.feed(bytes);
    return !insert_above(terminal, block, replace, line);
  };
  EXPECT_FALSE(refused("", 4, 0));
  EXPECT_FALSE(refused("", 4, 3));
  EXPECT_TRUE(refused("", 4, 4)) << "rows of the scrollback cannot be replaced";
  EXPECT_TRUE(refused("", 4, -1));
  EXPECT_TRUE(refused("", 0, 0)) << "the block scrolled away";
  EXPECT_TRUE(refused("", 5, 0)) << "the cursor is above the block";
  EXPECT_TRUE(refused("\x1b[?1049h", 4, 0));
  EXPECT_TRUE(refused("\x1b[2;3r\x1b[4;1H", 4, 0));
  EXPECT_TRUE(refused("\x1b[1", 4, 0));
  EXPECT_TRUE(refused("\x1bN", 4, 0));
  Host host;
  Terminal terminal({10, 4}, host, {});
  for (const char* bad : {"12345678901", "a\nb", "a\x1b[2J", "a\x1b]0;t\a", "a\tb", "a\x1b"}) {
    EXPECT_FALSE(insert_above(terminal, 0, 0, {bad})) << bad;
  }
}

TEST(WrapLines, BreaksAtBlanksAndKeepsLooks) {
  EXPECT_EQ(wrap_lines("one two three", 8), (Lines{"one two ", "three"}));
  EXPECT_EQ(wrap_lines("abcdefghij", 4), (Lines{"abcd", "efgh", "ij"}));
  EXPECT_EQ(wrap_lines("a\n\nb\n", 4), (Lines{"a", "", "b"}));
  EXPECT_EQ(wrap_lines("\x1b[1mone two\x1b[m x", 4), (Lines{"\x1b[0;1mone \x1b[m", "\x1b[0;1mtwo\x1b[m ", "x"}));
  EXPECT_EQ(wrap_lines("", 4), Lines{});
}

TEST(WrapLines, ABlankThatDoesNotFitIsTheBreak) {
  EXPECT_EQ(wrap_lines("abcd efgh", 4), (Lines{"abcd", "efgh"}));
  EXPECT_EQ(wrap_lines("abcd \nefgh", 4), (Lines{"abcd", "efgh"}));
}

TEST(WrapLines, RemovesEveryOtherControl) {
  EXPECT_EQ(wrap_lines("a\x1b[2Jb\x1b]0;t\a\rc\a\x1b(0q", 20), (Lines{"abcq"}));
  EXPECT_EQ(wrap_lines("a\tb", 20), (Lines{"a       b"}));
}

TEST(WrapLines, MeasuresWideAndCombiningCharacters) {
  EXPECT_EQ(wrap_lines("\xe4\xbd\xa0\xe5\xa5\xbd\xe5\x90\x97", 5), (Lines{"\xe4\xbd\xa0\xe5\xa5\xbd", "\xe5\x90\x97"}));
  EXPECT_EQ(wrap_lines("e\xcc\x81"
                       "e\xcc\x81"
                       "e\xcc\x81",
                       2),
            (Lines{"e\xcc\x81"
                   "e\xcc\x81",
                   "e\xcc\x81"}));
  EXPECT_EQ(wrap_lines("a\xe4\xbd\xa0", 1), (Lines{"a"})) << "what cannot fit at all is left out";
}

TEST(WrapLines, MakesLinesThatInsertAboveTakes) {
  Host host;
  Terminal terminal({17, 6}, host, {});
  terminal.feed("$ ");
  const std::string text =
      "Some \x1b[1;4manswer\x1b[m with\ttabs, \xe4\xbd\xa0\xe5\xa5\xbd and averyveryverylongword \xf0\x9f\x98\x80.";
  const Lines lines = wrap_lines(text, 17);
  for (const std::string& line : lines) EXPECT_TRUE(insert_above(terminal, 0, 0, {line})) << line;
}

}  // namespace
}  // namespace duotty::term
