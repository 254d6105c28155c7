#include "attach_core.hpp"

#include <algorithm>
#include <duotty/base/text.hpp>
#include <duotty/record/json_members.hpp>
#include <duotty/record/json_text.hpp>
#include <nlohmann/json.hpp>
#include <utility>

namespace duotty::cli {
namespace {

constexpr char kOutput = 0x01;
constexpr char kSnapshot = 0x02;
constexpr char kInput = 0x01;
constexpr char kAck = 0x02;

std::uint64_t read_big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = (value << 8U) | static_cast<unsigned char>(byte);
  return value;
}

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xffU);
}

}  // namespace

AttachCore::AttachCore(std::string terminal_id, std::string input_token, Role role, WindowSize window)
    : id_(std::move(terminal_id)),
      input_token_(std::move(input_token)),
      role_(role),
      window_(window),
      ui_({window.cols, window.rows}) {}

std::string AttachCore::target() const {
  std::string out = "/ws/terminal/" + base::percent_encode(id_) +
                    "?kind=cli&name=" + base::percent_encode("duotty attach") +
                    "&cols=" + std::to_string(window_.cols) + "&rows=" + std::to_string(window_.rows) +
                    "&input_token=" + base::percent_encode(input_token_);
  if (role_ == Role::viewer) out += "&role=viewer";
  if (next_offset_ && !epoch_.empty()) {
    out += "&epoch=" + base::percent_encode(epoch_) + "&offset=" + std::to_string(*next_offset_);
  }
  return out;
}

void AttachCore::on_text(std::string_view frame) {
  const auto json = record::parse_json(frame);
  if (!json || !json->is_object()) {
    must_reconnect_ = true;
    return;
  }
  const std::string type = record::text_of(*json, "type");
  if (type == "hello") {
    on_hello(record::text_of(*json, "epoch"));
    const auto terminal = json->find("terminal");
    if (terminal != json->end() && terminal->is_object() && terminal->contains("alive") &&
        (*terminal)["alive"] == false) {
      on_exit(record::int_of(*terminal, "exit_code"), record::text_of(*terminal, "exit_signal"));
    }
  } else if (type == "ping") {
    send_text(R"({"type":"pong"})");
  } else if (type == "pong") {
    if (!probing_) return;
    probing_ = false;
    if (output_since_probe_ || drawn_ < next_offset_.value_or(0)) {
      probe_end();
    } else if (!ending_) {
      ending_ = exit_;
    }
  } else if (type == "input_ack" || type == "input_refused") {
    const auto sequence = static_cast<std::uint32_t>(std::max(0, record::int_of(*json, "sequence").value_or(0)));
    const bool refused = type == "input_refused";
    while (!input_.empty() && input_.front().sequence != 0 && input_.front().sequence <= sequence) {
      input_bytes_ -= input_.front().bytes.size();
      input_.pop_front();
    }
    if (refused) drawings_.push_back({"\a", drawn_});
  } else if (type == "ui") {
    ui_told_ = true;
    draw_beside(ui_.show(&*json));
  } else if (type == "size") {
    const auto cols = record::int_of(*json, "cols");
    const auto rows = record::int_of(*json, "rows");
    if (cols && rows) draw_beside(ui_.resize(*cols, *rows));
  } else if (type == "presence" || type == "blocks" || type == "block") {
    settle_ui();
  } else if (type == "exit") {
    on_exit(record::int_of(*json, "code"), record::text_of(*json, "signal"));
  } else if (type == "closed") {
    Ending closed;
    closed.why = Ending::Why::closed;
    leave(exit_ ? *exit_ : closed);
  }
}

void AttachCore::draw_beside(std::string bytes) {
  if (!bytes.empty()) drawings_.push_back({std::move(bytes), drawn_});
}

void AttachCore::settle_ui() {
  if (!std::exchange(ui_told_, true)) draw_beside(ui_.show(nullptr));
}

void AttachCore::on_binary(std::string_view frame) {
  settle_ui();
  if (frame.size() >= 9 && frame[0] == kOutput) {
    on_output(read_big_endian(frame.substr(1, 8)), frame.substr(9));
  } else if (frame.size() >= 13 && frame[0] == kSnapshot) {
    on_snapshot(read_big_endian(frame.substr(1, 8)), static_cast<int>(read_big_endian(frame.substr(9, 2))),
                static_cast<int>(read_big_endian(frame.substr(11, 2))), frame.substr(13));
  } else {
    must_reconnect_ = true;
  }
}

void AttachCore::on_hello(const std::string& epoch) {
  if (epoch_ != epoch) {
    // Another life of the terminal: offsets and keys meant for the old one are void.
    if (!epoch_.empty()) {
      input_.clear();
      input_bytes_ = 0;
    }
    epoch_ = epoch;
    next_offset_.reset();
  }
  greeted_ = true;
  ui_told_ = false;
  outgoing_.clear();
  probing_ = false;
  if (next_offset_) send_ack(drawn_);
  for (const auto& piece : input_) {
    if (piece.sequence == 0) continue;
    OutFrame again{true, std::string(1, kInput)};
    append_big_endian(again.bytes, piece.sequence, 4);
    again.bytes += piece.bytes;
    outgoing_.push_back(std::move(again));
  }
  send_pieces();
  if (exit_) probe_end();
}

