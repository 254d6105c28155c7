#pragma once
// The binary frames of the terminal WebSocket (docs/terminal-websocket.md). Pure; integers are big-endian.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace duotty::session {

/// Head of an output frame: 0x01, u64 offset.
std::string output_head(std::uint64_t offset);
/// Head of a snapshot frame: 0x02, u64 offset, u16 columns, u16 rows.
std::string snapshot_head(std::uint64_t offset, int cols, int rows);

/// What a viewer sent as a binary frame.
struct ViewerFrame {
  enum class Kind { input, ack };
  Kind kind = Kind::input;
  std::uint32_t sequence = 0;  ///< of input
  std::uint64_t offset = 0;    ///< of an ack
  std::string_view bytes;      ///< of input; points into the frame
};

/// Decodes a frame; nothing when it is malformed.
std::optional<ViewerFrame> decode_viewer_frame(std::string_view frame);

}  // namespace duotty::session
