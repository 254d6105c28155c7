#include <duotty/session/viewer_frames.hpp>

namespace duotty::session {
namespace {

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i) & 255));
}

std::uint64_t take(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

std::string output_head(std::uint64_t offset) {
  std::string head(1, '\x01');
  put(head, offset, 8);
  return head;
}

std::string snapshot_head(std::uint64_t offset, int cols, int rows) {
  std::string head(1, '\x02');
  put(head, offset, 8);
  put(head, static_cast<std::uint64_t>(cols), 2);
  put(head, static_cast<std::uint64_t>(rows), 2);
  return head;
}

std::optional<ViewerFrame> decode_viewer_frame(std::string_view frame) {
  if (frame.empty()) return std::nullopt;
  ViewerFrame out;
  if (frame[0] == '\x01' && frame.size() >= 5) {
    out.kind = ViewerFrame::Kind::input;
    out.sequence = static_cast<std::uint32_t>(take(frame.substr(1, 4)));
    out.bytes = frame.substr(5);
    return out;
  }
  if (frame[0] == '\x02' && frame.size() == 9) {
    out.kind = ViewerFrame::Kind::ack;
    out.offset = take(frame.substr(1, 8));
    return out;
  }
  return std::nullopt;
}

}  // namespace duotty::session