void AttachCore::on_lost(int close_code, const std::string& reason) {
  greeted_ = false;
  must_reconnect_ = false;
  outgoing_.clear();
  const auto refuse = [&](const char* what, base::Errc code) {
    Ending refused;
    refused.why = Ending::Why::refused;
    refused.code = base::info(code).exit;
    refused.message = std::string(what) + (reason.empty() ? std::string(".") : ": " + reason + ".");
    leave(std::move(refused));
  };
  switch (close_code) {
    case 1000:
      if (exit_) {
        leave(*exit_);
      } else {
        Ending closed;
        closed.why = Ending::Why::closed;
        leave(std::move(closed));
      }
      return;
    case 4401:
      refuse("The server does not know this token", base::Errc::unauthenticated);
      return;
    case 4403:
      refuse("The server does not allow this", base::Errc::denied);
      return;
    case 4404:
      refuse("The terminal is gone", base::Errc::gone);
      return;
    default:
      return;
  }
}

void AttachCore::on_snapshot(std::uint64_t offset, int cols, int rows, std::string_view bytes) {
  Drawing drawing;
  drawing.bytes = ui_.snapshot(cols, rows, bytes, !ever_drawn_);
  drawing.end = offset;
  // What waited to be drawn is in the picture.
  drawings_.clear();
  drawings_.push_back(std::move(drawing));
  ever_drawn_ = true;
  next_offset_ = offset;
  drawn_ = offset;
  acknowledged_ = 0;  // the server's window moves to the snapshot only when it hears of it
  output_since_probe_ = true;
}

void AttachCore::on_output(std::uint64_t offset, std::string_view bytes) {
  const std::uint64_t expected = next_offset_.value_or(offset);
  if (offset > expected) {
    must_reconnect_ = true;
    return;
  }
  const std::uint64_t doubled = expected - offset;
  if (doubled >= bytes.size()) return;
  bytes.remove_prefix(static_cast<std::size_t>(doubled));
  next_offset_ = expected + bytes.size();
  drawings_.push_back({ui_.output(bytes), *next_offset_});
  output_since_probe_ = true;
}

void AttachCore::on_exit(std::optional<int> code, std::string signal) {
  Ending exited;
  exited.why = Ending::Why::exited;
  exited.code = code;
  exited.signal = std::move(signal);
  exit_ = std::move(exited);
  // The last output may still be behind this frame; a ping that brings nothing but its answer proves that it is not.
  if (greeted_) probe_end();
}

void AttachCore::probe_end() {
  if (probing_ || drawn_ < next_offset_.value_or(0) || !next_offset_) return;
  probing_ = true;
  output_since_probe_ = false;
  send_text(R"({"type":"ping"})");
}

void AttachCore::type(std::string_view bytes) {
  if (role_ == Role::viewer || exit_) return;
  const std::string shifted = ui_.rows_above() > 0 ? overlay::shift_mouse(bytes, ui_.rows_above()) : std::string();
  if (ui_.rows_above() > 0) bytes = shifted;
  while (!bytes.empty() && input_bytes_ < kMaxUnsent) {
    const std::string_view piece = bytes.substr(0, kPiece);
    input_.push_back({0, std::string(piece)});
    input_bytes_ += piece.size();
    bytes.remove_prefix(piece.size());
  }
  send_pieces();
}

void AttachCore::send_pieces() {
  if (!greeted_) return;
  for (auto& piece : input_) {
    if (piece.sequence != 0) continue;
    piece.sequence = next_sequence_++;
    OutFrame frame{true, std::string(1, kInput)};
    append_big_endian(frame.bytes, piece.sequence, 4);
    frame.bytes += piece.bytes;
    outgoing_.push_back(std::move(frame));
  }
}

void AttachCore::resize(WindowSize window) {
  if (window == window_) return;
  window_ = window;
  draw_beside(ui_.set_window({window.cols, window.rows}));
  if (role_ == Role::typist) {
    send_text(nlohmann::json({{"type", "resize"}, {"cols", window.cols}, {"rows", window.rows}}).dump());
  }
}

void AttachCore::on_drawn(std::uint64_t end) {
  if (end < drawn_ || !next_offset_ || end > *next_offset_) return;  // of a picture that was replaced
  drawn_ = end;
  const bool idle = drawn_ == *next_offset_;
  if (drawn_ != acknowledged_ && (idle || drawn_ - acknowledged_ >= kAckEvery)) send_ack(drawn_);
  if (exit_ && idle && greeted_) probe_end();
}

void AttachCore::redraw() {
  next_offset_.reset();
  must_reconnect_ = true;
}

void AttachCore::leave(Ending ending) {
  if (!ending_) ending_ = std::move(ending);
}

void AttachCore::send_text(std::string json) {
  if (greeted_) outgoing_.push_back({false, std::move(json)});
}

void AttachCore::send_ack(std::uint64_t offset) {
  acknowledged_ = offset;
  if (!greeted_) return;
  OutFrame frame{true, std::string(1, kAck)};
  append_big_endian(frame.bytes, offset, 8);
  outgoing_.push_back(std::move(frame));
}

}  // namespace duotty::cli
