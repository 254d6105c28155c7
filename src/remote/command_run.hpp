#pragma once
// One command on its way through a channel: its input goes in while both outputs come out.
#include <boost/asio/posix/stream_descriptor.hpp>
#include <duotty/remote/link.hpp>
#include <functional>

#include "capture.hpp"

namespace duotty::remote {

class CommandRun {
 public:
  /// Live output; `stream` is "stdout" or "stderr", `total` the bytes of both so far.
  using Output = std::function<void(const char* stream, std::string text, std::uint64_t total)>;

  CommandRun(core::asio::any_io_executor executor, std::unique_ptr<Stream> stream, std::string input, Output on_output);
  CommandRun(const CommandRun&) = delete;
  CommandRun& operator=(const CommandRun&) = delete;

  /// Suspends until the command has ended and its output is complete, or the deadline has passed; then it gets SIGTERM,
  /// a moment to end, and its channel ends with this object. Nothing at the deadline. Errors: unreachable when the
  /// connection was lost.
  core::Task<std::optional<base::Result<Ended>>> run(core::Event::time_point deadline);

  const Capture& out() const noexcept { return out_; }
  const Capture& err() const noexcept { return err_; }

 private:
  core::Task<base::Result<Ended>> to_end();
  core::Task<> feed();
  core::Task<> drain(core::asio::posix::stream_descriptor& from, Capture& to, const char* name);
  void show(const char* name, std::string& pending, bool last);

  std::unique_ptr<Stream> stream_;
  std::string input_;
  std::size_t fed_ = 0;
  Output on_output_;
  core::asio::posix::stream_descriptor data_;
  core::asio::posix::stream_descriptor errors_;
  Capture out_;
  Capture err_;
};

}  // namespace duotty::remote
