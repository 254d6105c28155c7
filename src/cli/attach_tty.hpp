#pragma once
// The person's terminal while `duotty attach` has it: raw input, output that never blocks the loop, its size.
#include <termios.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <duotty/base/error.hpp>
#include <duotty/base/unique_fd.hpp>
#include <duotty/core/task.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "attach_core.hpp"

namespace duotty::cli {

/// Owns the state of a terminal; leaving restores it. Loop thread only.
class AttachTty {
 public:
  /// Takes the terminal behind these descriptors. Errors: unsupported (not a terminal), io.
  static base::Result<std::unique_ptr<AttachTty>> take(core::asio::any_io_executor executor, int in, int out);
  AttachTty(const AttachTty&) = delete;
  AttachTty& operator=(const AttachTty&) = delete;
  /// Restores the line discipline if restore() was not called.
  ~AttachTty();

  /// Raw mode; again after the process was stopped and continued.
  void make_raw();
  /// Drops unread input (late answers of the terminal) and puts the line discipline back. Idempotent.
  void restore() noexcept;
  WindowSize size() const;

  /// What was typed; empty when the terminal is gone.
  core::Task<std::string> read();
  /// Writes everything; false when the terminal is gone.
  core::Task<bool> write(std::string_view bytes);
  /// Writes what the terminal takes at once within a short time; for the last words.
  void write_last(std::string_view bytes) noexcept;

 private:
  AttachTty(core::asio::any_io_executor executor, int in, int out);
  int in_ = -1;
  base::UniqueFd out_;
  termios saved_{};
  bool raw_ = false;
  core::asio::posix::stream_descriptor readable_;
  core::asio::posix::stream_descriptor writable_;
};

}  // namespace duotty::cli
