// Frames between server and viewer, both ways. The input is a list of steps, each a byte that says what comes, a length
// and bytes: frames of an enemy to the server's decoder, frames of an enemy to an attached client, and a true server's
// output, cut and repeated, of which the client must draw every byte once and in order.
#include <cstdint>
#include <duotty/session/viewer_frames.hpp>
#include <string>
#include <string_view>

#include "attach_core.hpp"
#include "require.hpp"

namespace {

using duotty::cli::AttachCore;
using duotty::session::decode_viewer_frame;
using duotty::session::ViewerFrame;

using duotty::fuzz::require;

std::string big_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
  return out;
}

/// What the server understands is exactly what was sent.
void server_takes(std::string_view bytes) {
  const auto frame = decode_viewer_frame(bytes);
  if (!frame) return;
  const std::string again = frame->kind == ViewerFrame::Kind::input
                                ? "\x01" + big_endian(frame->sequence, 4) + std::string(frame->bytes)
                                : "\x02" + big_endian(frame->offset, 8);
  require(again == bytes, "the server understood another frame than was sent");
}

/// A client whose server is true: it draws the stream whatever the cuts and repetitions.
class TrueServer {
 public:
  void output(std::string_view bytes, std::size_t repeat) {
    const std::size_t from = stream_.size() - std::min(stream_.size(), repeat);
    stream_ += bytes;
    if (!greeted_) hello();
    client_.on_binary(duotty::session::output_head(kStart + from) + stream_.substr(from));
    settle();
  }
  void snapshot(std::string_view bytes, int cols, int rows) {
    if (!greeted_) hello();
    client_.on_binary(duotty::session::snapshot_head(kStart + stream_.size(), cols, rows) + std::string(bytes));
    require(!client_.drawings().empty() && client_.drawings().back().bytes.ends_with(bytes), "a snapshot is not drawn");
    drawn_ = stream_.size();
    client_.drawings().clear();
    client_.on_drawn(kStart + drawn_);
    settle();
  }
  void type(std::string_view bytes) {
    client_.type(bytes);
    typed_ += bytes;
    settle();
  }
  void reconnect() {
    client_.on_lost(1006, "");
    greeted_ = false;
  }

 private:
  static constexpr std::uint64_t kStart = 1ULL << 33;

  void hello() {
    greeted_ = true;
    client_.on_text(R"({"type":"hello","epoch":"e"})");
    settle();
  }

  void settle() {
    require(!client_.must_reconnect(), "a true server's frame is refused");
    for (const auto& drawing : client_.drawings()) {
      require(stream_.compare(drawn_, drawing.bytes.size(), drawing.bytes) == 0, "another byte than the next is drawn");
      drawn_ += drawing.bytes.size();
      require(drawing.end == kStart + drawn_, "the offset of what is drawn is wrong");
      client_.on_drawn(drawing.end);
    }
    client_.drawings().clear();
    for (const auto& frame : client_.outgoing()) {
      if (!frame.binary) continue;
      const auto decoded = decode_viewer_frame(frame.bytes);
      require(decoded.has_value(), "the server does not understand the client");
      if (decoded->kind == ViewerFrame::Kind::ack) {
        require(decoded->offset <= kStart + drawn_, "more is acknowledged than is drawn");
      } else if (decoded->sequence > taken_) {
        require(decoded->sequence == taken_ + 1, "a number of input is left out");
        require(typed_.compare(received_, decoded->bytes.size(), decoded->bytes) == 0, "other input than was typed");
        received_ += decoded->bytes.size();
        taken_ = decoded->sequence;
      }
    }
    client_.outgoing().clear();
  }

  AttachCore client_{"id", "token", duotty::cli::Role::typist, {80, 24}};
  std::string stream_;
  std::size_t drawn_ = 0;
  std::string typed_;
  std::size_t received_ = 0;
  std::uint32_t taken_ = 0;
  bool greeted_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  AttachCore deceived("id", "token", duotty::cli::Role::typist, {80, 24});
  TrueServer server;
  while (rest.size() >= 2) {
    const auto step = static_cast<unsigned char>(rest[0]);
    const std::string_view bytes = rest.substr(2, static_cast<unsigned char>(rest[1]));
    rest.remove_prefix(2 + bytes.size());
    switch (step % 8) {
      case 0:
        server_takes(bytes);
        break;
      case 1:
        deceived.on_binary(bytes);
        break;
      case 2:
        deceived.on_text(bytes);
        break;
      case 3:
        deceived.type(bytes);
        deceived.on_drawn(deceived.drawings().empty() ? 0 : deceived.drawings().back().end);
        break;
      case 4:
        server.output(bytes, step / 8U);
        break;
      case 5:
        server.snapshot(bytes, step, step / 2);
        break;
      case 6:
        server.type(bytes);
        break;
      default:
        server.reconnect();
        deceived.on_lost(1000 + step, std::string(bytes));
    }
    for (const auto& frame : deceived.outgoing()) {
      if (frame.binary) require(decode_viewer_frame(frame.bytes).has_value(), "a deceived client speaks nonsense");
    }
    deceived.outgoing().clear();
  }
  return 0;
}
