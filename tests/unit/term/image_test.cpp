#include <duotty/term/image.hpp>

#include <gtest/gtest.h>

#include <duotty/base/text.hpp>
#include <duotty/term/snapshot.hpp>
#include <string>

#include "image_header.hpp"
#include "state.hpp"

namespace duotty::term {
namespace {

using namespace std::string_literals;

std::string png(std::uint32_t width, std::uint32_t height) {
  std::string out = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"s;
  for (const std::uint32_t side : {width, height}) {
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(side >> shift));
  }
  return out + std::string(40, '\0');
}

struct Recorder : Host {
  std::string replies;
  std::string osc_text;
  void reply(std::string_view bytes) override { replies += bytes; }
  void osc(int, std::string_view text) override { osc_text = text; }
};

struct Images : testing::Test {
  Recorder host;
  Terminal terminal{{20, 4}, host};
  std::vector<ImagePlacement> all() const { return images(terminal, 0, ~RowId{0}); }
};

TEST(ImageHeader, SaysTheSizeOfFiles) {
  EXPECT_EQ(file_size(png(640, 480)), (PixelSize{640, 480}));
  EXPECT_EQ(file_size("GIF89a\x40\x01\xf0\x00"s), (PixelSize{320, 240}));
  const std::string jpeg = "\xff\xd8\xff\xe0\x00\x04xx\xff\xc0\x00\x11\x08\x00\x64\x00\xc8"s;
  EXPECT_EQ(file_size(jpeg), (PixelSize{200, 100}));
  EXPECT_EQ(encoded_file_size(base::base64_encode(png(3, 5))), (PixelSize{3, 5}));
}

TEST(ImageHeader, IsNotFooled) {
  EXPECT_EQ(file_size(""), PixelSize{});
  EXPECT_EQ(file_size("GIF89a\x40"), PixelSize{});
  EXPECT_EQ(file_size(png(1, 1).substr(0, 20)), PixelSize{});
  EXPECT_EQ(file_size("\xff\xd8\xff\xe0\x00\x00xxxxxxxx"s), PixelSize{}) << "a segment of no length";
  EXPECT_EQ(file_size(png(0xffffffff, 7)), (PixelSize{1'000'000, 7}));
  EXPECT_EQ(encoded_file_size("%%%%"), PixelSize{});
  EXPECT_EQ(sixel_size("!99999999999999999999~"), (PixelSize{1'000'000, 6}));
}

TEST(ImageHeader, MeasuresSixels) {
  EXPECT_EQ(sixel_size("\"1;1;90;60#0;2;0;0;0~"), (PixelSize{90, 60}));
  EXPECT_EQ(sixel_size("#1~~~$~-!10~"), (PixelSize{10, 12}));
  EXPECT_EQ(sixel_size("#1;2;3"), PixelSize{});
}

TEST_F(Images, OfEveryProtocolAreKnownAndMoveNothing) {
  terminal.feed("ab\x1bPq\"1;1;90;60~\x1b\\");
  terminal.feed("\x1b]1337;File=name=eA==;inline=1;width=10;height=auto:" + base::base64_encode(png(640, 480)) +
                "\x07");
  terminal.feed("\x1b_Ga=T,f=100,i=7,c=5,r=2;" + base::base64_encode(png(32, 16)) + "\x1b\\");
  const auto found = all();
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].protocol, ImageProtocol::sixel);
  EXPECT_EQ(found[0].width, 90u);
  EXPECT_EQ(found[0].position, (Position{terminal.top_row(), 2}));
  EXPECT_EQ(found[1].protocol, ImageProtocol::iterm2);
  EXPECT_EQ(found[1].height, 480u);
  EXPECT_EQ(found[1].cols, 10u);
  EXPECT_EQ(found[1].rows, 0u);
  EXPECT_EQ(found[2].protocol, ImageProtocol::kitty);
  EXPECT_EQ(found[2].width, 32u);
  EXPECT_EQ(found[2].rows, 2u);
  EXPECT_EQ(terminal.cursor().col, 2);
  EXPECT_EQ(terminal.line(terminal.top_row()).text, "ab");
}

