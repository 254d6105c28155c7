#include <gtest/gtest.h>
#include <duotty/term/render.hpp>

#include "dispatch.hpp"

namespace duotty::term {
namespace {

struct Rendered : ::testing::Test {
  Host host;
  Terminal terminal{{20, 3}, host, {}};
  std::string as_html() const { return html(terminal, terminal.top_row(), terminal.top_row() + 1); }
};

TEST_F(Rendered, LinesStandAlone) {
  terminal.feed("\x1b[1mbold\r\nstill\x1b[m plain");
  EXPECT_EQ(ansi_lines(terminal, 0, 3),
            (std::vector<std::string>{"\x1b[0;1mbold\x1b[m", "\x1b[0;1mstill\x1b[m plain", ""}));
}

TEST_F(Rendered, LinesStopAtTheLastRow) {
  EXPECT_EQ(ansi_lines(terminal, 0, 99).size(), 3u);
  EXPECT_TRUE(ansi_lines(terminal, 50, 99).empty());
}

TEST_F(Rendered, HtmlEscapesTextAndTargets) {
  terminal.feed("<b>&\"'\x1b]8;;https://a/?q=\"><script>\alink\x1b]8;;\a");
  EXPECT_EQ(as_html(),
            "&lt;b&gt;&amp;&quot;&#39;<a rel=\"noopener noreferrer\" target=\"_blank\" "
            "href=\"https://a/?q=&quot;&gt;&lt;script&gt;\">link</a>");
}

TEST_F(Rendered, HtmlLinksOnlyToSafeTargets) {
  terminal.feed("\x1b]8;;javascript:alert(1)\ax\x1b]8;;file:///etc/passwd\ay\x1b]8;;\a");
  EXPECT_EQ(as_html(), "xy");
}

TEST_F(Rendered, HtmlHasLooks) {
  terminal.feed("\x1b[1;31mred\x1b[0;38;5;196;48;2;1;2;3mrgb\x1b[0;7minv\x1b[0;4:3;9mline");
  EXPECT_EQ(as_html(),
            "<span style=\"color:var(--duotty-color-1);font-weight:bold;\">red</span>"
            "<span style=\"color:rgb(255,0,0);background:rgb(1,2,3);\">rgb</span>"
            "<span style=\"color:var(--duotty-background);background:var(--duotty-foreground);\">inv</span>"
            "<span style=\"text-decoration-line:underline line-through;text-decoration-style:wavy;\">line</span>");
}

TEST_F(Rendered, HtmlJoinsRowsWithNewlines) {
  terminal.feed("a\r\nb");
  EXPECT_EQ(html(terminal, 0, 3), "a\nb\n");
}

TEST(Sgr, WritesParametersThatReadBackTheSame) {
  const char* const samples[] = {
      "",           "1;2;3;4;5;7;8;9;53", "31;42",  "97;107",        "38;5;16;48;5;255", "38;2;1;2;3;48;2;4;5;6",
      "4:2;58;5;3", "4:5;58;2;9;8;7",     "38;5;8", "4:3;90;58;5;15"};
  for (const char* const sample : samples) {
    Params params;
    for (const char* c = sample; *c != 0; ++c)
      *c >= '0' && *c <= '9' ? params.digit(*c - '0') : params.separator(*c == ':');
    Pen pen;
    apply_sgr(pen, params);
    const std::string written = sgr_parameters(pen.style);
    Params again;
    for (const char c : written) c >= '0' && c <= '9' ? again.digit(c - '0') : again.separator(c == ':');
    Pen copy;
    apply_sgr(copy, again);
    EXPECT_EQ(copy, pen) << sample << " became " << written;
  }
}

}  // namespace
}  // namespace duotty::term
