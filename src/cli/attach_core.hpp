#pragma once
// The life of one attachment, without I/O: frames and keys in; bytes for the person's terminal, frames for the server
// and the reason to leave out. It survives lost connections: it continues at the offset it has reached and sends again
// what the server has not acknowledged (docs/terminal-websocket.md).
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "attach_ui.hpp"

namespace duotty::cli {

struct WindowSize {
  int cols = 80;
  int rows = 24;
  friend bool operator==(const WindowSize&, const WindowSize&) = default;
};

/// A WebSocket message to the server.
struct OutFrame {
  bool binary = false;
  std::string bytes;
};

/// Bytes for the person's terminal.
struct Drawing {
  std::string bytes;
  std::uint64_t end = 0;  ///< offset to acknowledge once they are drawn
};

/// Why the attachment is over.
struct Ending {
  enum class Why {
    detached,  ///< the person left
    exited,    ///< the program ended
    closed,    ///< the terminal was closed
    refused,   ///< the server will not (any more): `message` says why
    lost,      ///< the server did not come back
    signal,    ///< this process was told to end: `code` is the signal
  };
  Why why = Why::detached;
  std::optional<int> code;  ///< exited: exit code; refused: exit status
  std::string signal;       ///< exited: the signal that ended the program
  std::string message;
};

enum class Role { typist, viewer };

class AttachCore {
 public:
  /// Input that waits for the server, at most; what is typed beyond it is dropped.
  static constexpr std::size_t kMaxUnsent = 1024 * 1024;
  /// Largest input frame.
  static constexpr std::size_t kPiece = 32 * 1024;
  /// Bytes drawn without an acknowledgement, at most.
  static constexpr std::uint64_t kAckEvery = 32 * 1024;

  /// `input_token` numbers input across connections.
  AttachCore(std::string terminal_id, std::string input_token, Role role, WindowSize window);

  /// Path and query of the next connection.
  std::string target() const;

  // --- from the server
  void on_text(std::string_view frame);
  void on_binary(std::string_view frame);
  /// The connection has ended with a WebSocket close code (1006: it broke).
  void on_lost(int close_code, const std::string& reason);

  // --- from the person's terminal
  void type(std::string_view bytes);
  void resize(WindowSize window);
  /// Everything up to `end` is on the screen.
  void on_drawn(std::uint64_t end);
  /// What is on the screen was disturbed: the connection must be dropped, the next one begins with a fresh picture.
  void redraw();
  void leave(Ending ending);

  /// What is to be sent, in order; empty while there is no connection or the server has not greeted.
  std::deque<OutFrame>& outgoing() { return outgoing_; }
  /// What is to be drawn, in order.
  std::deque<Drawing>& drawings() { return drawings_; }
  const std::optional<Ending>& ending() const { return ending_; }
  bool connected() const { return greeted_; }
  /// What is typed goes to somebody else than the program: it is they who get the keys for leaving.
  bool captured() const { return ui_.captured(); }
  /// The server has greeted at least once.
  bool ever_connected() const { return !epoch_.empty(); }
  /// The connection broke the protocol: it must be dropped; the next one continues at the last good offset.
  bool must_reconnect() const { return must_reconnect_; }

 private:
  struct Piece {
    std::uint32_t sequence = 0;  ///< 0: not sent yet
    std::string bytes;
  };
  void send_text(std::string json);
  void send_ack(std::uint64_t offset);
  void send_pieces();
  void on_hello(const std::string& epoch);
  void on_snapshot(std::uint64_t offset, int cols, int rows, std::string_view bytes);
  void on_output(std::uint64_t offset, std::string_view bytes);
  void on_exit(std::optional<int> code, std::string signal);
  void probe_end();
  void draw_beside(std::string bytes);
  void settle_ui();

  std::string id_;
  std::string input_token_;
  Role role_;
  WindowSize window_;
  std::string epoch_;
  bool greeted_ = false;
  bool must_reconnect_ = false;
  std::optional<std::uint64_t> next_offset_;
  std::uint64_t drawn_ = 0;
  std::uint64_t acknowledged_ = 0;
  bool ever_drawn_ = false;
  AttachUi ui_;
  bool ui_told_ = true;  ///< false behind a greeting, until a frame says that no `ui` comes
  std::deque<Piece> input_;
  std::size_t input_bytes_ = 0;
  std::uint32_t next_sequence_ = 1;
  std::deque<OutFrame> outgoing_;
  std::deque<Drawing> drawings_;
  std::optional<Ending> exit_;  ///< the program has ended; output may still be on its way
  bool probing_ = false;        ///< a ping is out that asks whether more output comes
  bool output_since_probe_ = false;
  std::optional<Ending> ending_;
};

}  // namespace duotty::cli