TEST_F(Images, OfKittyComeInPiecesAndArePlacedByTheirNumber) {
  terminal.feed("\x1b_Ga=t,f=24,s=10,v=20,i=3,m=1;AAAA\x1b\\\x1b_Gm=1;BBBB\x1b\\");
  terminal.feed("\x1b_Gm=0;CC\x1b\\");
  EXPECT_TRUE(all().empty());
  terminal.feed("\x1b_Ga=p,i=3,p=1\x1b\\\r\n\x1b_Ga=p,i=3,p=2\x1b\\\x1b_Ga=p,i=4\x1b\\");
  ASSERT_EQ(all().size(), 2u);
  EXPECT_EQ(all()[1].bytes, 10u);
  EXPECT_EQ(all()[1].height, 20u);
  terminal.feed("\x1b_Ga=p,i=3,p=1\x1b\\");
  EXPECT_EQ(all().size(), 2u) << "the same placement again moves it";
  terminal.feed("\x1b_Ga=d,d=i,i=3,p=2\x1b\\");
  EXPECT_EQ(all().size(), 1u);
  terminal.feed("\x1b_Ga=d\x1b\\");
  EXPECT_TRUE(all().empty());
}

TEST_F(Images, GoWithTheirRow) {
  const std::string image = "\x1bPq\"1;1;9;6~\x1b\\";
  terminal.feed("a" + image + "\x1b[2K");
  EXPECT_TRUE(all().empty()) << "erased";
  terminal.feed(image + "\x1b[1J\x1b[J" + image + "\x1b[H\x1b[2J");
  EXPECT_TRUE(all().empty()) << "cleared";
  terminal.feed(image + "text over it\r\n\r\n\r\n\r\n");
  ASSERT_EQ(all().size(), 1u) << "the cursor stayed, so text goes over it";
  EXPECT_LT(all()[0].position.row, terminal.top_row()) << "into the scrollback";
  terminal.resize({10, 4});
  EXPECT_EQ(all().size(), 1u);
  terminal.feed("\x1b[3J");
  EXPECT_TRUE(all().empty());
  terminal.feed(image +
                "\x1b"
                "c");
  EXPECT_TRUE(all().empty());
}

TEST_F(Images, HaveAQuota) {
  for (std::size_t i = 0; i < max_images + 10; ++i) terminal.feed("\x1bPq~\x1b\\");
  EXPECT_EQ(all().size(), max_images);
  EXPECT_EQ(all().front().id, 11u) << "the oldest went";
  EXPECT_EQ(terminal.state().anchors.size(), max_images);
  const std::string large = "\x1bPq" + std::string(max_string_bytes - 8, '~') + "\x1b\\";
  for (int i = 0; i < 70; ++i) terminal.feed(large);
  std::uint64_t sum = 0;
  for (const auto& image : all()) sum += image.bytes;
  EXPECT_LE(sum, max_image_bytes);
  EXPECT_GT(sum, max_image_bytes / 2);
}

TEST_F(Images, AreNotOffered) {
  terminal.feed("\x1b[c\x1b[?1;1;0S\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\");
  EXPECT_EQ(host.replies, "\x1b[?62;22;52c\x1b[?1;1;0S");
  EXPECT_TRUE(all().empty());
}

TEST_F(Images, OtherStringsStayWhatTheyWere) {
  terminal.feed("\x1b]1337;CurrentDir=/tmp\x07\x1b_nothing of kitty\x1b\\\x1b]1337;File=size=3:AAAA\x07x");
  EXPECT_EQ(host.osc_text, "CurrentDir=/tmp");
  EXPECT_TRUE(all().empty());
  EXPECT_EQ(terminal.line(terminal.top_row()).text, "x");
}

TEST_F(Images, AreInTheCheckpointEvenHalfReceived) {
  terminal.feed("\x1bPq\"1;1;9;6~\x1b\\\x1b_Ga=T,s=4,v=5,i=1,m=1;AAAA\x1b\\\x1b_Gm=0;BB");
  Terminal copy({1, 1}, host, terminal.options());
  ASSERT_TRUE(restore(copy, checkpoint(terminal)));
  copy.feed("BB\x1b\\");
  terminal.feed("BB\x1b\\");
  ASSERT_EQ(all().size(), 2u);
  EXPECT_EQ(all()[1].bytes, 8u);
  EXPECT_EQ(copy.state().images, terminal.state().images);
}

}  // namespace
}  // namespace duotty::term
